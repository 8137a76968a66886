import pytest

from simulators.evidence import NOW, ask, days, gap, saw
from supplytrust.model.claims.advisory import Advisory, AdvisoryKind, AskedDatabase, OpenAdvisories, Unread
from supplytrust.model.claims.release import KnownVulnerabilities, KnownVulnerability
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "responsiveness/no_lasting_advisory"
FRESH = AskedDatabase("osv.zip", NOW - days(3), 0, 16_000)


def one(severity="", age=400, *, kind=AdvisoryKind.VULNERABILITY, fixed=()):
    published = None if age is None else NOW - days(age)
    return Advisory(f"CVE-{severity}-{age}", (), kind, published, severity=severity, fixed_in=fixed)


def told(*advisories, undecided=(), unread=(), version="1.2.3"):
    return OpenAdvisories(version, advisories, undecided, (FRESH,), unread)


@pytest.mark.parametrize(
    "advisories",
    [(), (one("low"),), (one("", 13),), (one("medium", 5),), (one("high", kind=AdvisoryKind.UNSOUND),)],
    ids=["none", "low", "new", "new and medium", "unsound"],
)
def test_nothing_lasts(advisories):
    assert ask(ID, told(*advisories)).status is Status.SUPPORTS


@pytest.mark.parametrize(
    "advisory",
    [one(), one("medium", 15), one("high", 1), one("critical", 0), one("", None), one("", 14)],
    ids=["unrated", "medium", "high and new", "critical and new", "undated", "two weeks"],
)
def test_what_lasts_only_holds(advisory):
    finding = ask(ID, told(one("low"), advisory))
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)
    assert advisory.id in finding.because


def test_the_worst_is_named_with_its_fix_and_how_many_more():
    finding = ask(ID, told(one(), one("high", 30, fixed=("1.2.4",)), one("medium")))
    assert finding.because == "CVE-high-30 lasts (high, fixed in 1.2.4); 2 more"


def test_an_index_s_own_list_counts():
    listed = KnownVulnerabilities("1.2.3", (KnownVulnerability("X-1", (), (), withdrawn=False),))
    assert ask(ID, listed).status is Status.NOT_OBSERVED
    assert ask(ID, told(), saw(listed, source="mirror")).status is Status.NOT_OBSERVED


def test_half_a_look_is_none():
    assert ask(ID, told(undecided=("X",))).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, told(unread=(Unread("database", 1),))).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, gap(OpenAdvisories, NotObservedReason.OFFLINE)).reason is NotObservedReason.OFFLINE
    assert ask(ID, told(version="9")).reason is NotObservedReason.INCOMPLETE


def vouched(reason="not reachable here", ago=1):
    return Endorsement(
        "pkg:pypi/demo@1.2.3",
        "responsiveness",
        ID,
        reason,
        "someone@example.org",
        NOW - days(ago),
        NOW + days(9),
        "key",
    )


def test_somebody_may_vouch_for_a_time():
    assert ask(ID, told(one("high")), vouched()).grade == "endorsed"


def test_nobody_vouches_for_what_became_known_later():
    finding = ask(ID, told(one("high"), one("critical", 5)), vouched(ago=30))
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)
    assert ask(ID, told(one("high"), one("critical", 5)), vouched(ago=30), vouched(ago=4)).grade == "endorsed"


def test_an_advisory_without_a_day_is_covered_when_it_is_named():
    assert ask(ID, told(one("high", None)), vouched()).status is Status.NOT_OBSERVED
    assert ask(ID, told(one("high", None)), vouched("CVE-high-None is not reachable here")).grade == "endorsed"
    assert (
        ask(ID, told(one("high", None)), vouched("CVE-high-None-2: not reachable here")).status is Status.NOT_OBSERVED
    )
    assert ask(ID, told(one("high", None)), vouched("not reachable: CVE-high-None.")).grade == "endorsed"
