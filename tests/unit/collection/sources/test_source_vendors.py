"""Vendors' lists: counted within scope, purpose, depth and term; a violation is stronger; what is over is noticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.commands import Shell
from simulators.evidence import NOW, SUBJECT, ask, files, gap, saw, subject
from simulators.index import serving
from simulators.records import record
from simulators.world import world
from supplytrust.appraisal.policies import config
from supplytrust.collection.sources import vendors as source
from supplytrust.errors import ConfigError, MalformedRecordError, NotAskedError
from supplytrust.io.context import CollectContext, SourceClaim
from supplytrust.model.claims.history import CommitHistory
from supplytrust.model.claims.review import Endorsement, SecondPartyReviews
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.policy import Vendor
from supplytrust.model.record import AreaVerdicts, CountedWeight, Trustee, TrustRecord, VetoFact, WeighedFinding
from supplytrust.model.vocabulary import Area, Outcome, Status, Veto
from supplytrust.records.signers import open_key, sign
from supplytrust.records.trust_list import read_list, seal_list

CLAIM = "provenance/releaser_known"


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def entry(**changed: object) -> dict[str, object]:
    made: dict[str, object] = {
        "subject": SUBJECT.release, "area": "provenance", "claim": CLAIM, "reason": "met the releaser",
        "issued": stamp(NOW - timedelta(days=5)), "expires": stamp(NOW + timedelta(days=200)),
    }  # fmt: skip
    return {**made, **changed}


class Acme:
    """A vendor with a key of its own, who publishes lists into a folder."""

    def __init__(self, folder: Path, name: str = "ACME") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.name = folder, name
        key = ec.generate_private_key(ec.SECP256R1())
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
        (folder / "key.pem").chmod(0o600)
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        (folder / "key.pub").write_bytes(key.public_key().public_bytes(pem, spki))
        self.signer = open_key(folder / "key.pem")

    def publish(self, *entries: dict[str, object], **changed: object) -> Vendor:
        document: dict[str, object] = {
            "vendor": self.name, "epoch": 1, "issued": stamp(NOW - timedelta(days=2)),
            "expires": stamp(NOW + timedelta(days=60)), "endorsements": list(entries), "violations": [], "revoked": [],
        }  # fmt: skip
        (self.folder / "list.json").write_bytes(seal_list({**document, **changed}, self.signer))  # type: ignore[dict-item]
        return Vendor(str(self.folder / "list.json"), str(self.folder / "key.pub"), ("pkg:pypi/*",))


@pytest.fixture
def opened(tmp_path: Path):
    with serving([]) as index, world(index, tmp_path / "world") as made:
        yield made


def observe(opened: CollectContext, **vendors: Vendor) -> SubjectEvidence:
    made = replace(opened, settings=replace(opened.settings, vendors=vendors))
    seen = source.observe(SUBJECT, SubjectEvidence(SUBJECT), made)
    claims = tuple(saw(s.claim, "vendors") for s in seen if isinstance(s, SourceClaim))
    return SubjectEvidence(SUBJECT, claims, tuple(s for s in seen if isinstance(s, NotObserved)))


def words(seen: SubjectEvidence) -> list[Endorsement]:
    return [o.claim for o in seen.all(Endorsement)]


def test_an_endorsement_in_scope_answers_an_open_question_under_the_vendors_name(opened, tmp_path):
    seen = observe(opened, ACME=Acme(tmp_path / "a").publish(entry()))
    (word,) = words(seen)
    assert (word.author, word.expires) == ("ACME", NOW + timedelta(days=60))  # the list ends first
    finding = ask(CLAIM, *seen.observations, gap(CommitHistory, NotObservedReason.NOT_FOUND))
    assert (finding.status, finding.grade, finding.until) == (Status.SUPPORTS, "endorsed", word.expires)


@pytest.mark.parametrize(("limits", "changed"), [
    ({"scope": ("pkg:cargo/*",)}, {}), ({"purposes": ("cryptography",)}, {}), ({"until": NOW}, {}),
    ({}, {"via": ["OTHER"]}), ({}, {"digest": "sha256:" + "0" * 64}), ({}, {"subject": "pkg:pypi/demo@9"}),
    ({}, {"issued": stamp(NOW + timedelta(days=1))}),
])  # fmt: skip
def test_outside_of_its_limits_a_word_is_not_heard(opened, tmp_path, limits, changed):
    assert words(observe(opened, ACME=replace(Acme(tmp_path / "a").publish(entry(**changed)), **limits))) == []


def test_bound_to_the_judged_file_and_through_as_many_as_allowed_it_is_heard_with_its_path(opened, tmp_path):
    bound = entry(digest=f"sha256:{SUBJECT.artifact.sha256}", via=["OTHER"])
    (word,) = words(observe(opened, ACME=replace(Acme(tmp_path / "a").publish(bound), depth=2)))
    assert word.author == "ACME via OTHER"


@pytest.mark.parametrize("changed", [
    {"issued": stamp(NOW - timedelta(days=90)), "expires": stamp(NOW)}, {"revoked": [SUBJECT.release]},
    {"issued": stamp(NOW + timedelta(days=1))}, {"revoked": [SUBJECT.package]},
])  # fmt: skip
def test_a_list_that_is_over_or_takes_back_is_noticed(opened, tmp_path, changed):
    seen = observe(opened, ACME=Acme(tmp_path / "a").publish(entry(), **changed))
    assert words(seen) == []
    assert seen.gap(Endorsement).reason is NotObservedReason.STALE


def test_a_list_that_is_rolled_back_is_noticed(opened, tmp_path):
    acme = Acme(tmp_path / "a")
    assert words(observe(opened, ACME=acme.publish(entry(), epoch=7)))
    seen = observe(opened, ACME=acme.publish(entry(), epoch=6))
    assert (words(seen), seen.gap(Endorsement).reason) == ([], NotObservedReason.STALE)


def test_a_violation_beats_every_endorsement_and_outlives_its_list(opened, tmp_path):
    wanting = {"subject": SUBJECT.package, "reason": "writes keys to a log", "at": stamp(NOW - timedelta(days=100))}
    over = {"issued": stamp(NOW - timedelta(days=90)), "expires": stamp(NOW)}
    good = Acme(tmp_path / "a").publish(entry())
    for n, changed in enumerate(({}, over)):
        bad = Acme(tmp_path / f"b{n}", "BETA").publish(violations=[wanting], **changed)
        seen = observe(opened, ACME=good, BETA=bad)
        assert words(seen) == []
        assert ask("expertise/reviewed_by_second_party", *seen.observations).status is Status.OPPOSES


def test_another_key_another_name_or_a_torn_list_endorses_nothing_and_may_hide_a_violation(opened, tmp_path):
    acme, other = Acme(tmp_path / "a"), Acme(tmp_path / "b", "OTHER")
    forged = replace(acme.publish(entry()), key=str(tmp_path / "b" / "key.pub"))
    for vendor in (forged, other.publish(entry()), replace(forged, list=str(tmp_path / "none"))):
        seen = observe(opened, ACME=vendor)
        assert words(seen) == []
        (reviews,) = seen.all(SecondPartyReviews)
        assert reviews.claim.skipped
        assert ask("expertise/reviewed_by_second_party", *seen.observations).status is Status.NOT_OBSERVED


def test_without_vendors_nobody_is_asked(opened):
    with pytest.raises(NotAskedError):
        observe(opened)


@pytest.mark.thorough
@settings(max_examples=25)
@given(st.lists(st.sampled_from([CLAIM, "provenance/active_before_release", "responsiveness/not_yanked"]), max_size=4))
def test_a_vendor_more_never_turns_what_was_seen(tmp_path_factory, listed):
    """Endorsements answer open questions only: opposition and vetoes stay, whoever vouches."""
    vetoed = ask("responsiveness/not_yanked", saw(files(yanked=True)))
    made = tmp_path_factory.mktemp("v")
    acme = Acme(made / "a")
    entries = [entry(claim=claim, area=claim.partition("/")[0]) for claim in listed]
    with serving([]) as index, world(index, made / "world") as opened:
        seen = observe(opened, ACME=acme.publish(*entries))
    again = ask("responsiveness/not_yanked", saw(files(yanked=True)), *seen.observations)
    assert (again.status, again.veto) == (vetoed.status, vetoed.veto)
    assert vetoed.veto is not None


def test_a_list_reads_back_and_is_strict(tmp_path):
    acme = Acme(tmp_path / "a")
    acme.publish(entry())
    read = read_list((tmp_path / "a" / "list.json").read_bytes(), acme.signer.public)
    assert (read.vendor, read.epoch, len(read.endorsements)) == ("ACME", 1, 1)
    for changed in ({"epoch": 0}, {"expires": stamp(NOW + timedelta(days=900))}, {"more": 1}, {"violations": [1]}):
        with pytest.raises(MalformedRecordError):
            acme.publish(entry(), **changed)


def test_the_configuration_names_everything_that_is_wrong(tmp_path):
    file = tmp_path / "supplytrust.toml"
    file.write_text('[vendors.ACME]\nlist = "l.json"\nkey = "k.pub"\nscope = ["pkg:pypi/*"]\ndepth = 2\n')
    assert config.load(file).vendors["ACME"].depth == 2
    file.write_text('[vendors.ACME]\nlist = "l"\nscope = ["*"]\ndepth = 0\nfor = ["x"]\n')
    with pytest.raises(ConfigError) as caught:
        config.load(file)
    assert [w for w in ("key", "pattern of purls", "depth") if w not in caught.value.message] == []


def test_the_verb_signs_what_a_vendor_answers_and_refuses_what_could_not_be_read_back(tmp_path):
    acme = Acme(tmp_path / "a")
    answers = tmp_path / "answers.toml"
    good = f"""vendor = "ACME"\nepoch = 3\n[[endorsement]]\nsubject = "{SUBJECT.release}"\narea = "provenance"
