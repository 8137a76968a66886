"""The ledger in use: facts, records, many threads, damage, other people's files."""

import hashlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from supplytrust.errors import InternalError, LedgerError
from supplytrust.ledger import Entry, Ledger, compare, default_path
from supplytrust.model.policy import Context
from supplytrust.model.record import TOOL_NAME, AreaVerdicts, PolicyRef, Tool, Trustee, Trustor, TrustRecord
from supplytrust.model.subject import Artifact, Subject
from supplytrust.model.vocabulary import Outcome

T0 = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def record(purl="pkg:pypi/a@1", at=T0, outcome=Outcome.ADMIT, policy="baseline", digest="sha256:00", sha="ab"):
    name, _, version = purl.removeprefix("pkg:pypi/").partition("?")[0].partition("@")
    return TrustRecord(
        trustor=Trustor("https://example.org/trust", Tool(TOOL_NAME, "0.1")),
        trustee=Trustee.of(Subject(purl, "pypi", name, version, Artifact(f"{name}.whl", sha) if sha else None)),
        context=Context(),
        assessed_at=at,
        not_before=at,
        expires=at + DAY,
        review_by=at + DAY,
        policy=PolicyRef(policy, 1, digest),
        outcome=outcome,
        reasons=(),
        would_change=(),
        areas=AreaVerdicts({}),
    )


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite3") as opened:
        yield opened


# --- first-seen facts ------------------------------------------------------------------------------


def test_the_first_sighting_stays(ledger):
    assert ledger.recall("pkg:pypi/a", "owners") is None
    assert ledger.remember("pkg:pypi/a", "owners", "ann", T0) == ("ann", T0)
    assert ledger.remember("pkg:pypi/a", "owners", "bob", T0 + DAY) == ("ann", T0)
    assert ledger.recall("pkg:pypi/a", "owners") == ("ann", T0)
    assert ledger.recall("pkg:pypi/b", "owners") is None
    assert ledger.recall("pkg:pypi/a", "digest:a.whl") is None


def test_facts_outlive_the_process(tmp_path):
    path = tmp_path / "deep" / "er" / "l.sqlite3"
    with Ledger(path) as first:
        first.remember("k", "f", "line\nbreak \N{SNOWMAN} 'quoted'", T0)
    with Ledger(path) as second:
        assert second.recall("k", "f") == ("line\nbreak \N{SNOWMAN} 'quoted'", T0)


def test_later_facts_are_hidden_from_an_earlier_clock(ledger):
    ledger.remember("k", "f", "v", T0)
    past = ledger.as_of(T0 - DAY)
    assert past.recall("k", "f") is None
    assert ledger.as_of(T0).recall("k", "f") == ("v", T0)
    assert ledger.recall("k", "f", at=T0 - timedelta(microseconds=1)) is None


def test_a_look_into_the_past_does_not_move_the_first_sighting(ledger):
    """Else replaying an old day after a replacement would make the replacement the thing seen first."""
    ledger.remember("k", "digest:a.whl", "honest", T0)
    past = ledger.as_of(T0 - 30 * DAY)
    assert past.remember("k", "digest:a.whl", "replaced", T0 - 30 * DAY) == ("replaced", T0 - 30 * DAY)
    assert ledger.recall("k", "digest:a.whl") == ("honest", T0)
    assert past.recall("k", "digest:a.whl") is None


def test_simulated_days_in_order(ledger):
    day = datetime(2018, 9, 1, tzinfo=UTC)
    assert ledger.as_of(day).remember("k", "owners", "old", day) == ("old", day)
    assert ledger.as_of(day + 9 * DAY).remember("k", "owners", "new", day + 9 * DAY) == ("old", day)


def test_zones_are_one_time(ledger):
    ledger.remember("k", "f", "v", datetime.fromisoformat("2026-11-01T02:00:00+02:00"))
    assert ledger.recall("k", "f") == ("v", T0)
    with pytest.raises(InternalError):
        ledger.remember("k", "g", "v", datetime(2026, 11, 1))  # noqa: DTZ001


# --- records ---------------------------------------------------------------------------------------


def test_a_record_comes_back_as_it_was(ledger):
    body = b'{"a":1}\x00\xff'
    entry = ledger.keep(record(), body)
    assert entry == Entry(
        "pkg:pypi/a@1", "ab", T0, "baseline", "sha256:00", Outcome.ADMIT, f"sha256:{hashlib.sha256(body).hexdigest()}"
    )
    assert ledger.history("pkg:pypi/a@1") == (entry,)
    assert ledger.body(entry.record_digest) == body
    assert ledger.verify() == 1


