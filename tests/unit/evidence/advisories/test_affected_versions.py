"""Which versions a record affects: the OSV evaluation by PEP 440 and SemVer, RustSec's requirements, unknown orders."""

import pytest

from supplytrust import ecosystems
from supplytrust.evidence.advisories.record import Event, Range, Record
from supplytrust.evidence.advisories.record import affects as decide
from supplytrust.model.claims.advisory import AdvisoryKind


def affects(made, version):
    return decide(made, version, ecosystems.versions_of(made.type))


def at_least(purl_type, version, bound):
    return ecosystems.versions_of(purl_type).at_least(version, bound)


def record(*events, purl_type="pypi", semver=False, versions=(), spared=None, ranges=None):
    made = (Range(semver, tuple(Event(*e) for e in events)),) if events else ()
    return Record(
        "X",
        (),
        AdvisoryKind.VULNERABILITY,
        purl_type,
        "demo",
        None,
        None,
        None,
        ranges=made if ranges is None else ranges,
        versions=versions,
        spared=spared,
    )


START, F, L, M = "introduced", "fixed", "last_affected", "limit"


@pytest.mark.parametrize(
    ("events", "inside", "outside"),
    [
        ([(START, "0"), (F, "1.2")], ["0.1", "1.1.9", "1.2rc1", "1.2.dev0"], ["1.2", "1.2.post1", "2"]),
        ([(START, "1.0"), (F, "1.2")], ["1.0", "1.1"], ["0.9", "1.0rc1", "1.2"]),
        ([(START, "1.0"), (L, "1.2")], ["1.0", "1.2", "1.2.0"], ["1.2.1", "0.9"]),
        ([(START, "0")], ["0", "99"], []),
        ([(START, "2.0"), (START, "0"), (F, "2.0.6"), (F, "1.26.17")], ["1.0", "2.0.5"], ["1.26.17", "1.27", "2.0.6"]),
        ([(START, "0"), (F, "5"), (START, "5"), (F, "6")], ["4", "5", "5.5"], ["6"]),
        ([(START, "2"), (F, "2"), (START, "3"), (F, "4")], ["3"], ["2", "2.5"]),
        ([(START, "0"), (M, "2.0")], ["1.9"], ["2.0", "3"]),
        ([(START, "0"), (F, "1.0"), (M, "2.0")], ["0.9"], ["1.0", "3"]),
        ([(START, "1!0"), (F, "1!2")], ["1!1"], ["5", "1!2"]),
    ],
)
def test_ranges_by_pep_440(events, inside, outside):
    made = record(*events)
    assert [v for v in inside if affects(made, v) is not True] == []
    assert [v for v in outside if affects(made, v) is not False] == []


def test_the_order_of_events_does_not_matter():
    events = [(START, "0"), (F, "1.26.17"), (START, "2.0"), (F, "2.0.6")]
    for version in ("1.0", "1.27", "2.0.1", "2.1"):
        assert affects(record(*events), version) == affects(record(*reversed(events)), version)


def test_listed_versions_count_in_any_spelling_and_beside_ranges():
    made = record((START, "2"), (F, "3"), versions=("1.0.0", "1.1RC1"))
    assert [affects(made, v) for v in ("1.0", "v1.0", "1.1rc1", "1.1", "2.5")] == [True, True, True, False, True]


@pytest.mark.parametrize(
    ("made", "version"),
    [
        (record(), "1.0"),
        (record((START, "0"), (F, "one")), "1.0"),
        (record((START, "0"), (F, "1.0")), "not a version"),
        (record((START, "0"), (F, "1.0"), purl_type="maven"), "0.9"),
        (record(spared=(">= abc",), purl_type="cargo"), "1.0.0"),
        (record(spared=(), purl_type="cargo"), "x"),
        (record(versions=("1.0",), ranges=(Range(False, (Event(START, "?"),)),)), "2.0"),
    ],
)
def test_what_cannot_be_told_is_none(made, version):
    assert affects(made, version) is None


def test_one_readable_range_that_affects_is_enough():
    ranges = (Range(False, (Event(START, "?"),)), Range(False, (Event(START, "1"), Event(F, "2"))))
    assert affects(record(ranges=ranges), "1.5") is True
    assert affects(record(ranges=ranges), "2.5") is None


def test_other_types_by_listed_versions_or_semver_ranges():
    assert affects(record(purl_type="maven", versions=("1.0-beta",)), "1.0-beta") is True
    assert affects(record(purl_type="maven", versions=("1.0-beta",)), "1.0") is False
    made = record((START, "1.0.0"), (F, "1.2.0"), purl_type="npm", semver=True)
    assert [affects(made, v) for v in ("1.2.0-rc.1", "1.2.0", "0.9.0")] == [True, False, False]


