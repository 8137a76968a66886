import pytest

from simulators.evidence import NOW, ask, days, gap, saw
from supplytrust.model.claims.advisory import Advisory, AdvisoryKind, AskedDatabase, MaintenanceNotices
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "responsiveness/not_declared_unmaintained"
DATABASE = AskedDatabase("rustsec.json", NOW - days(90), 1, 1225)
FAREWELL = Advisory("RUSTSEC-2024-0375", (), AdvisoryKind.UNMAINTAINED, NOW - days(700))


def told(*notices, databases=(DATABASE,), archived=None, inactive=None, version="1.2.3"):
    return MaintenanceNotices(version, notices, databases, archived, inactive)


@pytest.mark.parametrize(
    "claim",
    [
        told(),
        told(databases=(), inactive=False),
        told(databases=(), archived=False),
        told(Advisory("R-1", (), AdvisoryKind.UNSOUND, NOW), Advisory("R-2", (), AdvisoryKind.NOTICE, NOW)),
    ],
)
def test_supports_when_nobody_says_so(claim):
    finding = ask(ID, claim)
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "")


def test_a_notice_opposes_with_its_day():
    finding = ask(ID, told(FAREWELL, inactive=False))
    assert (finding.status, finding.grade, finding.veto) == (Status.OPPOSES, "", None)
    assert finding.because == f"RUSTSEC-2024-0375 of {NOW - days(700):%Y-%m-%d} declares it unmaintained"


@pytest.mark.parametrize("claim", [told(archived=True), told(inactive=True), told(databases=(), inactive=True)])
def test_the_projects_own_word_opposes(claim):
    finding = ask(ID, claim)
    assert (finding.status, finding.grade) == (Status.OPPOSES, "own-word")


def test_nothing_read_is_not_observed():
    assert ask(ID, told(databases=())).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, gap(MaintenanceNotices, NotObservedReason.OFFLINE)).reason is NotObservedReason.OFFLINE
    assert ask(ID, told(FAREWELL, version="1.2.2")).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, told(), saw(told(FAREWELL), source="other")).status is Status.OPPOSES
