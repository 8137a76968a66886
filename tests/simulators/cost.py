"""What something costs, told so that a busy machine does not change the answer.

CPU time is not wall time, yet a neighbour on the same core, a cold cache or one collection of garbage adds to it.
The least of several runs is the cost of the work itself.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")
TRIES = 3


def within(seconds: float, call: Callable[[], Answer]) -> Answer:
    """The answer of a call that takes at most so much CPU time; one that takes more is given further tries."""
    least = float("inf")
    for _ in range(TRIES):
        begun = time.process_time()
        answer = call()
        least = min(least, time.process_time() - begun)
        if least <= seconds:
            return answer
    raise AssertionError(f"took {least:.2f} s of CPU time, at most {seconds} are allowed")


def process_seconds(*command: str, runs: int = 7) -> float:
    """CPU time of a command, the least of several runs; from the kernel's own account, which knows no ticks."""
    return min(_one_process(command) for _ in range(runs))


def _one_process(command: tuple[str, ...]) -> float:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return used.ru_utime + used.ru_stime
