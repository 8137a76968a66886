"""A process that is killed while it writes: what was committed stays, the file stays whole."""

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from supplytrust.ledger import Ledger

CHILD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from supplytrust.ledger import Ledger

at = datetime(2026, 11, 1, tzinfo=UTC)
with Ledger(Path(sys.argv[1])) as ledger:
    for n in range(10**9):
        ledger.remember("key", f"fact {n}", "value " * 200, at)
        sys.stdout.write(f"{n}\\n")
        sys.stdout.flush()
"""


@pytest.mark.parametrize("after", [1, 37, 150])
@pytest.mark.sampled(1)
def test_committed_facts_survive_a_kill(tmp_path, after):
    path = tmp_path / "l.sqlite3"
    with subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE) as child:
        for _ in range(after):
            child.stdout.readline()
        os.kill(child.pid, signal.SIGKILL)
        told = [*range(after), *(int(line) for line in child.stdout.read().split(b"\n")[:-1])]
    assert child.returncode == -signal.SIGKILL
    with Ledger(path) as ledger:
        ledger.verify()
        for n in told:
            assert ledger.recall("key", f"fact {n}") == ("value " * 200, datetime(2026, 11, 1, tzinfo=UTC))
        ledger.remember("key", "afterwards", "v", datetime(2026, 11, 2, tzinfo=UTC))
    raw = sqlite3.connect(path)
    assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    raw.close()


@pytest.mark.thorough
def test_a_kill_while_the_file_is_made(tmp_path):
    """Whatever moment it hits, the next opening finds a whole ledger or begins it."""
    path = tmp_path / "l.sqlite3"
    for _ in range(4):
        with subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE) as child:
            while not path.exists():
                if child.poll() is not None:
                    pytest.fail("the child ended by itself")
            os.kill(child.pid, signal.SIGKILL)
        with Ledger(path) as ledger:
            ledger.verify()
        for leftover in tmp_path.iterdir():
            leftover.unlink()