claim = "{CLAIM}"\nreason = "met the releaser"\nexpires = "2027-05-01"\n"""
    answers.write_text(good)
    words = ("vet", "sign", answers, "--key", tmp_path / "a" / "key.pem", "--expires", "2027-05-01")
    done = Shell(tmp_path).run(*words, "-o", tmp_path / "list.json")
    assert (done.code, done.err) == (0, "")
    read = read_list((tmp_path / "list.json").read_bytes(), acme.signer.public)
    assert (read.epoch, read.endorsements[0].endorsement.claim) == (3, CLAIM)
    for broken in (good.replace("epoch = 3", ""), good.replace("met", "\\u0000"), good + "what = 1\n", "= "):
        answers.write_text(broken)
        assert Shell(tmp_path).run(*words).code == 2


# --- A vendor's whole records.


def published(acme: Acme, folder: Path, made: TrustRecord) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{len(list(folder.iterdir()))}.json").write_bytes(sign(made, acme.signer))


def of_vendor(*, sources: tuple[str, ...] = ("git",), veto: bool = False, **changes: object) -> TrustRecord:
    weight = CountedWeight(3, 0, "expert")
    until = NOW + timedelta(days=30)
    findings = (
        WeighedFinding(signal=CLAIM, status=Status.SUPPORTS, because="saw it", weight=weight, sources=sources),
        WeighedFinding(signal="provenance/release_owners_known", status=Status.SUPPORTS, because="x", weight=weight),
    )
    made = record(Outcome.REFUSE if veto else Outcome.ADMIT)
    areas = {**made.areas, Area.PROVENANCE: replace(made.areas[Area.PROVENANCE], findings=findings)}
    vetoes = (VetoFact(Veto.MALICIOUS, "steals keys"),) if veto else ()
    fields = {"assessed_at": NOW - timedelta(days=1), "not_before": NOW - timedelta(days=1), "expires": until}
    trustee = Trustee.of(SUBJECT)
    return replace(
        made, areas=AreaVerdicts(areas), vetoes=vetoes, trustee=trustee, held_back_at=None, **{**fields, **changes}
    )


def test_of_a_vendors_record_the_answers_that_take_a_word_count_and_its_outcome_never(opened, tmp_path):
    acme, folder = Acme(tmp_path / "a"), tmp_path / "records"
    published(acme, folder, of_vendor())
    vendor = replace(acme.publish(), records=str(folder))
    (word,) = words(observe(opened, ACME=vendor))
    assert (word.claim, word.author, word.expires) == (CLAIM, "ACME", NOW + timedelta(days=30))
    assert words(observe(opened, ACME=replace(vendor, scope=("pkg:cargo/*",)))) == []
    assert words(observe(opened, ACME=replace(vendor, until=NOW))) == []


@pytest.mark.parametrize("changes", [
    {"expires": NOW}, {"assessed_at": NOW + timedelta(days=1)}, {"sources": ("git", "vendors:OTHER")},
    {"trustee": Trustee.of(subject(judged="demo-1.2.3.tar.gz"))},
])  # fmt: skip
def test_a_record_that_ended_is_of_another_file_or_passes_on_a_word_tells_nothing(opened, tmp_path, changes):
    acme, folder = Acme(tmp_path / "a"), tmp_path / "records"
    made = of_vendor(**{k: v for k, v in changes.items() if k == "sources"})
    published(acme, folder, replace(made, **{k: v for k, v in changes.items() if k != "sources"}))
    assert words(observe(opened, ACME=replace(acme.publish(), records=str(folder)))) == []


def test_a_veto_in_a_vendors_record_is_a_violation_and_what_others_signed_is_none(opened, tmp_path):
    acme, other, folder = Acme(tmp_path / "a"), Acme(tmp_path / "b", "OTHER"), tmp_path / "records"
    published(other, folder, of_vendor(veto=True))
    (folder / "notes.json").write_text("{")
    vendor = replace(acme.publish(entry()), records=str(folder))
    assert len(words(observe(opened, ACME=vendor))) == 1
    published(acme, folder, of_vendor(veto=True))
    seen = observe(opened, ACME=vendor)
    assert words(seen) == []
    assert ask("expertise/reviewed_by_second_party", *seen.observations).status is Status.OPPOSES
