"""A ledger on a PostgreSQL server keeps the laws of the file: first sightings, records, kills, many writers at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

sqlalchemy = pytest.importorskip("sqlalchemy", reason="no SQLAlchemy on this machine")
psycopg = pytest.importorskip("psycopg", reason="no PostgreSQL client on this machine")

from simulators import postgres  # noqa: E402
from supplytrust.errors import LedgerError  # noqa: E402
from supplytrust.ledger import Ledger, open_ledger  # noqa: E402
from unit.ledger import test_ledger as laws  # noqa: E402
from unit.ledger import test_ledger_grows_little as little  # noqa: E402

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(postgres.binaries() is None, reason="no PostgreSQL server on this machine"),
]
T0 = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres.serving() as address:
        yield address


@pytest.fixture
def address(server: str) -> str:
    """An empty database."""
    with psycopg.connect(server, autocommit=True) as raw:
        raw.execute("DROP DATABASE IF EXISTS fresh WITH (FORCE)")
        raw.execute("CREATE DATABASE fresh")
    return server.replace("/postgres", "/fresh")


@pytest.fixture
def ledger(address: str) -> Iterator[Ledger]:
    with Ledger(address) as opened:
        yield opened


LAWS = (
    laws.test_the_first_sighting_stays,
    laws.test_later_facts_are_hidden_from_an_earlier_clock,
    laws.test_a_look_into_the_past_does_not_move_the_first_sighting,
    laws.test_simulated_days_in_order,
    laws.test_zones_are_one_time,
    laws.test_a_record_comes_back_as_it_was,
    laws.test_the_same_bytes_are_kept_once,
    laws.test_history_is_newest_first_and_narrows_with_the_purl,
    laws.test_latest_under_a_policy_and_up_to_a_time,
    laws.test_same_moment_the_later_kept_is_newer,
    laws.test_unknown_record,
    laws.test_a_pool_of_threads_sees_one_first_sighting,
    laws.test_threads_that_look_at_the_same_time_agree,
)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_laws_of_the_file(ledger: Ledger, law) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    law(ledger)


def test_quiet_nights_and_compaction(ledger: Ledger) -> None:
    made = little.keep_nights(ledger, range(12))
    assert all(ledger.body(digest) == text for digest, text in made.items())
    ledger.remember("k", "owners", "ann", T0)
    done = ledger.compact(3, T0 + 11 * DAY)
    assert 0 < done.removed < done.before == len(made)
    assert ledger.verify() == done.before - done.removed
    assert ledger.recall("k", "owners") == ("ann", T0)


@pytest.mark.parametrize(
    "statement", ["UPDATE fact SET value = 'w'", "DELETE FROM record", "UPDATE record SET outcome = 0", "TRUNCATE fact"]
)
def test_nothing_kept_is_ever_changed(address: str, statement: str) -> None:
    with Ledger(address) as ledger:
        little.keep_nights(ledger, range(3))
        ledger.compact(1, T0 + 100 * DAY)
        ledger.remember("k", "f", "v", T0)
    with psycopg.connect(address) as raw, pytest.raises(psycopg.Error, match="only grows"):
        raw.execute(statement)


def test_a_file_is_taken_over_with_every_byte_and_first_sighting(address: str, tmp_path: Path) -> None:
    with Ledger(tmp_path / "l.sqlite3") as file, Ledger(address) as team:
        made = little.keep_nights(file, range(4))
        file.remember("k", "owners", "ann", T0)
        file.remember("k", "digest:a.whl", "ab", T0)
        team.remember("k", "owners", "bob", T0 - DAY)
        for _ in range(2):  # a copy that was interrupted is begun again
            assert file.copy_to(team) == (len(made), 2)
        assert all(team.body(digest) == text for digest, text in made.items())
        assert team.history("pkg:pypi/p1") == file.history("pkg:pypi/p1")
        assert team.recall("k", "owners") == ("bob", T0 - DAY), "what the team saw first stays"
        assert team.recall("k", "digest:a.whl") == ("ab", T0)


WRITER = """
import sys
from datetime import UTC, datetime, timedelta
from unit.ledger import test_ledger_grows_little as little
from supplytrust.ledger import Ledger

who = int(sys.argv[2])
with Ledger(sys.argv[1]) as ledger:
    for n in range(40):
        print(n, *ledger.remember("shared", f"fact {n}", f"of {who}", little.T0), flush=True)
        ledger.remember(f"own {who}", f"fact {n}", "value " * 50, little.T0)
        at = little.T0 + timedelta(days=n % 5)
        ledger.keep(little.record(f"p{n % 3}", at), little.body(f"p{n % 3}", at, "", said=f"{who} {n // 15}"))
print("done", flush=True)
"""


def start(address: str, who: int) -> subprocess.Popen[bytes]:
    surroundings = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen([sys.executable, "-c", WRITER, address, str(who)], stdout=subprocess.PIPE, env=surroundings)


def test_eight_processes_write_at_once_and_nothing_is_lost_or_contradicted(address: str) -> None:
    writers = [start(address, who) for who in range(8)]
    told = [writer.communicate(timeout=240)[0].decode().splitlines() for writer in writers]
    assert all(lines[-1] == "done" for lines in told)
    assert {lines[n] for lines in told for n in range(40)} == set(told[0][:40]), "all of them saw one first sighting"
    with Ledger(address) as ledger:
        assert all(ledger.recall(f"own {who}", f"fact {n}") for who in range(8) for n in range(40))
        texts = {
            little.body(f"p{n % 3}", T0 + (n % 5) * DAY, "", said=f"{w} {n // 15}") for w in range(8) for n in range(40)
        }
        assert ledger.verify() == len(texts)


def test_what_was_committed_outlives_a_killed_writer(address: str) -> None:
    with start(address, 0) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline() for _ in range(20)]
        os.kill(writer.pid, signal.SIGKILL)
        told += writer.stdout.read().splitlines()
    with Ledger(address) as ledger:
        for line in told:
            assert ledger.recall("shared", f"fact {line.split()[0].decode()}") == ("of 0", T0)
        ledger.verify()
        ledger.remember("shared", "afterwards", "v", T0)


def test_threads_and_several_open_ledgers_agree(address: str) -> None:
    with ThreadPoolExecutor(6) as pool:

        def look(n: int) -> tuple[str, datetime]:
            with Ledger(address) as ledger:
                return ledger.remember("k", "f", str(n), T0)

        assert len(set(pool.map(look, range(12)))) == 1


def test_a_server_that_does_not_answer_is_a_ledger_error_without_the_password() -> None:
    with pytest.raises(LedgerError) as caught, open_ledger("postgresql://me:secret@127.0.0.1:9/x"):
        pass
    assert caught.value.hint and "secret" not in str(caught.value)


def test_tables_of_another_program_are_left_alone(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as raw:
        raw.execute("CREATE TABLE record (precious int)")
        with pytest.raises(LedgerError, match="another program"):
            Ledger(address)
        assert raw.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (1,)
