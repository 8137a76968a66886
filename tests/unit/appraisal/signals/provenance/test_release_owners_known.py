import pytest

from simulators.evidence import ask, gap, saw
from supplytrust.model.claims.release import ReleaseOwners
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "provenance/release_owners_known"


@pytest.mark.parametrize(
    ("claim", "grade"),
    [
        (ReleaseOwners("", (("ann", "Owner"),)), "single"),
        (ReleaseOwners("", (("ann", "Owner"), ("Ann ", "Maintainer"), ("", "Owner"))), "single"),
        (ReleaseOwners("", (("ann", "Owner"), ("bob", "Maintainer"))), "several"),
        (ReleaseOwners("acme", (("ann", "Owner"),)), "organization"),
        (ReleaseOwners("acme" * 40, (("ann\n" * 40, "Owner"), ("b", "Owner"))), "organization"),
    ],
)
def test_supports_by_grade(claim, grade):
    finding = ask(ID, claim)
    assert (finding.status, finding.grade) == (Status.SUPPORTS, grade)


def test_an_organization_without_roles_is_unknown_not_zero():
    finding = ask(ID, ReleaseOwners("acme", ()))
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCOMPLETE)
    assert "unknown" in finding.because


def test_nobody_listed_holds_and_never_opposes():
    assert ask(ID, ReleaseOwners("", ())).reason is NotObservedReason.NOT_PUBLISHED
    assert ask(ID, ReleaseOwners(" ", ((" ", "Owner"),))).reason is NotObservedReason.NOT_PUBLISHED


def test_missing_and_contradiction():
    assert ask(ID, gap(ReleaseOwners, NotObservedReason.NOT_FOUND)).reason is NotObservedReason.NOT_FOUND
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
    several = ReleaseOwners("", (("ann", "Owner"), ("bob", "Owner")))
    assert ask(ID, several, saw(ReleaseOwners("acme", ()), source="mirror")).status is Status.NOT_OBSERVED
