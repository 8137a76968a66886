"""What is told of a long run is true: done, rate, time left, what is waited for; a cluster is kept busy as it grows."""

from __future__ import annotations

import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplytrust.audits import runner
from supplytrust.audits.executors import count_slots
from supplytrust.audits.inventory import ListedPackage
from supplytrust.audits.progress import RATED_OVER, Watch
from supplytrust.ecosystems import PackageRequest


@given(st.lists(st.floats(0.01, 500), min_size=1, max_size=80), st.integers(0, 50))
def test_rate_and_time_left_are_those_of_the_last_packages(steps: list[float], before: int) -> None:
    told: list[str] = []
    now = [0.0]
    total = before + len(steps) + 1
    watch = Watch(lambda _event, line: told.append(line), total, before, clock=lambda: now[0])
    for number, step in enumerate(steps, 1):
        now[0] += step
        watch.note_done("pkg:pypi/a@1 ADMIT", "pkg:pypi/slow@1")
        last = steps[:number][-RATED_OVER:]
        each = sum(last) / len(last)
        left = round(each * (total - before - number))
        assert told[-1].startswith(f"{before + number} of {total}: pkg:pypi/a@1 ADMIT, ")
        assert told[-1].endswith(", waiting for pkg:pypi/slow@1")
        if left > 1:
            minutes, seconds = told[-1].partition("about ")[2].partition(" s left")[0].split(" min ")
            assert abs(int(minutes) * 60 + int(seconds) - left) <= 1
    watch.note_done("pkg:pypi/slow@1 REFER")
    assert told[-1] == f"{total} of {total}: pkg:pypi/slow@1 REFER"


class Growing(Executor):
    """A cluster by the face that Dask's executor has; it has as many threads as it is told."""

    def __init__(self, threads: int) -> None:
        self.threads, self.out, self.most = threads, 0, 0
        self._pool, self._lock = ThreadPoolExecutor(64), threading.Lock()
        self._client = SimpleNamespace(nthreads=self._threads_by_worker)

    def _threads_by_worker(self) -> dict[str, int]:
        return {f"w{n}": 2 for n in range(self.threads // 2)}

    def submit(self, fn, /, *args, **kwargs) -> Future:  # type: ignore[no-untyped-def, type-arg]  # noqa: ANN001, ANN002, ANN003
        with self._lock:
            self.out += 1
            self.most = max(self.most, self.out)
        future = self._pool.submit(fn, *args, **kwargs)
        future.add_done_callback(lambda _: self._gone())
        return future

    def _gone(self) -> None:
        with self._lock:
            self.out -= 1


def tasks(count: int) -> list[runner.Task]:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    listed = [ListedPackage(f"pkg:pypi/p{n}@1", PackageRequest("pypi", f"p{n}", version="1")) for n in range(count)]
    return [runner.Task(one, "baseline", at, {}, "") for one in listed]


def test_tasks_that_are_out_follow_the_live_workers() -> None:
    cluster = Growing(4)
    seen: list[str] = []
    found = runner._answers(
        cluster, lambda task: runner.Answer(code=task.listed.purl), tasks(120), lambda: 2 * count_slots(cluster)
    )
    for number, (task, answer, _) in enumerate(found):
        seen.append(task.listed.purl)
        assert answer.code == task.listed.purl
        if number == 40:
            assert cluster.most <= 8
            cluster.threads = 20
    assert 8 < cluster.most <= 40
    assert sorted(seen) == sorted(f"pkg:pypi/p{n}@1" for n in range(120))


@pytest.mark.parametrize(
    ("pool", "slots"),
    [
        (SimpleNamespace(_max_workers=7), 7),
        (SimpleNamespace(), 1),
        (SimpleNamespace(_client=SimpleNamespace()), 1),
        (SimpleNamespace(_client=SimpleNamespace(nthreads=dict)), 1),
        (Growing(6), 6),
    ],
    ids=["pool", "unknown", "silent", "empty", "cluster"],
)
def test_slots_of_executors(pool: Executor, slots: int) -> None:
    assert count_slots(pool) == slots
