"""Where an audit runs: here on threads, on any executor that is handed in, or on a Dask cluster that exists already.

An executor is anybody's code: what it does wrong is told as a typed error or costs one package, and never hangs.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import TypeVar
from urllib.parse import urlsplit

from supplytrust.errors import UsageError

T = TypeVar("T")
A = TypeVar("A")
LOOK_SECONDS = 2.0  # between two looks at a cluster from which nothing comes
ALONE_SECONDS = 60.0  # how long a cluster may be without a worker: a scheduler starts new ones within that


@contextlib.contextmanager
def open_executor(address: str | None) -> Iterator[Executor | None]:
    """The executor at `dask://HOST:PORT`; None (threads of this process) when no address is given. UsageError."""
    if not address:
        yield None
        return
    parts = urlsplit(address)
    if parts.scheme != "dask" or not parts.netloc:
        raise UsageError(f"'{address}' is not an executor", hint="write dask://HOST:PORT")
    try:
        client_of = importlib.import_module("distributed").Client
    except ImportError:
        raise UsageError("Dask is not installed", hint="pip install 'supplytrust[dask]'") from None
    try:
        client = client_of(f"tcp://{parts.netloc}", timeout=10)
    except (OSError, TimeoutError) as error:
        raise UsageError(f"no Dask scheduler answers at {parts.netloc}: {error}", hint="check the address") from None
    try:
        yield client.get_executor(pure=False)
    finally:
        client.close()


def submit_task(pool: Executor, run: Callable[[T], A], task: T) -> Future[A]:
    """The future of one task. UsageError when the executor takes no work, or gives nothing to wait for."""
    try:
        future = pool.submit(run, task)
    except Exception as error:
        raise UsageError(f"the executor takes no work: {type(error).__name__}: {error}"[:200]) from error
    if not isinstance(future, Future):
        raise UsageError(f"the executor gives a {type(future).__name__} for a task", hint="hand in an Executor")
    return future


def wait_for_any(pool: Executor, running: Collection[Future[A]]) -> set[Future[A]]:
    """What has finished or was cancelled. UsageError when a cluster has no worker: nothing would ever finish."""
    alone = 0.0
    while True:
        cancelled = {future for future in running if future.cancelled()}  # of which not every executor gives notice
        if cancelled:
            return cancelled
        finished, _ = wait(running, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
        if finished:
            return finished
        alone = alone + LOOK_SECONDS if _has_no_worker(pool) else 0.0
        if alone >= ALONE_SECONDS:
            raise UsageError(
                f"the cluster has had no worker for {ALONE_SECONDS:.0f} seconds",
                hint="start workers and run it again: what was judged is kept in the ledger",
            )


def _has_no_worker(pool: Executor) -> bool:
    """Whether a Dask cluster behind the executor has lost its workers or its scheduler; False of other executors."""
    client = getattr(pool, "_client", None)
    if client is None:
        return False
    try:
        return not client.scheduler_info().get("workers")
    except Exception:  # noqa: BLE001 - a scheduler that does not answer leads no worker
        return True


def count_slots(pool: Executor) -> int:
    """How many tasks an executor works on at a time just now: threads of a cluster's live workers, or of a pool.

    A Dask cluster is asked anew each time. An executor that cannot tell, or whose scheduler is silent, has 1.
    """
    client = getattr(pool, "_client", None)
    if client is None:
        size = getattr(pool, "_max_workers", 1)  # of both pools of concurrent.futures
        return size if isinstance(size, int) else 1
    try:
        return max(1, sum(int(threads) for threads in client.nthreads().values()))
    except Exception:  # noqa: BLE001 - whatever the cluster's library raises, the run goes on
        return 1
