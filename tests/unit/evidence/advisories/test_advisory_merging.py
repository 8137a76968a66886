"""One defect under many names is one advisory; how it was answered is read from releases, tags and commits."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from supplytrust.ecosystems import versions_of
from supplytrust.evidence.advisories import defects
from supplytrust.evidence.advisories.defects import AdvisoryStatement, merge_records
from supplytrust.evidence.advisories.record import Event, Range, Record, worst_severity
from supplytrust.model.claims.advisory import AdvisoryKind
from supplytrust.model.claims.history import FixRelease
from supplytrust.model.claims.release import ReleaseMoment

DAY = datetime(2025, 1, 10, tzinfo=UTC)
HIGH = "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:N"  # 8.1 by the specification's calculator


def days(count):
    return timedelta(days=count)


def record(identity, *aliases, fixed=("1.2",), opened="0", published=DAY, kind=AdvisoryKind.VULNERABILITY, **more):
    events = (Event("introduced", opened), *(Event("fixed", v) for v in fixed))
    ranges = (Range(False, events),)
    return Record(identity, aliases, kind, "pypi", "demo", published, None, None, ranges=ranges, fixed_in=fixed, **more)


def merge(*records):
    return merge_records((AdvisoryStatement(f"base{n}", r) for n, r in enumerate(records)), versions_of("pypi"))


def test_shared_names_join_directly_and_through_others():
    parts = [record("PYSEC-1", "CVE-1"), record("GHSA-1", "CVE-2"), record("X-1", "CVE-2", "CVE-1"), record("PYSEC-2")]
    for order in itertools.permutations(parts):
        first, second = merge(*order)
        assert (first.advisory.id, first.advisory.aliases) == ("CVE-1", ("CVE-2", "GHSA-1", "PYSEC-1", "X-1"))
        assert (second.advisory.id, second.advisory.aliases) == ("PYSEC-2", ())


def test_the_less_favourable_of_what_was_merged():
    (one,) = merge(
        record("GHSA-1", "CVE-1", published=DAY + days(9), ratings=("MODERATE",), fixed=("1.10", "1.9")),
        record("CVE-1", kind=AdvisoryKind.MALICIOUS, ratings=(HIGH,), summary="told"),
    )
    assert (one.advisory.kind, one.advisory.published, one.advisory.summary) == (AdvisoryKind.MALICIOUS, DAY, "told")
    assert (one.advisory.severity, one.advisory.score) == ("high", 8.1)
    assert (one.advisory.fixed_in, one.advisory.databases) == (("1.2", "1.9", "1.10"), ("base0", "base1"))


def test_any_record_that_says_affected_counts():
    (one,) = merge(record("A", "C", fixed=("1.2",)), record("B", "C", fixed=("1.4",)))
    assert [one.affects(v) for v in ("1.1", "1.3", "1.4")] == [True, True, False]
    (blurred,) = merge(record("A", "C", fixed=("1.2",)), record("B", "C", opened="?"))
    assert [blurred.affects(v) for v in ("1.1", "1.3")] == [True, None]


def test_names_that_readers_know_come_first():
    assert merge(record("PYSEC-1", "GHSA-1", "CVE-9", "MAL-1"))[0].advisory.id == "MAL-1"
    assert merge(record("PYSEC-1", "GHSA-1"))[0].advisory.id == "GHSA-1"


@pytest.mark.parametrize(
    ("ratings", "told"),
    [
        ((), ("", None)),
        (("nonsense", "CVSS:3.1/broken"), ("", None)),
        (("MODERATE",), ("medium", None)),
        (("low", "CRITICAL"), ("critical", None)),
        (("CRITICAL", HIGH), ("high", 8.1)),
        (("AV:N/AC:L/Au:N/C:N/I:N/A:C",), ("high", 7.8)),
        (("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",), ("critical", 9.3)),
        (("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N",), ("low", 1.6)),
        (("9.8",), ("critical", 9.8)),
        (("99",), ("", None)),
    ],
)
def test_severity(ratings, told):
    assert worst_severity(ratings) == told


def release(version, age, *, pre=False, yanked=False):
    return ReleaseMoment(version, None if age is None else DAY + days(age), yanked, pre, 1, 1)


RELEASES = (
    release("1.0", -300),
    release("1.1", -200),
    release("1.2rc1", -3, pre=True),
    release("1.2", 4),
    release("2.0", 9),
)


def answer(one, releases=RELEASES, fixes=()):
    (told,) = defects.advisory_history(merge(one), defects.ReleaseContext(versions_of("pypi"), releases, fixes))
    return told


def test_the_first_fixed_release_and_the_wait_for_it():
    told = answer(record("X"))
    assert (told.answered, told.released, told.fixed_version) == (True, True, "1.2")
    assert (told.fixed_at, told.time_source, told.days) == (DAY + days(4), "index", 4.0)


def test_a_fix_before_publication_waited_for_nobody():
    assert answer(record("X", published=DAY + days(900))).days == 0.0


def test_a_backport_counts_when_it_was_out_first():
    releases = (*RELEASES[:2], release("2.1", 10), release("1.2", 30))
    one = record("X", fixed=("1.2", "2.1"), opened="0")
    assert answer(one, releases).fixed_version == "2.1"


def test_a_fixed_version_that_was_never_released_and_one_that_was_withdrawn():
    told = answer(record("X", fixed=("3.0",)))
    assert (told.answered, told.released, told.fixed_version, told.days) == (True, False, "3.0", None)
    assert answer(record("X", fixed=("2.0",)), (*RELEASES[:4], release("2.0", 9, yanked=True))).released is False


def test_no_fix_named():
    told = answer(record("X", fixed=()))
    assert (told.answered, told.released, told.fixed_version) == (False, False, "")
    ended = Record(
        "X",
        (),
        AdvisoryKind.VULNERABILITY,
        "pypi",
        "demo",
        DAY,
        None,
        None,
        ranges=(Range(False, (Event("introduced", "0"), Event("last_affected", "1.2"))),),
    )
    assert (answer(ended).answered, answer(ended).fixed_version) == (True, "2.0")


def test_releases_that_are_not_known_stay_unknown():
    told = answer(record("X"), None)
    assert (told.answered, told.released, told.fixed_at, told.days) == (True, None, None, None)
    assert answer(record("X"), (release("1.1", None), release("1.2", None))).days is None


def test_the_time_of_a_tag_stands_in_and_the_fix_commit_is_named():
    fix = FixRelease("a" * 40, ("CVE-1",), DAY + days(1), "1.2", 2.0)
    later = FixRelease("b" * 40, ("cve-1",), DAY + days(50), "1.3", 2.0)
    told = answer(record("X", "CVE-1"), None, (later, fix))
    assert (told.time_source, told.fixed_at, told.fixed_version, told.days) == ("tag", DAY + days(3), "1.2", 3.0)
    assert answer(record("X", "CVE-1"), RELEASES, (fix,)).time_source == "index"
    by_id = answer(record("X", fix_commits=("a" * 12,)), RELEASES, (fix,))
    assert by_id.committed_at == DAY + days(1)


def test_only_vulnerabilities_newest_first():
    others = [record(f"K-{k}", kind=k) for k in AdvisoryKind if k is not AdvisoryKind.VULNERABILITY]
    parts = [record("A"), record("B", published=DAY + days(5)), record("C", published=None), *others]
    told = defects.advisory_history(merge(*parts), defects.ReleaseContext(versions_of("pypi"), RELEASES, ()))
    assert [p.advisory.id for p in told] == ["B", "A", "C"]
