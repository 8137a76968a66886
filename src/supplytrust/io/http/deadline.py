"""A promise about time that holds even where sockets, resolvers or libraries know no total time-out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Deadline:
    """A point on the monotonic clock. `clock` is injected by tests only."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    @property
    def left(self) -> float:
        """Seconds that remain; never negative."""
        return max(0.0, self._end - self._clock())

    @property
    def passed(self) -> bool:
        """Whether the time is over."""
        return self.left <= 0.0


class _Job(Generic[T]):
    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self.result: list[T] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result.append(self._work())
        except BaseException as error:  # noqa: BLE001 - handed over to the waiting thread, whatever it is
            self.error = error


def within(deadline: Deadline, work: Callable[[], T]) -> T:
    """What `work` returns or raises, or TimeoutError when the deadline comes first.

    The work runs on a daemon thread. A thread that is stuck in a read is left behind; it ends at the next
    read time-out and never holds up the end of the process.
    """
    job = _Job(work)
    thread = threading.Thread(target=job.run, name="door", daemon=True)
    thread.start()
    thread.join(deadline.left)
    if job.error is not None:
        raise job.error
    if not job.result:
        raise TimeoutError
    return job.result[0]
