from datetime import timedelta

import pytest

from simulators.evidence import NOW, SDIST, WHEEL, ask, days, files, gap, listed_file, saw, subject
from supplytrust.model.claims.release import ReleaseFiles
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "responsiveness/past_cooldown"


def uploaded(hours, name=WHEEL, other=99999.0):
    """The named file uploaded so many hours before NOW, its sibling long ago."""
    sibling = SDIST if name == WHEEL else WHEEL
    at = None if hours is None else NOW - timedelta(hours=hours)
    return files(listed_file(name, uploaded_at=at), listed_file(sibling, uploaded_at=NOW - timedelta(hours=other)))


@pytest.mark.parametrize("hours", [72, 73, 24 * 365 * 20])
def test_supports_what_was_seen_after_the_wait(hours):
    assert ask(ID, uploaded(hours)).status is Status.SUPPORTS


@pytest.mark.parametrize("hours", [71.99, 1, 0, -5])
def test_a_young_release_waits_and_never_opposes(hours):
    finding = ask(ID, uploaded(hours))
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.COOLING_DOWN)
    assert finding.until == NOW - timedelta(hours=hours) + timedelta(hours=72)


def test_passing_time_alone_does_not_end_the_wait():
    early = saw(uploaded(100), at=NOW - timedelta(hours=90))
    for later in (NOW, NOW + days(1), NOW + days(4000)):
        assert ask(ID, early, at=later).reason is NotObservedReason.COOLING_DOWN
    assert ask(ID, early, uploaded(100)).status is Status.SUPPORTS


def test_a_look_after_the_judged_moment_does_not_count_as_later():
    assert ask(ID, uploaded(100), at=NOW - timedelta(hours=90)).reason is NotObservedReason.COOLING_DOWN


def test_the_wait_is_the_policys():
    assert ask(ID, uploaded(10), cooldown_hours=10).status is Status.SUPPORTS
    assert ask(ID, uploaded(0), cooldown_hours=0).status is Status.SUPPORTS
    assert ask(ID, uploaded(100), cooldown_hours=336).reason is NotObservedReason.COOLING_DOWN


def test_a_file_added_late_to_an_old_release_waits_by_its_own_upload():
    assert ask(ID, uploaded(5)).reason is NotObservedReason.COOLING_DOWN
    assert ask(ID, uploaded(5, name=SDIST)).status is Status.SUPPORTS
    assert ask(ID, uploaded(5, name=SDIST), about=subject("")).reason is NotObservedReason.COOLING_DOWN


def test_unknown_uploads_are_incomplete():
    assert ask(ID, uploaded(None)).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, uploaded(None), about=subject("")).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, files(listed_file(SDIST))).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, ReleaseFiles("1.2.3", (), yanked=False)).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, files(version="1.2.4")).reason is NotObservedReason.INCOMPLETE


def test_missing_and_contradiction():
    assert ask(ID, gap(ReleaseFiles, NotObservedReason.RATE_LIMITED)).reason is NotObservedReason.RATE_LIMITED
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
    assert ask(ID, uploaded(900), saw(uploaded(9), source="mirror")).reason is NotObservedReason.COOLING_DOWN
