"""Evidence for this use: what is needed, what meets it, and how a purpose reaches the outcome."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from simulators.evidence import NOW, SUBJECT, VERSION, WHEEL, ask, days, evidence, gap, moment, saw
from supplytrust.appraisal import judge
from supplytrust.appraisal.algebra.requirement import MustHave
from supplytrust.appraisal.policies import loader, tables
from supplytrust.appraisal.policies.tables import PURPOSES
from supplytrust.appraisal.signals import find, signal_named
from supplytrust.assessment import appraise
from supplytrust.errors import PolicyError
from supplytrust.model.claims.claim import StatedPurpose
from supplytrust.model.claims.code import Ability, Capabilities, Capability, FuzzingSetup, FuzzPart, FuzzPlace
from supplytrust.model.claims.review import (
    Basis,
    ExternalAudit,
    ExternalAudits,
    Review,
    Scope,
    SecondPartyReviews,
    Standing,
)
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.evidence import Edge, Evidence, NotObservedReason, SubjectEvidence
from supplytrust.model.policy import Context, Need, PurposeTable, purposes_of
from supplytrust.model.record import RequiredAssurance
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import EdgeKind, Status

ID = "expertise/evidence_fits_purpose"


def does(*abilities, unread=0):
    return Capabilities(WHEEL, 3, unread, tuple(Capability(a, 1, ("a.py:1 x",)) for a in abilities))


def audit(*scopes):
    return ExternalAudits(
        VERSION,
        (ExternalAudit("Labs", "", "*", True, NOW - days(9), "x", scopes, "https://example.org/r", "", 1, 0, "a", ""),),
    )


def review(*scopes, standing=Standing.KEPT):
    one = Review(("Ann",), ("c",), scopes, Basis.FULL, (VERSION,), NOW - days(30), standing, "a", "")
    return SecondPartyReviews(VERSION, (one,), (), ())


FUZZED = FuzzingSetup(
    VERSION,
    FuzzPlace.TREE,
    "v1",
    KnownBy.CONFIRMED,
    (FuzzPart(".github/workflows/f.yml", "CIFuzz"),),
    (),
    (),
    (),
    0,
    0,
    1,
    0,
)
PROPERTIES = replace(FUZZED, runs=(), properties=(FuzzPart("t.py", "hypothesis"),), properties_total=1)


def test_a_text_formatter_needs_nothing():
    finding = ask(ID, does())
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "plain")
    assert finding.because == "nothing in particular is needed for general use"
    assert ask(ID, does(Ability.EXECUTION)).grade == "plain"


def test_what_the_code_does_is_unknown():
    finding = ask(ID, gap(Capabilities, NotObservedReason.OFFLINE), audit(Scope.EVERYTHING))
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.OFFLINE)


def test_what_files_do_that_could_not_be_read_is_unknown():
    assert ask(ID, does(unread=1)).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, replace(does(), files=20, unread=1)).grade == "plain"


def test_code_raises_needs_by_itself():
    finding = ask(ID, does(Ability.PARSING))
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)
    assert finding.because == "1 of 1 needs open: bounds kept"


@pytest.mark.parametrize(
    ("met", "by"),
    [
        (True, audit(Scope.MEMORY)),
        (True, audit(Scope.EVERYTHING)),
        (False, audit(Scope.CRYPTOGRAPHY)),
        (True, review(Scope.MEMORY)),
        (False, review(Scope.NETWORK)),
        (False, review(Scope.MEMORY, standing=Standing.CLAIMED)),
        (True, FUZZED),
        (False, PROPERTIES),
        (False, replace(FUZZED, runs=(), targets=(FuzzPart("fuzz/a.py", "atheris"),))),
    ],
)
def test_a_need_is_met_by_evidence_of_its_kind(met, by):
    finding = ask(ID, does(Ability.NATIVE), by)
    assert (finding.status is Status.SUPPORTS) is met
    if met:
        assert finding.because == "the need of native is met"


def test_the_answer_is_as_old_as_the_oldest_it_rests_on():
    finding = ask(ID, does(Ability.NATIVE), audit(Scope.MEMORY))
    assert finding.at == NOW - days(9)
    assert len(finding.evidence) == 2


def test_a_stated_purpose_adds_to_what_the_code_needs():
    seen = [does(Ability.PARSING), FUZZED]
    assert ask(ID, *seen).status is Status.SUPPORTS
    finding = ask(ID, *seen, StatedPurpose("cryptography"))
    assert finding.status is Status.NOT_OBSERVED
    assert finding.because.startswith("3 of 4 needs open: cryptography read by others")


def test_an_unknown_word_is_not_passed_over():
    finding = ask(ID, does(), StatedPurpose("magic"))
    assert (finding.status, finding.because) == (Status.NOT_OBSERVED, "no such purpose is known: magic")


def test_without_other_signals_no_need_is_met():
    alone = replace(moment(), other=lambda _name: None)
    assert signal_named(ID).ask(SUBJECT, evidence(does(Ability.NATIVE), FUZZED), alone).status is Status.NOT_OBSERVED


def test_purposes_add_up():
    both = evidence(saw(StatedPurpose("parser"), "purpose"), saw(StatedPurpose("general"), "other"))
    assert purposes_of(both, "service") == ("parser", "service")
    assert purposes_of(evidence()) == ()


# --- the table ----------------------------------------------------------------------------------------------------


def test_the_shipped_table_covers_the_vocabulary_and_names_real_signals():
    table = tables.shipped_purposes()
    assert set(table.by_purpose) == set(PURPOSES)
    assert set(table.by_ability) == set(Ability)
    named_by = {
        s for needs in (*table.by_purpose.values(), *table.by_ability.values()) for n in needs for s in n.any_of
    }
    assert {s for s in named_by if find(s) is None} == set()
    assert table.by_purpose["general"] == ()
    assert all(table.by_purpose[p] for p in PURPOSES if p != "general")


def broken(old, new):
    text = tables.purposes_bytes().decode()
    assert old in text
    return text.replace(old, new, 1).encode()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[purpose.parser]", "[purpose.parsing]", "'parser' is missing"),
        ("[ability.network]", "[ability.networks]", "'network' is missing"),
        ('all = ["build and release read by others"]', 'all = ["nothing"]', "'nothing' is not known"),
        ('all = ["build and release read by others"]', "", "'all' is missing"),
        ('["expertise/certificates_verified"]', '["expertise/certificates"]', "is not known for 'any'"),
        ('["expertise/certificates_verified"]', "[]", "could never be met"),
        ('["expertise/certificates_verified"]', '["expertise/evidence_fits_purpose"]', "is not known for 'any'"),
        ('scopes = ["cryptography"]', 'scopes = ["crypto"]', "is not known for 'scopes'"),
        ("schema = 1", "schema = 2", "schema"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(old, new, told):
    with pytest.raises(PolicyError) as caught:
        tables.read_purposes(broken(old, new), "purposes.toml")
    assert told in caught.value.message


# --- to the outcome -----------------------------------------------------------------------------------------------

POLICY = """
schema = 1
id = "p"
owner = "o"
[context]
purpose = "{purpose}"
[expect.root]
expertise = 0.01
[expect.link]
[sources]
index = 1.0
{tail}
"""


def policy(tmp_path, purpose="general", tail=""):
    path = tmp_path / "p.toml"
    path.write_text(POLICY.format(purpose=purpose, tail=tail))
    return loader.load(path)


def record(policy, *claims, context=None, edges=None, nodes=()):
    root = evidence(*claims)
    whole = Evidence(SUBJECT.purl, NOW, (root, *nodes), edges)
    return appraise(whole, policy=policy, context=context, at=NOW, alone=edges is None)


def test_a_purpose_makes_it_a_must_have(tmp_path):
    assert record(policy(tmp_path), does()).must_haves == ()
    judged = record(policy(tmp_path, "parser"), does())
    assert judged.must_haves == (RequiredAssurance(ID, MustHave.NOT_OBSERVED.value),)
    assert judged.outcome.name == "REFER"
    held = record(policy(tmp_path, "parser"), does(), FUZZED)
    assert held.must_haves == (RequiredAssurance(ID, MustHave.PRESENT.value),)
    assert held.outcome.name == "ADMIT"


def test_a_stated_purpose_makes_it_a_must_have_and_is_told(tmp_path):
    judged = record(policy(tmp_path), does(), StatedPurpose("parser"))
    assert judged.must_haves == (RequiredAssurance(ID, MustHave.NOT_OBSERVED.value),)
    assert judged.context.purpose == "parser"
    both = record(policy(tmp_path, "service"), does(), StatedPurpose("parser"))
    assert both.context.purpose == "service"


def test_no_statement_takes_away_what_the_policy_asks_for(tmp_path):
    for word in ("general", "parser", "no-such-word"):
        judged = record(policy(tmp_path, "cryptography"), does(), StatedPurpose(word))
        assert judged.must_haves == (RequiredAssurance(ID, MustHave.NOT_OBSERVED.value),)
    unknown = record(policy(tmp_path), does(), StatedPurpose("no-such-word"))
    assert unknown.must_haves == (RequiredAssurance(ID, MustHave.NOT_OBSERVED.value),)


def test_a_policy_may_ask_for_other_things_in_writing(tmp_path):
    tail = '[purpose.parser]\nrequire = ["expertise/fuzzed"]\n[purpose.tee]\nrequire = []\n'
    assert record(policy(tmp_path, "parser", tail), does()).must_haves == (
        RequiredAssurance("expertise/fuzzed", "not-observed"),
    )
    assert record(policy(tmp_path, "tee", tail), does()).must_haves == ()


@pytest.mark.parametrize(
    ("tail", "told"),
    [
        ("[purpose.general]\nrequire = []\n", "unknown key 'general'"),
        ("[purpose.parsing]\nrequire = []\n", "unknown key 'parsing'"),
        ('[purpose.parser]\nrequire = ["expertise/fuzz"]\n', "is not known"),
        ("[purpose.parser]\nneeds = []\n", "unknown key 'needs'"),
    ],
)
def test_wrong_tables_of_a_policy(tmp_path, tail, told):
    with pytest.raises(PolicyError) as caught:
        policy(tmp_path, tail=tail)
    assert told in caught.value.message


def test_an_unknown_purpose_of_the_context_is_an_error(tmp_path):
    with pytest.raises(PolicyError, match="'magic' is not known"):
        record(policy(tmp_path), does(), context=Context(purpose="magic"))


def test_a_dependency_has_its_own_purpose(tmp_path):
    other = Subject("pkg:pypi/lib@1.0", "pypi", "lib", "1.0")
    bare = SubjectEvidence(other)
    stated = SubjectEvidence(other, (saw(StatedPurpose("parser"), "purpose"),))

    def reasons(node, kind):
        edges = (Edge(SUBJECT.purl, other.purl, kind),)
        made = record(policy(tmp_path, "parser"), does(), FUZZED, edges=edges, nodes=(node,))
        return [r.text for r in made.reasons if "lib" in r.text or ID in r.text]

    assert reasons(bare, EdgeKind.LINK) == []  # the purpose of the whole is not that of every part
    assert reasons(stated, EdgeKind.LINK) != []
    assert reasons(stated, EdgeKind.BUILD) == []


def test_needs_are_counted_once():
    need = Need("x", ("expertise/fuzzed",))
    table = PurposeTable(MappingProxyType({"general": (), "a": (need,)}), MappingProxyType({Ability.NATIVE: (need,)}))
    assert table.needs(["a"], {Ability.NATIVE}) == (need,)
    assert not table.knows("b")
    assert judge.ask(evidence(), moment())
