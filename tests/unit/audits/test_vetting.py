"""Vetting: questions, answers and what they rest on; a second version by its difference; what reaches the list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.commands import Ran, Shell
from simulators.effort import cases
from simulators.evidence import NOW
from simulators.index import LONG_AGO, Index, Project, Release, sdist, serving, wheel
from supplytrust.appraisal.policies.tables import shipped_weights
from supplytrust.appraisal.signals.support.select import ENDORSED
from supplytrust.audits.vetting.delta import Delta, Facet, describe_change
from supplytrust.audits.vetting.folder import Answer, AnswerVerdict, Question, QuestionState, Vetting, read_vetting
from supplytrust.audits.vetting.publication import publish_answers
from supplytrust.audits.vetting.questions import carry_answers, read_questionnaires, shipped_questionnaires
from supplytrust.audits.vetting.queue import count_reach
from supplytrust.ecosystems.inventory import ListedPackage, inventory
from supplytrust.errors import PolicyError
from supplytrust.model.evidence import Edge, Evidence, SubjectEvidence
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import Area, EdgeKind, Outcome, Status
from supplytrust.records.keys import read_key
from supplytrust.records.trust_list import read_list

READ, PEOPLE = "general/code_read", "general/people_known"
OLD, NEW = "vetting/pypi-demo-1.0", "vetting/pypi-demo-1.1"
POLICY = """schema = 1
id = "customer"
owner = "a test"
trustor = "https://example.org/customer"
epoch = 1
max_age = "30d"
cooldown = "72h"
review = "90d"
[expect.root]
provenance = 0.5
[require]
root = ["provenance/control_held_by_known_people", "expertise/reviewed_by_others"]
[veto]
always = ["malicious", "tampered", "bad-signature", "revoked"]
[sources]
index = 1.0
artifact = 1.0
git = 1.0
vendors = 0.8
"""


def files(version: str, core: str) -> dict[str, str | bytes]:
    return {"demo/__init__.py": f'__version__ = "{version}"\n', "demo/core.py": core}


def release(version: str, core: str, day: int, requires: tuple[str, ...] = ()) -> Release:
    made = files(version, core)
    at = LONG_AGO + timedelta(days=day)
    return Release(version, [wheel("demo", version, made, requires=requires), sdist("demo", version, made)], at)


@dataclass
class Desk:
    """Somebody at a shell, and the index they look at."""

    shell: Shell
    index: Index

    @property
    def home(self) -> Path:
        return self.shell.home

    def vet(self, verb: str, *words: str | Path) -> Ran:
        if verb == "init":
            words = (*words, "--index-url", self.index.url, "--deps", "none", "--rebuild", "never", "--no-progress")
        return self.shell.run("vet", verb, *words)

    def answer(self, folder: str, question: str, says: str = "yes", *more: str) -> Ran:
        return self.vet("answer", folder, question, "--says", says, "--reason", "looked at it", "--who", "Ada", *more)

    def sign(self, *words: str) -> Ran:
        if not (self.home / "acme").exists():
            assert self.shell.run("keys", "new", "acme").code == 0
        ends = f"{datetime.now(UTC) + timedelta(days=90):%Y-%m-%d}"
        return self.vet("sign", *words, "--vendor", "ACME", "--key", "acme", "--expires", ends, "-o", "list.json")

    def read_list(self):
        key = read_key((self.home / "acme.pub").read_bytes(), "ACME")
        return read_list((self.home / "list.json").read_bytes(), key)


@contextmanager
def desk(tmp_path: Path, *releases: Release) -> Iterator[Desk]:
    with serving([Project("demo", releases)]) as index:
        yield Desk(Shell(tmp_path), index)


def test_from_a_package_to_an_answer_that_a_list_carries(tmp_path):
    with desk(tmp_path, release("1.0", "X = 1\n", 0)) as d:
        begun = d.vet("init", "demo==1.0", "--profile", "s2c2f")
        assert begun.code == 10
        assert [w for w in ("REFER", READ, "general/people_known  +8 provenance") if w not in begun.out] == []
        assert "s2c2f/scan_license" in d.vet("status", OLD, "--all").out
        assert d.vet("init", "demo==1.0").code == 2  # nothing is ever replaced
        assert d.sign(OLD).code == 2  # no answer, no list
        (tmp_path / "notes.txt").write_text("what I saw")
        done = d.answer(OLD, READ, "yes", "--attach", "notes.txt", "--until", "2027-10-01")
        assert (done.code, done.err) == (10, "")
        (given,) = read_vetting(tmp_path / OLD).answers
        assert (tmp_path / OLD / "attachments" / given.attachments[0].sha256).read_text() == "what I saw"
        signed = d.sign(OLD, "--records", "records")
        assert (signed.code, "1 endorsed" in signed.err) == (0, True)
        (entry,) = d.read_list().endorsements
        told = (entry.endorsement.claim, entry.endorsement.subject, entry.digest.removeprefix("sha256:"))
        assert told == ("expertise/reviewed_by_others", "pkg:pypi/demo@1.0", read_vetting(tmp_path / OLD).sha256)
        assert "Ada" not in (tmp_path / "list.json").read_text()  # an entry may name the organization only
        (record,) = (tmp_path / "records").iterdir()
        assert d.shell.run("verify", record, "--key", "acme.pub").code == 10  # signed, and REFER
        told_status = json.loads(d.vet("status", OLD, "--format", "json").out)
        states = {q["id"]: q["state"] for q in told_status["questions"]}
        assert (states[READ], states[PEOPLE]) == ("answered", "open")


@pytest.mark.thorough
def test_what_is_found_wanting_refuses_and_silences_what_else_was_said(tmp_path):
    with desk(tmp_path, release("1.0", "X = 1\n", 0)) as d:
        d.vet("init", "demo==1.0")
        d.answer(OLD, READ)
        assert d.answer(OLD, PEOPLE, "wanting").code == 11
        assert d.sign(OLD).code == 0
        read = d.read_list()
        assert ([v.subject for v in read.violations], read.endorsements) == (["pkg:pypi/demo@1.0"], ())
        assert d.answer(OLD, PEOPLE, "yes").code == 10  # somebody looked again
        d.sign(OLD, "--after", "list.json")
        read = d.read_list()
        assert (read.epoch, len(read.violations)) == (2, 1)  # and still the list keeps it until it is lifted
        d.sign(OLD, "--after", "list.json", "--lift", "pkg:pypi/demo@1.0")
        assert (d.read_list().epoch, d.read_list().violations) == (3, ())


def test_an_answer_that_could_not_be_used_is_refused_and_changes_nothing(tmp_path):
    refused = {
        ("general/nonsense",): "is no question",
        (READ, "--rests-on", "files:nothing/*"): "no file of the release fits",
        (READ, "--rests-on", "moon"): "is nothing an answer rests on",
        (READ, "--until", "2020-01-01"): "would have ended",
        (READ, "--attach", "absent.txt"): "cannot read absent.txt",
        (READ, "--reason", "two\nlines"): "is no line of text",
    }
    with desk(tmp_path, release("1.0", "X = 1\n", 0)) as d:
        d.vet("init", "demo==1.0")
        before = (tmp_path / OLD / "vetting.json").read_bytes()
        for (question, *more), why in refused.items():
            said = d.answer(OLD, question, "yes", *more)
            assert (said.code, why in said.err) == (2, True), said.err
        assert (tmp_path / OLD / "vetting.json").read_bytes() == before


@pytest.mark.thorough
def test_a_second_version_is_vetted_by_its_difference(tmp_path):
    """The file that was read is the same and the rest is new: the answer holds for it, and endorses nothing by itself."""
    releases = (release("1.0", "X = 1\n", 0), release("1.1", "X = 1\n", 30, ("six",)), release("1.2", "X = 2\n", 60))
    with desk(tmp_path, *releases) as d:
        d.vet("init", "demo==1.0")
        d.answer(OLD, READ, "yes", "--rests-on", "files:demo/core.py")
        d.answer(OLD, "general/purpose_fits", "yes", "--rests-on", "dependencies")
        d.answer(OLD, "general/start_up_understood", "yes", "--rests-on", "hooks")
        second = d.vet("init", "demo==1.1", "--since", OLD)
        assert [w for w in ("2 answers carried over, 1 lapsed", "dependencies: + six") if w not in second.out] == []
        made = read_vetting(tmp_path / NEW)
        assert {a.question: a.first_given for a in made.answers} == dict.fromkeys(
            (READ, "general/start_up_understood"), "pkg:pypi/demo@1.0"
        )
        assert d.sign(NEW).code == 2
        d.answer(NEW, READ)  # somebody has read what is new
        assert d.sign(NEW).code == 0
        d.vet("init", "demo==1.2", "--since", NEW)
        third = read_vetting(tmp_path / "vetting/pypi-demo-1.2")
        assert [why.question for why in third.lapses] == [READ]
        assert "files changed" in third.lapses[0].why
        assert d.vet("init", "demo==1.2", "--since", "nowhere").code == 2


@pytest.mark.thorough
def test_the_queue_begins_with_the_worst_and_most_reaching(tmp_path):
    with desk(tmp_path, release("1.0", "X = 1\n", 0), release("1.1", "X = 1\n", 30)) as d:
        d.vet("init", "demo==1.0")
        (tmp_path / "vetting/broken").mkdir()
        (tmp_path / "vetting/broken/vetting.json").write_text("{")
        listed = ("pkg:pypi/demo@1.1", "pkg:pypi/demo@1.0", "pkg:pypi/absent@1")
        ran = d.vet("queue", *listed, "--index-url", d.index.url, "--rebuild", "never", "--format", "json")
        found = {one["purl"]: one for one in json.loads(ran.out)["queue"]}
        assert (ran.code, "vetting/broken" in ran.err) == (10, True)
        assert "questions open" in found["pkg:pypi/demo@1.0"]["vetting"]
        assert found["pkg:pypi/demo@1.1"]["since"] == "pkg:pypi/demo@1.0"
        assert found["pkg:pypi/absent@1"]["vetting"] == "not begun"


EDGES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=16)


@settings(max_examples=cases(200))
@given(EDGES)
def test_reach_counts_who_stands_on_a_package_also_in_circles(pairs):
    purls = [f"pkg:pypi/p{n}@1" for n in range(7)]
    edges = [Edge(purls[a], purls[b], EdgeKind.LINK) for a, b in pairs if a != b]
    listed = inventory("x", [ListedPackage(p) for p in purls], edges)
    above = {p: {e.parent for e in edges if e.child == p} for p in purls}
    for _ in purls:
        above = {p: above[p] | {q for parent in above[p] for q in above[parent]} for p in purls}
    assert dict(count_reach(listed)) == {p: len(above[p] - {p}) for p in purls}


# --- What an answer rests on: it holds for a later version if and only if all of that was read twice and is the same.

FACTS = st.none() | st.dictionaries(st.sampled_from(["a.py", "b.py", "src/c.py"]), st.sampled_from("123"), max_size=3)
FACETS = st.fixed_dictionaries(dict.fromkeys(Facet, FACTS))
BASIS = st.sampled_from([*(facet.value for facet in Facet), "files:*.py", "files:src/*", "files:nothing", "moon"])


@settings(max_examples=cases(160))
@given(FACETS, FACETS, BASIS)
def test_nothing_is_the_same_that_was_not_read_twice(before, after, basis):
    why = Delta(before, after).why_changed(basis)
    facet = "files" if basis.startswith("files:") else basis
    old, new = before.get(facet), after.get(facet)
    if basis == "moon" or old is None or new is None:
        assert why
    elif basis in set(Facet):
        assert (why == "") == (old == new)
    elif why == "":
        assert all(old.get(n) == new.get(n) for n in old.keys() | new.keys() if basis == "files:*.py" or "src/" in n)
    assert Delta(before, before).why_changed("hooks") == ("" if before["hooks"] is not None else why_unread(before))


def why_unread(facets) -> str:
    return Delta(facets, facets).why_changed("hooks")


@settings(max_examples=cases(100))
@given(FACETS, FACETS)
def test_a_difference_tells_all_of_it_and_its_reverse(before, after):
    there, back = Delta(before, after).changes(), Delta(after, before).changes()
    for one, other in zip(there, back, strict=True):
        assert (one.added, one.removed, one.modified, one.count) == (
            other.removed, other.added, other.modified, other.count)  # fmt: skip
        assert one.is_same == (list(describe_change(one)) == [])


def vetting(*answers: Answer, questions: tuple[Question, ...], **changes) -> Vetting:
    made = Vetting(
        purl="pkg:pypi/demo@1.2.3", file_name="demo.whl", sha256="a1" * 32, repository="", commit="", policy="baseline",
        policy_digest="sha256:" + "0" * 64, profiles=("general",), begun=NOW, outcome=Outcome.REFER,
        questions=questions, answers=answers,
    )  # fmt: skip
    return replace(made, **changes)


def question(name: str, claim: str = "expertise/reviewed_by_others", status: Status = Status.NOT_OBSERVED) -> Question:
    return Question(name, Area.EXPERTISE, "?", ("files",), status, "because", claim)


VERDICTS = st.sampled_from([*AnswerVerdict, None])
DAYS = st.sampled_from([-5, 5, 400, None])


@settings(max_examples=cases(160))
@given(st.lists(st.tuples(VERDICTS, DAYS, st.sampled_from(Status), st.booleans()), min_size=1, max_size=4))
def test_only_a_whole_claim_that_holds_today_is_endorsed(drawn):
    asked = tuple(question(f"q/{n}", status=status) for n, (_, _, status, _) in enumerate(drawn))
    answers = tuple(
        Answer(
            q.id,
            verdict,
            "why",
            "Ada",
            NOW - timedelta(days=9),
            None if days is None else NOW + timedelta(days=days),
            ("files:a.py",) if partial else ("files",),
            first_given="pkg:pypi/demo@1" if partial else "",
        )  # fmt: skip
        for q, (verdict, days, _, partial) in zip(asked, drawn, strict=True)
        if verdict is not None
    )
    made = vetting(*answers, questions=asked)
    word = publish_answers(made, NOW, NOW + timedelta(days=60))
    states = [made.state(q, NOW) for q in asked]
    assert len(word.violations) == states.count(QuestionState.WANTING)
    if word.endorsements:
        assert set(states) <= {QuestionState.ANSWERED, QuestionState.SEEN}
        assert any(a.verdict is AnswerVerdict.YES for a in answers)
        assert all(not a.first_given for a in answers)
        (entry,) = word.endorsements
        assert entry["expires"] <= f"{NOW + timedelta(days=60):%Y-%m-%dT%H:%M:%SZ}"
    if QuestionState.WANTING in states:
        assert (word.endorsements, made.outcome_at(NOW)) == ((), Outcome.REFUSE)


@settings(max_examples=cases(100))
@given(st.sampled_from(AnswerVerdict), DAYS, st.booleans())
def test_answers_about_a_version_before_carry_over_as_they_were_or_lapse_with_their_reason(verdict, days, is_asked):
    nothing = Evidence(
        "pkg:pypi/demo@1.2.3", NOW, (SubjectEvidence(Subject("pkg:pypi/demo@1.2.3", "pypi", "demo", "1.2.3")),)
    )
    end = None if days is None else NOW + timedelta(days=days)
    given = Answer("q/1", verdict, "why", "Ada", NOW - timedelta(days=9), end, ("files",))
    old = vetting(given, questions=(question("q/1"),))
    carried = carry_answers(old, nothing, nothing, vetting(questions=(question("q/1"),) * is_asked), NOW)
    assert (carried.answers, [one.question for one in carried.lapses]) == ((), ["q/1"])
    assert carried.lapses[0].why.startswith(f"{verdict} before; ")


def test_questionnaires_ask_what_there_is_and_every_claim_has_its_weight():
    found = shipped_questionnaires()
    assert set(found.profiles) == {"general", "s2c2f", "baseline", "cryptography"}
    assert {q.profile for q in found.questions} == set(found.profiles)
    assert [q.id for q in found.questions if q.claim and shipped_weights().row(q.claim, ENDORSED) is None] == []
    with pytest.raises(PolicyError) as caught:
        read_questionnaires(
            b'schema = 1\n[profile]\ng = "x"\n[[question]]\nid = "g"\nprofile = "h"\narea = "build"\ntext = "?"\n'
            b'rests_on = []\nsignals = ["build/none"]\nclaim = "build/provenance_verified"\n', "x.toml",
        )  # fmt: skip
    assert len(caught.value.problems) >= 5


# --- The customer of the vendor.


def customer(d: Desk, **changes: str) -> Shell:
    """A folder of another house that listens to ACME."""
    home = d.home / "customer"
    home.mkdir(exist_ok=True)
    (home / "policy.toml").write_text(POLICY)
    limits = {"scope": '["pkg:pypi/*"]', **changes}
    lines = [f"{key} = {value}" for key, value in limits.items()]
    (home / "supplytrust.toml").write_text(
        'policy = "policy.toml"\n[vendors.ACME]\nlist = "../list.json"\nkey = "../acme.pub"\n' + "\n".join(lines)
    )
    return Shell(home)


def test_a_customer_admits_by_the_list_and_no_longer_when_it_ends_is_taken_back_or_the_scope_is_left(tmp_path):
    with desk(tmp_path, release("1.0", "X = 1\n", 0), release("1.1", "X = 1\n", 30)) as d:
        d.vet("init", "demo==1.0")
        d.answer(OLD, READ)
        d.answer(OLD, PEOPLE)
        d.sign(OLD)
        look = lambda *more, what="demo==1.0", **changes: customer(d, **changes).assess(d.index, what, *more)  # noqa: E731
        assert customer(d).assess(d.index, "demo==1.0").code == 0
        later = f"{datetime.now(UTC) + timedelta(days=91):%Y-%m-%dT00:00:00Z}"
        assert look("--at", later).code == 10
        assert look(scope='["pkg:pypi/other*"]').code == 10
        assert look(**{"for": '["cryptography"]'}).code == 10
        assert look(until="2026-01-01").code == 10
        assert look(what="demo==1.1").code == 10  # nobody vetted that one
        d.sign(OLD, "--after", "list.json", "--revoke", "pkg:pypi/demo@1.0")
        assert look().code == 10
