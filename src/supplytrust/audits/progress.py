"""How far a run over many packages is: done, rate, time left, what is waited for."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

RATED_OVER = 30  # packages
Tell = Callable[[str, str], None]


class Watch:
    """Tells of each package that is done.

    The rate is that of the last packages, not of the whole run: what is known already goes fast, and a cluster may
    have grown meanwhile. What is waited for is the package that was handed out first and has not come back.
    """

    def __init__(self, tell: Tell, total: int, done: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._tell, self._total, self._done, self._clock = tell, total, done, clock
        self._moments = deque([clock()], maxlen=RATED_OVER + 1)

    def note_done(self, what: str, waited_for: str = "") -> None:
        """`what` is the package and its outcome, `waited_for` the oldest one that is still out."""
        self._done += 1
        self._moments.append(self._clock())
        each = (self._moments[-1] - self._moments[0]) / (len(self._moments) - 1)
        left = round(each * (self._total - self._done))
        told = [f"{self._done} of {self._total}: {what}"]
        if self._done < self._total:
            told.append(f"{60 / each:.3g} a minute" if each > 0 else "")
            told.append(f"about {left // 60} min {left % 60} s left" if left else "")
            told.append(f"waiting for {waited_for}" if waited_for else "")
        self._tell("audit", ", ".join(filter(None, told)))