@pytest.mark.parametrize(
    ("spared", "inside", "outside"),
    [
        ((">= 0.9.1",), ["0.9.0", "0.9.1-alpha"], ["0.9.1", "1.0.0"]),
        ((">= 1.2.3, < 2.0.0", ">= 2.1"), ["1.2.2", "2.0.0", "2.0.5"], ["1.2.3", "1.9.0", "2.1.0"]),
        (("^0.4.2", "< 0.2"), ["0.2.0", "0.4.1", "0.5.0"], ["0.4.2", "0.1.9"]),
        (("= 1.0.1",), ["1.0.0", "1.0.2"], ["1.0.1"]),
        (("> 1.0.1",), ["1.0.1"], ["1.0.2"]),
        ((), ["0.1.0", "99.0.0"], []),
    ],
)
def test_requirements_of_rust(spared, inside, outside):
    made = record(spared=spared, purl_type="cargo")
    assert [v for v in inside if affects(made, v) is not True] == []
    assert [v for v in outside if affects(made, v) is not False] == []


def test_an_order_we_do_not_know_is_none():
    assert at_least("pypi", "1.10", "1.9") is True
    assert at_least("cargo", "1.10.0", "1.9.0") is True
    assert at_least("maven", "2", "1") is None
    assert at_least("pypi", "x", "1") is None


# --- local versions, post-releases, other spellings ---------------------------------------------------

ADVISORIES = {
    "last affected": record((START, "0"), (L, "1.0")),
    "listed": record(versions=("0.9", "1.0")),
    "listed with zeros": record(versions=("1.0.0",)),
    "listed with a v": record(versions=("v1.0",)),
    "listed and a range that ends before": record((START, "0"), (F, "0.5"), versions=("1.0",)),
    "fixed later": record((START, "0"), (F, "1.1")),
    "limited": record((START, "0"), (M, "1.0.1")),
    "introduced here": record((START, "1.0"), (L, "1.0")),
    "of an epoch": record((START, "0"), (L, "1!1.0")),
    "two ranges": record(
        ranges=(Range(False, (Event(START, "2"),)), Range(False, (Event(START, "0"), Event(L, "1.0"))))
    ),
    "a build is fixed": record((START, "0"), (F, "1.0+fixed")),
    "a build is listed": record(versions=("1.0", "1.0+bad")),
}
BASES = ("1.0", "1.0.0", "v1.0", "1", "1.0rc1", "1.0.dev1", "0.9", "1.0.post1", "1!1.0", "1.1", "3", "0.5")
LOCALS = ("+cu118", "+fixed", "+bad", "+1", "+ubuntu.1", "+Local_2-x")


@pytest.mark.parametrize("name", ADVISORIES)
@pytest.mark.parametrize("base", BASES)
def test_what_affects_a_version_affects_its_local_builds_or_is_undecided(name, base):
    made = ADVISORIES[name]
    for local in LOCALS:
        answer = affects(made, base + local)
        if affects(made, base) is not False:
            assert answer is not False
        if answer is False:
            assert affects(made, base) is False


@pytest.mark.parametrize("name", [n for n in ADVISORIES if "build" not in n and n != "of an epoch"])
def test_a_local_build_of_an_affected_version_is_affected(name):
    assert affects(ADVISORIES[name], "1.0+cu118") is True
    assert affects(record((START, "0"), (F, "1.0")), "1.0+cu118") is False


def test_what_is_said_of_one_build():
    fixed, listed = ADVISORIES["a build is fixed"], ADVISORIES["a build is listed"]
    assert [affects(fixed, v) for v in ("1.0", "1.0+fixed", "1.1")] == [True, None, False]
    assert [affects(listed, v) for v in ("1.0+bad", "1.0+cu118")] == [True, None]
    assert affects(record(versions=("1.0+bad",)), "1.0+bad") is True
    assert affects(record(versions=("1.0+bad",)), "1.0") is False


@pytest.mark.parametrize("post", ["1.0.post1", "1.0-2", "1.0.0.post3", "1.0.post1+cu118"])
def test_a_post_release_of_the_last_affected_version_is_undecided(post):
    assert affects(record((START, "0"), (L, "1.0")), post) is None
    assert affects(record((START, "0"), (F, "1.0.post1")), "1.0.post1") is False
    assert affects(record((START, "0"), (L, "1.0"), (START, "1.0.post1")), "1.0.post2") is True
    assert affects(record((START, "0"), (L, "1.0")), "1.0.1.post1") is False


@pytest.mark.parametrize("entry", ["release-1.0", "1.0 (all builds)", "demo 1.0", "1.0/win"])
def test_a_listed_version_that_cannot_be_read_is_undecided_for_what_it_may_mean(entry):
    made = record(versions=("0.5", entry))
    assert [affects(made, v) for v in ("0.5", "1.0", "1.0+cu118", "1.1")] == [True, None, None, False]


def test_a_version_that_is_none_is_listed_or_undecided():
    made = record(versions=("1.0", "2004b-custom"))
    assert affects(made, "2004b-custom") is True
    assert affects(made, "1.0-SNAPSHOT-x") is None


def test_builds_of_another_ecosystem_are_its_own_matter():
    assert affects(record((START, "0"), (F, "1.0.0"), purl_type="cargo"), "1.0.0+build") is False
    assert affects(record((START, "0"), (L, "1.0.0"), purl_type="cargo"), "1.0.0+build") is True
    assert affects(record(versions=("1.0.0",), purl_type="npm"), "1.0.1") is False
