from datetime import UTC, datetime

import pytest
from packaging.version import InvalidVersion

from supplytrust.ecosystems.pypi.versions import is_calendar, step
from supplytrust.model.claims.release import ReleaseHistory, ReleaseMoment, VersionStep


def history(*releases):
    """(version, year of upload)."""
    told = tuple(
        ReleaseMoment(
            v, datetime(y, 6, 1, tzinfo=UTC) if y else None, yanked=False, prerelease=False, wheels=1, sdists=1
        )
        for v, y in releases
    )
    return ReleaseHistory(told, "")


PLAIN = history(("1.0", 2024), ("1.1", 2025), ("2.0", 2026))
CALENDAR = {
    "four digits": history(("2024.2.2", 2024), ("2025.1.31", 2025)),
    "two digits": history(("24.0", 2024), ("24.1", 2024), ("25.0", 2025)),
    "in january of the next year": history(("23.3", 2024), ("24.0", 2024), ("25.0", 2025)),
}
OTHER = {
    "plain": PLAIN,
    "looks like a year": history(("24.0", 2015), ("25.0", 2016), ("26.0", 2016)),
    "one number, one year": history(("26.1", 2026), ("26.2", 2026), ("26.3", 2026)),
    "no days": history(("2024.1", None), ("2025.1", None)),
    "one release": history(("2025.1", 2025)),
    "no versions": history(("x", 2025), ("y", 2025)),
    "none": history(),
}


@pytest.mark.parametrize("found", CALENDAR.values(), ids=CALENDAR)
def test_numbers_that_move_with_the_years_are_dates(found):
    assert is_calendar(found.releases)
    assert step("24.0", "25.0", found) is VersionStep.CALENDAR


@pytest.mark.parametrize("found", OTHER.values(), ids=OTHER)
def test_other_numbers_are_not(found):
    assert not is_calendar(found.releases)


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ("1.2.3", "1.2.4", VersionStep.PATCH),
        ("1.2", "1.2.0.1", VersionStep.PATCH),
        ("1.2.3", "1.2.3.post1", VersionStep.PATCH),
        ("1.2.3", "1.3", VersionStep.MINOR),
        ("1.2.3", "2.0.0", VersionStep.MAJOR),
        ("2.0", "1!1.0", VersionStep.MAJOR),
        ("0.9", "1.0", VersionStep.MAJOR),
        ("0.9", "0.10", VersionStep.ZERO),
        ("0.9.1", "0.9.2", VersionStep.ZERO),
        ("1.0rc1", "1.0", VersionStep.PRE),
        ("1.0", "1.1.dev1", VersionStep.PRE),
    ],
)
def test_steps(before, now, told):
    assert step(before, now, PLAIN) is told


def test_what_is_no_version_is_an_error():
    with pytest.raises(InvalidVersion):
        step("one", "1.0", PLAIN)
