import dataclasses

import pytest

from simulators.evidence import NOW, ask, days, gap, history, saw
from supplytrust.model.claims.release import KnownVulnerabilities, KnownVulnerability, ReleaseHistory
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "responsiveness/release_cadence_steady"
QUIET = history(("1.0", 3000), ("1.1", 2900), ("1.2", 2800), ("1.2.3", 2700))


def advisories(*open_ones, version="1.2.3"):
    """(days since publication, fixed versions) of advisories that affect the version."""
    told = tuple(
        KnownVulnerability(f"X-{n}", (), fixed, withdrawn=False, published=None if age is None else NOW - days(age))
        for n, (age, fixed) in enumerate(open_ones)
    )
    return KnownVulnerabilities(version, told)


def changed(claim, index=-1, **fields):
    releases = list(claim.releases)
    releases[index] = dataclasses.replace(releases[index], **fields)
    return dataclasses.replace(claim, releases=tuple(releases))


@pytest.mark.parametrize(
    "releases",
    [
        history(("1.0", 300), ("1.1", 200), ("1.2.3", 100)),
        history(("1.0", 900), ("1.1", 700), ("1.2.3", 365)),
        history(("1.0", 1800), ("1.1", 1400), ("1.2.3", 1000)),
        history(("1.2.3", 100), ("1.1", 200), ("1.0", 300)),
        history(("1.0", 1300), ("1.1", 820), ("1.2.3", 20)),
    ],
    ids=["often", "one year ago", "slow by habit", "any order", "again after its usual pause"],
)
def test_supports_an_active_project(releases):
    finding = ask(ID, releases)
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "active")


def test_a_finished_project_supports():
    finding = ask(ID, QUIET, advisories())
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "finished")
    assert ask(ID, history(("1.2.3", 6000)), advisories()).grade == "finished"


def test_withdrawn_advisories_leave_nothing_open():
    withdrawn = KnownVulnerabilities("1.2.3", (KnownVulnerability("X", (), (), withdrawn=True),))
    assert ask(ID, QUIET, withdrawn).grade == "finished"


def test_abandoned_opposes():
    finding = ask(ID, QUIET, advisories((400, ())))
    assert (finding.status, finding.veto) == (Status.OPPOSES, None)
    assert "X-0" in finding.because


@pytest.mark.parametrize(
    ("releases", "open_ones"),
    [
        (QUIET, advisories((400, ("1.2.4",)))),
        (QUIET, advisories((90, ()))),
        (QUIET, advisories((None, ()))),
        (history(("1.0", 900), ("1.2.3", 600)), advisories((400, ()))),
        (history(("1.2.3", 2900), ("1.3", 2800)), advisories()),
        (history(("1.2.3", 2900), ("1.3", 2800)), advisories((400, ()))),
        (changed(QUIET, yanked=True), advisories()),
        (QUIET, advisories(version="1.2.2")),
    ],
    ids=["fix exists", "fresh", "no date", "not yet two years", "not the newest", "older one open", "yanked", "other"],
)
def test_silence_alone_never_opposes(releases, open_ones):
    assert ask(ID, releases, open_ones).reason is NotObservedReason.INCONCLUSIVE


def test_finished_needs_a_look_at_advisories():
    assert ask(ID, QUIET).reason is NotObservedReason.INCONCLUSIVE
    assert ask(ID, QUIET, gap(KnownVulnerabilities, NotObservedReason.OFFLINE)).reason is NotObservedReason.INCONCLUSIVE


def test_a_sudden_awakening_holds():
    woken = history(("1.0", 3000), ("1.1", 2900), ("1.2", 2800), ("1.2.3", 5))
    finding = ask(ID, woken, advisories())
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)
    assert "silent for 2,795 days" in finding.because


def test_an_awakening_that_lasted_a_month_is_over():
    for age, status in ((30, Status.NOT_OBSERVED), (31, Status.SUPPORTS)):
        assert ask(ID, history(("1.1", 2900), ("1.2", 2800), ("1.2.3", age))).status is status


def test_a_first_burst_holds_and_a_habit_does_not():
    steady = [("1.0", 300.0), ("1.1", 200.0)]
    burst = [("1.2", 5.0), ("1.2.1", 4.9), ("1.2.3", 4.85)]
    assert ask(ID, history(*steady, *burst)).reason is NotObservedReason.INCONCLUSIVE
    habit = [("0.7", 400.0), ("0.8", 400.0), ("0.9", 400.0)]
    assert ask(ID, history(*habit, *steady, *burst)).grade == "active"


def test_too_little_to_tell():
    assert ask(ID, history(("1.2.2", 40), ("1.2.3", 10))).reason is NotObservedReason.INCONCLUSIVE
    assert ask(ID, history()).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, history(("1.2.3", None))).reason is NotObservedReason.INCOMPLETE
    pre = changed(history(("1.2.3", 10)), prerelease=True)
    assert ask(ID, pre).reason is NotObservedReason.INCOMPLETE


def test_silence_is_measured_to_the_look():
    looked = saw(history(("1.0", 300), ("1.1", 200), ("1.2.3", 100)))
    assert ask(ID, looked, at=NOW + days(4000)).grade == "active"
    assert ask(ID, looked, at=NOW - days(250)).reason is NotObservedReason.INCONCLUSIVE


def test_missing_and_contradiction():
    assert ask(ID, gap(ReleaseHistory, NotObservedReason.MALFORMED)).reason is NotObservedReason.MALFORMED
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
    active = history(("1.0", 300), ("1.1", 200), ("1.2.3", 100))
    assert ask(ID, active, saw(QUIET, source="mirror"), advisories()).grade == "finished"
    assert ask(ID, QUIET, advisories(), saw(advisories((400, ())), source="osv")).status is Status.OPPOSES
