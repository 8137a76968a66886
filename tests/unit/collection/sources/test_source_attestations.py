"""Attestations from an index on 127.0.0.1, signed in a sigstore world of our own and verified under its root."""

import os
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta

import pytest

from simulators.index import Project, Quirks, Release, sdist, serving
from simulators.sigstore_world import EPOCH, ISSUER, Signer, SigstoreWorld, provenance, statement
from simulators.world import NOW, world
from supplytrust.appraisal import signals
from supplytrust.collection.scheduler import collect_claims
from supplytrust.collection.sources import artifact, attestations, index
from supplytrust.ecosystems import PackageRequest, for_type
from supplytrust.io.context import SingleFlight
from supplytrust.io.http.url_rules import fact_key
from supplytrust.ledger import Ledger
from supplytrust.model.claims.attestation import (
    AttestationPresence,
    KnownPublisher,
    PublisherComparison,
    UnverifiedAttestation,
    VerifiedAttestation,
)
from supplytrust.model.evidence import Evidence, NotObservedReason
from supplytrust.model.finding import AppraisalContext
from supplytrust.model.policy import Context, Publisher
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import Status, Veto
from supplytrust.records import evidence_file

WORLD = SigstoreWorld()
SOURCES = (artifact, attestations, index)
PUBLISHER = Publisher(ISSUER, "owner/demo", "release.yml")


def attested(file, signer=None, **options):
    bundle = WORLD.bundle(statement(file.name, file.sha256), signer, **options)
    return replace(file, provenance=provenance(bundle))


def project(*, last=attested, before=attested):
    made = [Release(v, [before(sdist("demo", v))]) for v in ("1.0", "1.1")]
    return Project("demo", [*made, Release("1.2", [last(sdist("demo", "1.2"))])])


@contextmanager
def looked(told, folder, *, publisher=None, ledger=None, at=NOW, quirks=None, taken=EPOCH, offline=False, server=None):
    folder.mkdir(exist_ok=True)
    path = folder / "trusted_root.json"
    path.write_bytes(WORLD.trusted_root())
    os.utime(path, (taken.timestamp(), taken.timestamp()))
    running = nullcontext(server) if server else serving([told], quirks)
    with running as served, world(served, folder, at=at, ledger=ledger, offline=offline) as made:
        served.projects["demo"] = told
        expected = {"pkg:pypi/demo": publisher} if publisher else {}
        settings = replace(made.settings, sigstore_root=str(path), publisher=expected)
        made = replace(made, settings=settings)
        subject = for_type("pypi").resolve(PackageRequest("pypi", "demo", "", "1.2"), made)
        yield collect_claims(subject, made, SOURCES), made


def answer(signal_id, known):
    return signals.signal_named(signal_id).ask(known.subject, known, AppraisalContext(NOW, Context()))


def test_an_attested_file_of_the_configured_publisher(tmp_path):
    with looked(project(), tmp_path, publisher=PUBLISHER) as (known, _):
        claim = known.newest(VerifiedAttestation).claim
        assert claim.sha256 == known.subject.artifact.sha256
        assert known.newest(PublisherComparison).claim.differs == ()
        assert known.newest(AttestationPresence).claim.present is True
        assert not known.all(UnverifiedAttestation)
    for signal_id in ("provenance_verified", "built_by_expected_workflow", "builder_isolated"):
        assert answer(f"build/{signal_id}", known).status is Status.SUPPORTS
    assert answer("integrity/attestation_not_dropped", known).status is Status.SUPPORTS


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("expected", "differs"),
    [
        (Publisher("https://other.example.org", "owner/demo", "release.yml"), ("issuer",)),
        (Publisher("", "owner/demo"), ("issuer",)),
        (Publisher(ISSUER, "mallory/demo"), ("repository",)),
        (Publisher(ISSUER, "demo"), ("repository",)),
        (Publisher(ISSUER, "owner/demo", "other.yml"), ("workflow",)),
    ],
)
def test_another_publisher_than_configured_supports_nothing(tmp_path, expected, differs):
    with looked(project(), tmp_path, publisher=expected) as (known, _):
        assert known.newest(PublisherComparison).claim.differs == differs
    for signal_id in ("provenance_verified", "built_by_expected_workflow"):
        finding = answer(f"build/{signal_id}", known)
        assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)


def test_the_first_publisher_is_kept_and_a_resurrected_repository_is_another(tmp_path):
    with Ledger(tmp_path / "ledger") as ledger, serving([project()]) as server:
        ledger_at_first = replace_time(ledger, NOW - timedelta(days=30))
        with looked(project(), tmp_path / "a", ledger=ledger_at_first, server=server) as (known, _):
            first = known.newest(PublisherComparison).claim
            assert (first.known_by, first.differs) == (KnownPublisher.FIRST_SEEN, ())
        with looked(project(), tmp_path / "b", ledger=ledger, server=server) as (known, _):
            assert answer("integrity/publisher_unchanged", known).status is Status.SUPPORTS
        taken = project(last=lambda f: attested(f, Signer(repository_id="2002", owner_id="66")))
        with looked(taken, tmp_path / "c", ledger=ledger) as (known, _):  # at another index
            assert answer("integrity/publisher_unchanged", known).reason is NotObservedReason.FIRST_SIGHT
        with looked(taken, tmp_path / "d", ledger=ledger, server=server) as (known, _):
            assert known.newest(PublisherComparison).claim.differs == ("repository-id", "owner-id")
        assert answer("integrity/publisher_unchanged", known).reason is NotObservedReason.INCONCLUSIVE
        assert answer("build/provenance_verified", known).status is Status.NOT_OBSERVED


