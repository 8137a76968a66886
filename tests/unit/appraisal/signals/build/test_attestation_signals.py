"""The seven questions about attestations: supports, opposes, not observed."""

from dataclasses import replace

import pytest

from simulators.evidence import NOW, WHEEL, WHEEL_SHA, ask, days, gap, saw
from supplytrust.model.claims.attestation import (
    AttestationPresence,
    KnownPublisher,
    LayoutFollowed,
    PublisherComparison,
    UnverifiedAttestation,
    VerifiedAttestation,
)
from supplytrust.model.claims.source_tree import KnownBy, ReleaseTag, SourceRepository
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status, Veto

REPOSITORY = "https://forge.example.org/owner/demo"
FLOW = f"{REPOSITORY}/.forge/workflows/release.yml@refs/tags/v1.2.3"
COMMIT = "c0" * 20
GOOD = VerifiedAttestation(
    WHEEL,
    WHEEL_SHA,
    "https://slsa.dev/provenance/v1",
    "https://token.example.org",
    FLOW,
    NOW - days(9),
    repository=REPOSITORY,
    workflow=FLOW,
    signer=FLOW,
    commit=COMMIT,
    ref="refs/tags/v1.2.3",
    runner="forge-hosted",
    builder=FLOW,
)
WRONG = UnverifiedAttestation(WHEEL, failed=True, reason="signature", detail="does not fit")
UNKNOWN = replace(WRONG, failed=False, reason="unknown-log")
CONFIGURED = PublisherComparison(WHEEL, KnownPublisher.CONFIGURED, "issuer owner/demo", "seen", ())
FIRST = PublisherComparison(WHEEL, KnownPublisher.FIRST_SEEN, "first", "first", (), NOW - days(30))
TAG = ReleaseTag("1.2.3", KnownBy.CONFIRMED, "found", name="v1.2.3", commit=COMMIT)


def said(finding):
    return finding.status, finding.reason, finding.veto


SUPPORTS = (Status.SUPPORTS, None, None)


def silent(reason):
    return Status.NOT_OBSERVED, reason, None


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([GOOD], SUPPORTS),
        ([GOOD, CONFIGURED, FIRST], SUPPORTS),
        ([GOOD, UNKNOWN], SUPPORTS),
        ([GOOD, WRONG], (Status.OPPOSES, None, Veto.BAD_SIGNATURE)),
        ([WRONG], (Status.OPPOSES, None, Veto.BAD_SIGNATURE)),
        ([UNKNOWN], silent(NotObservedReason.INCONCLUSIVE)),
        ([replace(WRONG, file_name="other-1.0.tar.gz")], silent(NotObservedReason.NOT_LOOKED)),
        ([GOOD, replace(FIRST, differs=("owner-id",))], silent(NotObservedReason.INCONCLUSIVE)),
        ([gap(VerifiedAttestation, NotObservedReason.STALE)], silent(NotObservedReason.STALE)),
        ([], silent(NotObservedReason.NOT_LOOKED)),
    ],
)
def test_provenance_verified(claims, expected):
    assert said(ask("build/provenance_verified", *claims)) == expected


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([CONFIGURED], SUPPORTS),
        ([replace(CONFIGURED, differs=("workflow",))], silent(NotObservedReason.INCONCLUSIVE)),
        ([CONFIGURED, replace(CONFIGURED, seen="b", differs=("issuer",))], silent(NotObservedReason.INCONCLUSIVE)),
        ([FIRST], silent(NotObservedReason.NOT_LOOKED)),
        ([gap(PublisherComparison, NotObservedReason.DEPENDS)], silent(NotObservedReason.DEPENDS)),
    ],
)
def test_built_by_expected_workflow(claims, expected):
    assert said(ask("build/built_by_expected_workflow", *claims)) == expected


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (GOOD, SUPPORTS),
        (replace(GOOD, runner="self-hosted"), silent(NotObservedReason.INCONCLUSIVE)),
        (replace(GOOD, runner=""), silent(NotObservedReason.INCONCLUSIVE)),
        (replace(GOOD, builder="https://example.org/another"), silent(NotObservedReason.INCONCLUSIVE)),
        (replace(GOOD, builder="", signer="", workflow=""), silent(NotObservedReason.INCONCLUSIVE)),
        (replace(GOOD, predicate_type="https://example.org/publish"), silent(NotObservedReason.NOT_PUBLISHED)),
        (gap(VerifiedAttestation, NotObservedReason.NOT_FOUND), silent(NotObservedReason.NOT_FOUND)),
    ],
)
def test_builder_isolated(claim, expected):
    assert said(ask("build/builder_isolated", claim)) == expected


LAYOUT = LayoutFollowed(WHEEL, "release.layout", 3, NOW + days(30))


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([LAYOUT], SUPPORTS),
        ([LAYOUT, replace(LAYOUT, layout="other", reason="threshold")], silent(NotObservedReason.INCONCLUSIVE)),
        ([replace(LAYOUT, expires=NOW - days(1))], silent(NotObservedReason.STALE)),
        ([replace(LAYOUT, expires=None)], silent(NotObservedReason.STALE)),
        ([gap(LayoutFollowed, NotObservedReason.NOT_FOUND)], silent(NotObservedReason.NOT_FOUND)),
    ],
)
def test_layout_followed(claims, expected):
    assert said(ask("build/layout_followed", *claims)) == expected


