"""One process opens and closes the ledger again and again while another does too: nothing that was kept is lost."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from supplytrust.ledger import Ledger

AT = datetime(2026, 1, 1, tzinfo=UTC)
VISIT = """
import sys
from pathlib import Path
from supplytrust.ledger import Ledger
with Ledger(Path(sys.argv[1])) as ledger:
    print(ledger.recall("k", sys.argv[2]))
"""


def visited(path: Path, fact: str) -> str:
    """What another process sees, which closes the ledger as the last one it knows of."""
    command = [sys.executable, "-c", VISIT, str(path), fact]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.thorough
def test_another_process_does_not_take_the_log_away(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with Ledger(path) as kept_open:
        kept_open.remember("k", "before", "yes", AT)
        with Ledger(path):  # a second opening in the same process must not cost the first its locks
            pass
        assert "yes" in visited(path, "before")
        for number in range(5):
            kept_open.remember("k", f"after {number}", "yes", AT)
            assert "yes" in visited(path, f"after {number}")
    with Ledger(path) as again:
        assert [again.recall("k", f"after {number}") for number in range(5)] == [("yes", AT)] * 5
        assert again.verify() == 0


def test_the_file_is_the_users_own(tmp_path: Path) -> None:
    with Ledger(tmp_path / "new" / "ledger"):
        assert (tmp_path / "new" / "ledger").stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["ledger"]
