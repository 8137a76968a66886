"""An audit on a real Dask cluster of two worker processes, one of which is killed midway."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime

import pytest

from simulators.index import history, serving
from supplytrust.audits.runner import audit
from supplytrust.ledger import Ledger

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
NAMES = [f"part{n}" for n in range(12)]


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore")
def test_a_killed_worker_loses_nothing_and_repeats_nothing(tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="needs the extra supplytrust[dask]")
    from supplytrust.audits.executors import open_executor

    monkeypatch.setenv("SUPPLYTRUST_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    lock = tmp_path / "requirements.txt"
    lock.write_text("\n".join(f"{name}==1.0" for name in NAMES))
    ledger = tmp_path / "ledger.db"
    killed: list[int] = []
    with (
        serving([history(name, "1.0") for name in NAMES]) as index,
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        open_executor(cluster.scheduler_address.replace("tcp://", "dask://")) as pool,
    ):
        pids = [worker.pid for worker in cluster.workers.values()]

        def kill_one(_event: str, line: str) -> None:
            if line.startswith("3 of") and not killed:
                killed.append(pids[0])
                os.kill(pids[0], signal.SIGKILL)

        result = audit(
            lock,
            policy="baseline",
            executor=pool,
            index_url=index.url,
            rebuild="never",
            ledger=ledger,
            at=AT,
            progress=kill_one,
        )
    assert killed
    assert [one.listed for one in result if not one.record_digest] == []
    with Ledger(ledger) as kept:
        assert [len(kept.history(f"pkg:pypi/{name}")) for name in NAMES] == [1] * len(NAMES)