CHAINED = replace(LAYOUT, chained=True)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([CHAINED], SUPPORTS),
        ([LAYOUT], silent(NotObservedReason.INCONCLUSIVE)),
        ([CHAINED, replace(LAYOUT, layout="other")], silent(NotObservedReason.INCONCLUSIVE)),
        ([replace(CHAINED, reason="threshold")], silent(NotObservedReason.INCONCLUSIVE)),
        ([replace(CHAINED, expires=NOW - days(1))], silent(NotObservedReason.STALE)),
        ([gap(LayoutFollowed, NotObservedReason.NOT_FOUND)], silent(NotObservedReason.NOT_FOUND)),
    ],
)
def test_inputs_chained_by_layout(claims, expected):
    assert said(ask("integrity/inputs_chained_by_layout", *claims)) == expected


def test_a_followed_layout_counts_to_its_end():
    assert ask("build/layout_followed", LAYOUT).until == NOW + days(30)


def repository(address):
    return SourceRepository(address, KnownBy.CONFIRMED, 10, NOW - days(1), NOW, 5, 5)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([GOOD, TAG], SUPPORTS),
        ([GOOD, TAG, repository(f"{REPOSITORY}.git")], SUPPORTS),
        ([GOOD, TAG, repository("/somewhere/demo")], SUPPORTS),
        ([GOOD, TAG, repository("https://forge.example.org/fork/demo")], silent(NotObservedReason.DEPENDS)),
        ([GOOD, replace(TAG, commit="d1" * 20)], (Status.OPPOSES, None, None)),
        (
            [replace(GOOD, ref="refs/heads/main"), replace(TAG, commit="d1" * 20)],
            silent(NotObservedReason.INCONCLUSIVE),
        ),
        ([GOOD, replace(TAG, known_by=KnownBy.DECLARED, commit="d1" * 20)], silent(NotObservedReason.DEPENDS)),
        ([GOOD, replace(TAG, state="absent")], silent(NotObservedReason.NOT_FOUND)),
        ([GOOD, gap(ReleaseTag, NotObservedReason.UNREACHABLE)], silent(NotObservedReason.UNREACHABLE)),
        ([replace(GOOD, commit=""), TAG], silent(NotObservedReason.NOT_PUBLISHED)),
        ([TAG], silent(NotObservedReason.NOT_LOOKED)),
    ],
)
def test_attested_commit_matches_tag(claims, expected):
    assert said(ask("integrity/attested_commit_matches_tag", *claims)) == expected


@pytest.mark.parametrize(
    ("present", "before", "expected"),
    [
        (True, (True, True), SUPPORTS),
        (True, (False, True, True), SUPPORTS),
        (False, (True, True), (Status.OPPOSES, None, None)),
        (False, (True, True, False), silent(NotObservedReason.NOT_APPLICABLE)),
        (False, (False, True), silent(NotObservedReason.NOT_APPLICABLE)),
        (False, (True,), silent(NotObservedReason.NO_PREDECESSOR)),
        (False, (True, None), silent(NotObservedReason.INCOMPLETE)),
        (None, (True, True), silent(NotObservedReason.INCOMPLETE)),
        (True, (), silent(NotObservedReason.NO_PREDECESSOR)),
    ],
)
def test_attestation_not_dropped(present, before, expected):
    named = tuple((f"1.{i}", attested) for i, attested in enumerate(before))
    assert said(ask("integrity/attestation_not_dropped", AttestationPresence(WHEEL, present, named))) == expected


def test_attested_predecessors_of_unknown_day_speak_against_and_never_for():
    before = (("1.0", True), ("1.1", True))
    attested, bare = (AttestationPresence(WHEEL, has, before, undated=("1.1",)) for has in (True, False))
    assert said(ask("integrity/attestation_not_dropped", attested)) == silent(NotObservedReason.INCOMPLETE)
    assert said(ask("integrity/attestation_not_dropped", bare)) == (Status.OPPOSES, None, None)


def test_attested_predecessors_that_are_not_counted_are_named():
    found = ask("integrity/attestation_not_dropped", AttestationPresence(WHEEL, False, (), recent=("1.0", "1.1")))
    assert "2 of the 7 days before it not counted" in found.because


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([FIRST], SUPPORTS),
        ([saw(replace(FIRST, since=NOW))], silent(NotObservedReason.FIRST_SIGHT)),
        ([replace(FIRST, differs=("owner-id",))], silent(NotObservedReason.INCONCLUSIVE)),
        ([CONFIGURED], silent(NotObservedReason.NOT_LOOKED)),
        ([gap(PublisherComparison, NotObservedReason.DEPENDS)], silent(NotObservedReason.DEPENDS)),
    ],
)
def test_publisher_unchanged(claims, expected):
    assert said(ask("integrity/publisher_unchanged", *claims)) == expected
