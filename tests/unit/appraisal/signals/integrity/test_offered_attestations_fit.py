"""What is offered and does not fit is held; nothing offered is no fault."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from simulators.evidence import SUBJECT, WHEEL, WHEEL_SHA, ask, gap
from supplytrust.model.claims.attestation import (
    AttestationPresence,
    KnownPublisher,
    PublisherComparison,
    UnverifiedAttestation,
    VerifiedAttestation,
)
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

SIGNAL = "integrity/offered_attestations_fit"
SIGNED = datetime(2026, 11, 1, tzinfo=UTC)
VERIFIED = VerifiedAttestation(
    WHEEL, WHEEL_SHA, "https://slsa.dev/provenance/v1", "https://i.example.org", "me", SIGNED
)
OFFERED, NONE = AttestationPresence(WHEEL, True, ()), AttestationPresence(WHEEL, False, ())
UNSAID = AttestationPresence(WHEEL, None, ())


def publisher(*differs: str) -> PublisherComparison:
    return PublisherComparison(WHEEL, KnownPublisher.FIRST_SEEN, "a", "b", differs, SIGNED)


def test_verified_by_the_known_publisher() -> None:
    assert ask(SIGNAL, OFFERED, VERIFIED, publisher()).status is Status.SUPPORTS


def test_verified_and_nobody_in_particular_is_expected() -> None:
    assert ask(SIGNAL, OFFERED, VERIFIED, gap(PublisherComparison, NotObservedReason.DEPENDS)).status is Status.SUPPORTS


@pytest.mark.parametrize("presence", [NONE, UNSAID])
def test_none_is_offered(presence: AttestationPresence) -> None:
    found = ask(SIGNAL, presence, gap(VerifiedAttestation, NotObservedReason.NOT_FOUND))
    assert found.status is Status.SUPPORTS
    assert "no attestation is offered" in found.because


HELD = {
    "not accepted": (OFFERED, UnverifiedAttestation(WHEEL, False, "other-subject", "of other bytes")),
    "one of two not accepted": (OFFERED, VERIFIED, UnverifiedAttestation(WHEEL, False, "other-subject", "")),
    "another publisher": (OFFERED, VERIFIED, publisher("repository")),
    "offered, and the document is gone": (OFFERED, gap(VerifiedAttestation, NotObservedReason.NOT_FOUND)),
    "unreachable": (UNSAID, gap(VerifiedAttestation, NotObservedReason.UNREACHABLE)),
    "the publisher could not be compared": (OFFERED, VERIFIED, gap(PublisherComparison, NotObservedReason.UNREACHABLE)),
    "stale root": (OFFERED, gap(VerifiedAttestation, NotObservedReason.STALE)),
    "the index does not list the file": (gap(AttestationPresence, NotObservedReason.DEPENDS),),
    "nobody looked": (),
    "about another file": (
        AttestationPresence("other.whl", False, ()),
        gap(VerifiedAttestation, NotObservedReason.NOT_FOUND),
    ),
}


@pytest.mark.parametrize("name", HELD)
def test_everything_else_is_held(name: str) -> None:
    found = ask(SIGNAL, *HELD[name])
    assert found.status is Status.NOT_OBSERVED, found
    assert SUBJECT.artifact is not None
