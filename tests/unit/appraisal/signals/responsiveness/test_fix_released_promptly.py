from dataclasses import replace

import pytest

from simulators.evidence import NOW, ask, days, gap
from supplytrust.model.claims.advisory import Advisory, AdvisoryHistory, AdvisoryKind, PastAdvisory
from supplytrust.model.claims.history import FixHistory, FixRelease
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "responsiveness/fix_released_promptly"


def past(waited, age=400.0, *, answered=True):
    published = NOW - days(age)
    advisory = Advisory(f"CVE-{age}-{waited}", (), AdvisoryKind.VULNERABILITY, published)
    fixed = None if waited is None else published + days(waited)
    return PastAdvisory(advisory, answered, answered, "1.2", fixed, "index", None, waited)


def named(name, *aliases):
    return replace(
        past(None, answered=True), released=None, advisory=replace(past(None).advisory, id=name, aliases=aliases)
    )


def told(*waits, age=400.0):
    return AdvisoryHistory(tuple(past(w, age + n) for n, w in enumerate(waits)), ())


def commits(*waits, known_by=KnownBy.GIVEN):
    fixes = tuple(FixRelease(f"{n:040x}", ("CVE-1",), NOW - days(300), "1.2", w) for n, w in enumerate(waits))
    return FixHistory(known_by, 5, fixes)


def test_prompt_releases_support_and_count_from_the_last():
    finding = ask(ID, told(0.0, 0.0, 7.0, 40.0))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "")
    assert finding.because == "3 of 4 advisories were in a release within 7 days, 0 after 90"
    assert finding.at == NOW - days(363)


def test_half_of_three_late_oppose():
    assert ask(ID, told(0.0, 91.0, 200.0)).status is Status.OPPOSES
    waiting = AdvisoryHistory((past(0.0), past(None, 91, answered=False), past(None, 500, answered=False)), ())
    assert ask(ID, waiting).status is Status.OPPOSES


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (told(), NotObservedReason.NOT_PUBLISHED),
        (told(0.0), NotObservedReason.NOT_PUBLISHED),
        (told(0.0, None), NotObservedReason.NOT_PUBLISHED),
        (told(0.0, 0.0, age=5 * 365 + 1), NotObservedReason.NOT_PUBLISHED),
        (told(0.0, 30.0), NotObservedReason.INCONCLUSIVE),
        (told(91.0, 91.0), NotObservedReason.INCONCLUSIVE),
    ],
)
def test_too_few_or_mixed_is_not_observed(claim, reason):
    assert ask(ID, claim).reason is reason


def test_commits_answer_where_advisories_do_not():
    assert ask(ID, commits(0.1, 0.2)).grade == "commits"
    assert ask(ID, AdvisoryHistory((named("GHSA-1", "cve-1"),), ()), commits(0.1, 0.2)).grade == "commits"
    assert ask(ID, told(0.0, 0.0), commits(0.1, 0.2)).grade == ""
    assert ask(ID, told(0.0, 0.0), commits(200.0, 200.0, 200.0)).status is Status.OPPOSES
    assert ask(ID, told(0.0, 0.0), commits(1.0, 200.0)).status is Status.SUPPORTS


def test_a_number_in_a_message_is_no_advisory():
    assert ask(ID, told(), commits(0.1, 0.2)).reason is NotObservedReason.NOT_PUBLISHED
    assert ask(ID, AdvisoryHistory((named("GHSA-2"),), ()), commits(0.1, 0.2)).reason is NotObservedReason.NOT_PUBLISHED
    assert ask(ID, told(), commits(200.0, 200.0, 200.0)).status is Status.OPPOSES


def test_a_declared_repository_is_anybodys():
    assert ask(ID, commits(0.1, 0.2, known_by=KnownBy.DECLARED)).reason is NotObservedReason.DEPENDS


def test_nothing_known_passes_on_the_reason():
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
    assert ask(ID, gap(AdvisoryHistory, NotObservedReason.OFFLINE)).reason is NotObservedReason.OFFLINE
    assert ask(ID, gap(FixHistory, NotObservedReason.NOT_FOUND)).reason is NotObservedReason.NOT_FOUND