def test_the_same_bytes_are_kept_once(ledger):
    for _ in range(3):
        ledger.keep(record(), b"same")
    assert len(ledger.history("pkg:pypi/a")) == 1


def test_history_is_newest_first_and_narrows_with_the_purl(ledger):
    wheel, sdist = "pkg:pypi/a@1?file_name=a.whl", "pkg:pypi/a@1?file_name=a.tar.gz"
    for n, purl in enumerate((wheel, "pkg:pypi/a@2", sdist, "pkg:pypi/ab@1")):
        ledger.keep(record(purl, T0 + n * DAY), str(n).encode())
    assert [e.purl for e in ledger.history("pkg:pypi/a")] == [sdist, "pkg:pypi/a@2", wheel]
    assert [e.purl for e in ledger.history("pkg:pypi/a@1")] == [sdist, wheel]
    assert [e.purl for e in ledger.history(wheel)] == [wheel]
    assert [e.purl for e in ledger.history("pkg:pypi/a", limit=1)] == [sdist]
    assert ledger.history("pkg:pypi/none") == ()


def test_latest_under_a_policy_and_up_to_a_time(ledger):
    ledger.keep(record(at=T0, outcome=Outcome.REFER), b"1")
    ledger.keep(record(at=T0 + DAY, policy="keep", outcome=Outcome.REFUSE), b"2")
    ledger.keep(record(at=T0 + 2 * DAY), b"3")
    assert ledger.latest("pkg:pypi/a@1").outcome is Outcome.ADMIT
    assert ledger.latest("pkg:pypi/a@1", "keep").outcome is Outcome.REFUSE
    assert ledger.latest("pkg:pypi/a@1", "baseline", at=T0 + DAY).outcome is Outcome.REFER
    assert ledger.latest("pkg:pypi/a@1", "production") is None
    assert ledger.latest("pkg:pypi/a@1", at=T0 - DAY) is None


def test_same_moment_the_later_kept_is_newer(ledger):
    ledger.keep(record(outcome=Outcome.ADMIT), b"1")
    ledger.keep(record(outcome=Outcome.REFUSE), b"2")
    assert ledger.latest("pkg:pypi/a@1").outcome is Outcome.REFUSE


def test_unknown_record(ledger):
    with pytest.raises(LedgerError, match="no record") as caught:
        ledger.body("sha256:beef")
    assert caught.value.hint


# --- what changed ----------------------------------------------------------------------------------


def entry(purl, outcome=Outcome.ADMIT, at=T0, sha="ab", policy="sha256:00"):
    return Entry(purl, sha, at, "baseline", policy, outcome, f"sha256:{purl}{at}")


def test_two_versions_of_one_package_are_compared_each_with_itself():
    before = [entry("pkg:pypi/a@1"), entry("pkg:pypi/a@2")]
    after = [entry("pkg:pypi/a@2", Outcome.REFER), entry("pkg:pypi/a@3")]
    kinds = [(c.kind, (c.after or c.before).version) for c in compare(before, after)]
    assert kinds == [("gone", "1"), ("worse", "2"), ("new", "3")]


def test_why_names_artifact_and_policy():
    before, after = entry("pkg:pypi/a@1"), entry("pkg:pypi/a@1", sha="cd", policy="sha256:11")
    (change,) = compare([before], [after])
    assert change.kind == "changed"
    assert [w.split(" ")[0] for w in change.why] == ["another", "policy"]


def test_order_of_entries_leaves_no_trace():
    before = [entry("pkg:pypi/a@1"), entry("pkg:pypi/b@1")]
    after = [entry("pkg:pypi/b@1", Outcome.REFER, T0 + DAY), entry("pkg:pypi/b@1"), entry("pkg:pypi/c@1")]
    assert compare(before, after) == compare(before[::-1], after[::-1])
    assert [c.kind for c in compare(before, after)] == ["gone", "worse", "new"]


# --- threads ---------------------------------------------------------------------------------------


def test_a_pool_of_threads_sees_one_first_sighting(ledger):
    def look(n):
        ledger.keep(record(f"pkg:pypi/p{n % 7}@{n}", T0 + n * DAY), f"body {n}".encode())
        return ledger.remember("k", f"f{n % 10}", str(n), T0 + n * timedelta(seconds=1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(look, range(200)))
    assert ledger.verify() == 200
    assert all(ledger.recall("k", f"f{n}") is not None for n in range(10))


def test_threads_that_look_at_the_same_time_agree(ledger):
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda n: ledger.remember("k", "f", str(n), T0), range(64)))
    assert len(answers) == 1


