import pytest

from simulators.evidence import ask, gap, saw
from supplytrust.model.claims.release import KnownVulnerabilities, KnownVulnerability
from supplytrust.model.evidence import GapReason
from supplytrust.model.words import Status, Veto

ID = "responsiveness/known_vulnerabilities_fixed"


def known(*vulnerabilities, version="1.2.3"):
    return KnownVulnerabilities(version, vulnerabilities)


def one(name="X-1", fixed=(), *, withdrawn=False, malicious=False, severity=""):
    return KnownVulnerability(name, (), fixed, withdrawn, None, malicious, severity)


def test_supports_when_none_is_known():
    assert ask(ID, known()).status is Status.SUPPORTS
    assert ask(ID, known(one(withdrawn=True, malicious=True))).status is Status.SUPPORTS


@pytest.mark.parametrize(
    ("claim", "grade"),
    [
        (known(one()), "no-fix"),
        (known(one(fixed=("1.2.4",))), "fix-available"),
        (known(one(fixed=("1.2.4",)), one("X-2")), "no-fix"),
        (known(one(severity="LOW"), one("X-2", severity="3.9")), "low"),
        (known(one(severity="low"), one("X-2", severity="high")), "no-fix"),
        (known(one(severity="10.0")), "no-fix"),
        (known(one(severity="CVSS:3.1/AV:N")), "no-fix"),
        (known(one(severity="3.x")), "no-fix"),
    ],
)
def test_opposes_open_ones_by_grade(claim, grade):
    finding = ask(ID, claim)
    assert (finding.status, finding.grade, finding.veto) == (Status.OPPOSES, grade, None)


def test_a_malicious_release_is_a_veto():
    finding = ask(ID, known(one(), one("MAL-2026-1", malicious=True, severity="low")))
    assert (finding.status, finding.veto) == (Status.OPPOSES, Veto.MALICIOUS)
    assert "MAL-2026-1" in finding.because


def test_another_version_says_nothing():
    assert ask(ID, known(one(malicious=True), version="1.2.2")).reason is GapReason.INCOMPLETE


def test_missing_and_contradiction():
    assert ask(ID, gap(KnownVulnerabilities, GapReason.OFFLINE)).reason is GapReason.OFFLINE
    assert ask(ID).reason is GapReason.NOT_LOOKED
    second = saw(known(one(malicious=True)), source="osv")
    assert ask(ID, known(), second).veto is Veto.MALICIOUS
    assert ask(ID, known(one(fixed=("2",))), saw(known(one()), source="osv")).grade == "no-fix"
