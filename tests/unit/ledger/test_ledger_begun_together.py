"""Several threads begin the same ledger at once: all get it, none takes it for something else."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

from supplytrust.ledger import Ledger

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_begun_by_six_at_once(tmp_path: Path) -> None:
    for number in range(25):
        together, failed = threading.Barrier(6), []

        def begin(path: Path = tmp_path / f"{number}.sqlite", together=together, failed=failed) -> None:
            together.wait()
            try:
                with Ledger(path) as ledger:
                    assert ledger.remember("pkg:pypi/x", "owners", "alice", AT) == ("alice", AT)
            except Exception as error:
                failed.append(error)

        threads = [threading.Thread(target=begin) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed
