"""A database is converted once, made anew when it changes, and asked by package."""

import json
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from simulators.advisories import RUST, osv
from supplytrust.ecosystems import package_key
from supplytrust.errors import MalformedError, NotFoundError
from supplytrust.evidence.advisories import database

ONE = osv("PYSEC-1", "demo", ("introduced", "0"), ("fixed", "1.2"), published="2025-03-01T10:00:00+02:00")
TWO = osv("PYSEC-2", "other", ("introduced", "1"), published="2025-02-01T00:00:00Z")
CRATE = osv("RUSTSEC-1", "demo", ("introduced", "0.0.0-0"), ecosystem=RUST, scheme="SEMVER")
BROKEN = {**ONE, "id": "PYSEC-3", "published": "soon"}


def base(tmp_path, *entries, name="base.json"):
    path = tmp_path / name
    path.write_text(json.dumps(list(entries)))
    return path


def conversions(tmp_path):
    return sorted((tmp_path / "cache" / "advisories").glob("*"))


def test_it_is_asked_by_type_and_name(tmp_path):
    with database.open_database(base(tmp_path, ONE, TWO, CRATE, BROKEN), tmp_path / "cache", package_key) as made:
        records, broken = made.about("pypi", "demo")
        assert ([r.id for r in records], len(broken), made.name) == (["PYSEC-1"], 1, "base.json")
        assert made.about("pypi", "none") == ([], [])
        assert [r.id for r in made.about("cargo", "demo")[0]] == ["RUSTSEC-1"]


def test_its_extent_is_told_by_type(tmp_path):
    with database.open_database(
        base(tmp_path, ONE, TWO, CRATE, BROKEN, {"id": "X", "affected": []}), tmp_path / "cache", package_key
    ) as made:
        assert made.extent("pypi") == database.Extent(2, datetime(2025, 3, 1, 8, tzinfo=UTC), 2)
        assert made.extent("cargo") == database.Extent(1, datetime(2025, 1, 10, tzinfo=UTC), 1)
        assert made.extent("npm") is None


def test_an_unchanged_database_is_not_converted_again(tmp_path):
    path, cache = base(tmp_path, ONE), tmp_path / "cache"
    with database.open_database(path, cache, package_key):
        pass
    (first,) = conversions(tmp_path)
    before = first.stat().st_mtime_ns
    with database.open_database(path, cache, package_key) as made:
        assert len(made.about("pypi", "demo")[0]) == 1
    assert [p.stat().st_mtime_ns for p in conversions(tmp_path)] == [before]


def test_a_changed_one_is_and_the_old_conversion_goes(tmp_path):
    path, cache = base(tmp_path, ONE), tmp_path / "cache"
    with database.open_database(path, cache, package_key):
        pass
    first = conversions(tmp_path)
    base(tmp_path, ONE, TWO)
    with database.open_database(path, cache, package_key) as made:
        assert len(made.about("pypi", "other")[0]) == 1
    assert len(conversions(tmp_path)) == 1
    assert conversions(tmp_path) != first


def test_two_databases_keep_their_own_conversions(tmp_path):
    for path in (base(tmp_path, ONE), base(tmp_path, TWO, name="second.json")) * 2:
        with database.open_database(path, tmp_path / "cache", package_key):
            pass
    assert len(conversions(tmp_path)) == 2


@pytest.mark.thorough
def test_many_at_once_see_the_same(tmp_path):
    path = base(tmp_path, *(osv(f"PYSEC-{n}", "demo", ("introduced", str(n))) for n in range(300)))

    def ask(_number):
        with database.open_database(path, tmp_path / "cache", package_key) as made:
            return len(made.about("pypi", "demo")[0])

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(16))) == {300}
    assert [p.suffix for p in conversions(tmp_path)] == [".sqlite"]


def test_a_damaged_conversion_is_an_error_once_and_made_anew(tmp_path):
    path, cache = base(tmp_path, ONE), tmp_path / "cache"
    with database.open_database(path, cache, package_key):
        pass
    conversions(tmp_path)[0].write_bytes(b"not a database" * 100)
    with pytest.raises(MalformedError, match=r"base\.json"), database.open_database(path, cache, package_key) as made:
        made.about("pypi", "demo")
    with database.open_database(path, cache, package_key) as made:
        assert len(made.about("pypi", "demo")[0]) == 1


def test_nothing_is_left_of_a_conversion_that_fails(tmp_path):
    path = base(tmp_path, {"id": "X"})
    for _ in range(2):
        with (
            pytest.raises(MalformedError, match="no advisory"),
            database.open_database(path, tmp_path / "cache", package_key),
        ):
            pass
    assert conversions(tmp_path) == []


def test_missing_and_unreadable_ones_are_named(tmp_path):
    with (
        pytest.raises(NotFoundError, match="gone"),
        database.open_database(tmp_path / "gone.json", tmp_path / "cache", package_key),
    ):
        pass
    (tmp_path / "bad.json").write_text("{")
    with (
        pytest.raises(MalformedError, match=r"bad\.json"),
        database.open_database(tmp_path / "bad.json", tmp_path / "cache", package_key),
    ):
        pass
    blocked = tmp_path / "file"
    blocked.write_text("")
    with (
        pytest.raises(MalformedError, match=r"base\.json"),
        database.open_database(base(tmp_path, ONE), blocked, package_key),
    ):
        pass


def test_texts_that_are_no_unicode_cost_only_their_record(tmp_path):
    odd = {**TWO, "summary": "\ud800"}
    with database.open_database(base(tmp_path, ONE, odd), tmp_path / "cache", package_key) as made:
        assert made.extent("pypi").unread + len(made.about("pypi", "other")[0]) == 1
        assert len(made.about("pypi", "demo")[0]) == 1


def test_the_conversion_is_only_read(tmp_path):
    with database.open_database(base(tmp_path, ONE), tmp_path / "cache", package_key) as made:
        with pytest.raises(sqlite3.OperationalError):
            made._connection.execute("DELETE FROM record")
    assert os.listdir(tmp_path / "cache" / "advisories") == [conversions(tmp_path)[0].name]