class replace_time:
    """A ledger whose first look was at another time."""

    def __init__(self, ledger, at):
        self.ledger, self.at = ledger, at

    def recall(self, key, fact):
        return self.ledger.recall(key, fact)

    def remember(self, key, fact, value, at):
        return self.ledger.remember(key, fact, value, self.at)


def test_a_publisher_that_differs_from_the_configured_one_is_not_kept(tmp_path):
    with Ledger(tmp_path / "ledger") as ledger, serving([project()]) as server:
        key = fact_key(Subject("pkg:pypi/demo@1", "pypi", "demo", "1"), server.url)
        with looked(project(), tmp_path, publisher=Publisher(ISSUER, "mallory/demo"), ledger=ledger, server=server):
            assert ledger.recall(key, "publisher") is None
        with looked(project(), tmp_path, ledger=ledger, server=server):
            assert ledger.recall(key, "publisher")


def test_a_wrong_signature_is_a_veto(tmp_path):
    def forged(file):
        bundle = WORLD.bundle(statement(file.name, file.sha256))
        other = WORLD.bundle(statement(file.name, file.sha256, extra=1))
        return replace(file, provenance=provenance({**bundle, "dsseEnvelope": other["dsseEnvelope"]}))

    with looked(project(last=forged), tmp_path) as (known, _):
        claim = known.newest(UnverifiedAttestation).claim
        assert (claim.failed, claim.reason) == (True, "signature")
    finding = answer("build/provenance_verified", known)
    assert (finding.status, finding.veto) == (Status.OPPOSES, Veto.BAD_SIGNATURE)


def test_an_attestation_of_another_digest_or_world_is_no_veto(tmp_path):
    elsewhere = SigstoreWorld()
    for made in (
        lambda f: replace(f, provenance=provenance(WORLD.bundle(statement(f.name, "cd" * 32)))),
        lambda f: replace(f, provenance=provenance(elsewhere.bundle(statement(f.name, f.sha256)))),
    ):
        with looked(project(last=made), tmp_path) as (known, _):
            assert known.newest(UnverifiedAttestation).claim.failed is False
        finding = answer("build/provenance_verified", known)
        assert (finding.status, finding.veto) == (Status.NOT_OBSERVED, None)


def test_a_dropped_attestation_is_seen(tmp_path):
    with looked(project(last=lambda f: f), tmp_path) as (known, _):
        assert known.gap(VerifiedAttestation).reason is NotObservedReason.NOT_FOUND
    assert answer("integrity/attestation_not_dropped", known).status is Status.OPPOSES
    with looked(project(last=lambda f: f, before=lambda f: f), tmp_path) as (known, _):
        assert known.newest(AttestationPresence).claim.present is not True
    assert answer("integrity/attestation_not_dropped", known).status is Status.NOT_OBSERVED


def test_html_listing_leads_to_the_same_document(tmp_path):
    with looked(project(), tmp_path, quirks=Quirks(html=True)) as (known, _):
        assert known.newest(VerifiedAttestation) is not None


def test_a_stale_root_is_named(tmp_path):
    with looked(project(), tmp_path, taken=EPOCH - timedelta(days=400)) as (known, _):
        assert known.gap(VerifiedAttestation).reason is NotObservedReason.STALE
        assert not known.all(UnverifiedAttestation)
    assert answer("build/provenance_verified", known).reason is NotObservedReason.STALE


def test_what_was_signed_later_is_not_seen_before(tmp_path):
    with looked(project(), tmp_path, at=EPOCH - timedelta(days=1)) as (known, _):
        assert not known.all(VerifiedAttestation)
        assert known.gap(VerifiedAttestation).reason is NotObservedReason.INCONCLUSIVE


def test_documents_that_cannot_be_read_are_gaps(tmp_path):
    broken = {"version": 1, "attestation_bundles": [{"attestations": [{"version": 1}]}]}
    with looked(project(last=lambda f: replace(f, provenance=broken)), tmp_path) as (known, _):
        assert known.gap(VerifiedAttestation).reason is NotObservedReason.MALFORMED


def test_no_network_is_named(tmp_path):
    with looked(project(), tmp_path) as (known, made):
        subject = known.subject
        assert known.newest(VerifiedAttestation)
        gone = replace(
            made, settings=replace(made.settings, index={"pypi": "http://127.0.0.1:9/simple/"}), once=SingleFlight()
        )
        without = collect_claims(subject, gone, SOURCES)
    assert without.gap(VerifiedAttestation).reason is NotObservedReason.UNREACHABLE
    assert answer("build/provenance_verified", without).status is Status.NOT_OBSERVED


def test_what_was_seen_survives_the_evidence_file(tmp_path):
    with (
        Ledger(tmp_path / "ledger") as ledger,
        looked(project(), tmp_path, publisher=PUBLISHER, ledger=ledger) as (known, _),
    ):
        evidence = Evidence(known.subject.purl, NOW, (known,))
    assert evidence_file.from_bytes(evidence_file.to_bytes(evidence)) == evidence


def test_an_index_that_does_not_say_is_asked_at_the_conventional_route(tmp_path):
    told = project(last=lambda f: f, before=lambda f: f)
    with serving([told], Quirks(html=True)) as served, world(served, tmp_path) as made:
        subject = for_type("pypi").resolve(PackageRequest("pypi", "demo", "", "1.2"), made)
        known = collect_claims(subject, made, SOURCES)
        asked = [path for path in served.requests if "integrity" in path]
    assert asked == [f"/integrity/demo/1.2/{subject.artifact.file_name}/provenance"]
    assert known.gap(VerifiedAttestation).reason is NotObservedReason.NOT_FOUND
    assert known.newest(AttestationPresence).claim.present is None
    assert answer("integrity/attestation_not_dropped", known).reason is NotObservedReason.INCOMPLETE