def test_two_open_ledgers_of_one_file(tmp_path):
    path = tmp_path / "l.sqlite3"
    with Ledger(path) as one, Ledger(path) as two:
        one.remember("k", "f", "one", T0)
        assert two.remember("k", "f", "two", T0) == ("one", T0)


# --- files that cannot be used ---------------------------------------------------------------------


def refused(path, match, **options):
    with pytest.raises(LedgerError, match=match) as caught:
        Ledger(path, **options)
    assert caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("content", [b"precious notes\n", b"SQLite format 3", b"\x00" * 4096, b"PK\x03\x04"])
def test_another_file_is_left_as_it_is(tmp_path, content):
    path = tmp_path / "notes"
    path.write_bytes(content)
    refused(path, "not a ledger")
    assert path.read_bytes() == content
    assert [p.name for p in tmp_path.iterdir()] == ["notes"]


def test_the_database_of_another_program_is_left_as_it_is(tmp_path):
    path = tmp_path / "app.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE precious (x)")
    other.execute("INSERT INTO precious VALUES (1)")
    other.commit()
    other.close()
    before = path.read_bytes()
    refused(path, "another program")
    assert path.read_bytes() == before


def test_a_newer_format_is_left_as_it_is(tmp_path):
    path = tmp_path / "l.sqlite3"
    with Ledger(path) as opened:
        opened.remember("k", "f", "v", T0)
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA user_version = 3")
    raw.commit()
    raw.close()
    before = path.read_bytes()
    refused(path, "format 3, this program knows up to 2")
    assert path.read_bytes() == before


@pytest.mark.parametrize("keep", [100, 2000, 4096 + 17])
def test_a_cut_ledger_is_refused_or_tells_its_damage(tmp_path, keep):
    path = tmp_path / "l.sqlite3"
    with Ledger(path) as opened:
        opened.keep(record(), b"x" * 20_000)
    whole = path.read_bytes()
    path.write_bytes(whole[:keep])
    with pytest.raises(LedgerError) as caught, Ledger(path) as damaged:
        damaged.verify()
    assert caught.value.hint
    assert path.read_bytes()[:keep] == whole[:keep]


def test_a_changed_body_is_noticed(tmp_path):
    path = tmp_path / "l.sqlite3"
    with Ledger(path) as opened:
        kept = opened.keep(record(), b"outcome: REFUSE" * 10)
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"outcome: REFUSE", b"outcome: ADMIT!"))
    with Ledger(path) as opened, pytest.raises(LedgerError, match="damaged"):
        opened.body(kept.record_digest)
    with Ledger(path) as opened, pytest.raises(LedgerError, match="damaged"):
        opened.verify()


def test_paths_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere" / "l.sqlite3")
    refused(tmp_path, "not a regular file")
    refused(tmp_path / "file" / "l.sqlite3", "cannot be used")
    refused(tmp_path / "link", "not a regular file")
    refused(tmp_path / ("n" * 300), "cannot be used")
    refused(tmp_path / "a\0b", "cannot be used")
    assert (tmp_path / "file").read_text() == "x"


def test_another_writer_is_waited_for_and_then_named(tmp_path):
    path = tmp_path / "l.sqlite3"
    Ledger(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Ledger(path, patience=0.05) as opened:
        with pytest.raises(LedgerError, match="locked") as caught:
            opened.remember("k", "f", "v", T0)
        assert "another process" in caught.value.hint
        other.execute("ROLLBACK")
        assert opened.remember("k", "f", "v", T0) == ("v", T0)
    other.close()


def test_nothing_kept_is_ever_changed(tmp_path):
    path = tmp_path / "l.sqlite3"
    with Ledger(path) as opened:
        opened.remember("k", "f", "v", T0)
        opened.keep(record(), b"x")
    raw = sqlite3.connect(path)
    for statement in (
        "UPDATE fact SET value = 'w'",
        "DELETE FROM fact",
        "UPDATE record SET outcome = 'ADMIT'",
        "DELETE FROM record",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="only grows"):
            raw.execute(statement)
    raw.close()


def test_a_closed_ledger_says_so(tmp_path):
    opened = Ledger(tmp_path / "l.sqlite3")
    opened.close()
    with pytest.raises(LedgerError) as caught:
        opened.recall("k", "f")
    assert "closed" in caught.value.hint


def test_only_the_owner_may_read_a_new_file(tmp_path):
    Ledger(tmp_path / "l.sqlite3").close()
    assert (tmp_path / "l.sqlite3").stat().st_mode & 0o077 == 0


def test_default_path_follows_the_data_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_path() == tmp_path / "supplytrust" / "ledger.sqlite3"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_path() == tmp_path / ".local" / "share" / "supplytrust" / "ledger.sqlite3"
