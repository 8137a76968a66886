"""Releases before a version as a base to compare with: what has stood there for a while, what has not, what is not known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from supplytrust.model.claims.release import HORIZON, Predecessors, ReleaseHistory, ReleaseMoment

DAY = timedelta(days=1)
UPLOAD = datetime(2026, 5, 4, 12, tzinfo=UTC)
PLAIN = ReleaseMoment("1.0", UPLOAD - 90 * DAY, yanked=False, prerelease=False, wheels=1, sdists=1, attested=True)


def moment(version, days_before, **change):
    at = None if days_before is None else UPLOAD - days_before * DAY
    return replace(PLAIN, version=version, uploaded_at=at, **change)


def listed(*before, own=0):
    return ReleaseHistory((*before, moment("9.0", own)), "")


def names(found):
    return [r.version for r in found]


def test_by_how_long_they_had_been_there():
    found = listed(moment("1.0", 90), moment("1.1", 7), moment("1.2", 6.99), moment("1.3", 0), moment("1.4", None))
    before = found.before("9.0")
    assert (names(before.settled), names(before.recent)) == (["1.0", "1.1"], ["1.2", "1.3"])
    assert names(before.undated) == ["1.4"]
    assert before.left_out == "2 of the 7 days before it not counted"


def test_a_lower_version_of_a_later_day_is_recent():
    assert names(listed(moment("1.0", -30)).before("9.0").recent) == ["1.0"]


def test_without_a_day_of_its_own_nothing_is_settled():
    before = listed(moment("1.0", 90), own=None).before("9.0")
    assert (before.settled, names(before.undated)) == ((), ["1.0"])


def test_the_nearest_is_a_settled_one_that_stands():
    before = listed(
        moment("1.0", 90), moment("1.1", 80, yanked=True), moment("1.2", 70, prerelease=True), moment("1.3", None),
        moment("1.4", 1),
    ).before("9.0")  # fmt: skip
    assert before.nearest.version == "1.0"
    assert listed(moment("1.0", None), moment("1.1", 1)).before("9.0").nearest.version == "1.0"
    assert listed(moment("1.0", 1)).before("9.0").nearest is None
    assert listed(moment("1.2a1", 9, prerelease=True)).before("9.0").nearest.version == "1.2a1"


def test_why_there_is_nothing_to_compare_with():
    assert Predecessors().absence("9.0") == "9.0 is the first release"
    assert "1 of the 7 days" in listed(moment("1.0", 1)).before("9.0").absence("9.0")


@given(
    st.lists(st.tuples(st.one_of(st.none(), st.floats(0, 400)), st.booleans(), st.booleans()), max_size=8),
    st.lists(st.tuples(st.floats(0, 6.9), st.booleans(), st.booleans()), max_size=8),
    st.randoms(),
)
def test_releases_of_the_last_days_change_no_base(before, burst, random):
    honest = [moment(f"1.{n}", d, yanked=y, prerelease=p) for n, (d, y, p) in enumerate(before)]
    added = [moment(f"2.{n}", d, yanked=y, prerelease=p) for n, (d, y, p) in enumerate(burst)]
    mixed = honest + added
    random.shuffle(mixed)
    order = {r.version: n for n, r in enumerate(honest)}
    mixed.sort(key=lambda r: order.get(r.version, random.randrange(9)))
    fewer, more = (
        listed(*(r for r in mixed if r in honest)).before("9.0"),
        listed(*mixed).before("9.0"),
    )
    assert (fewer.settled, fewer.undated, fewer.nearest) == (more.settled, more.undated, more.nearest)
    assert len(more.recent) == len(fewer.recent) + len(added)
    assert HORIZON == 7 * DAY
