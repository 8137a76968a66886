"""What does a real audit cost? Peak of memory, CPU, wall time, and how much of that the network took.

    python tools/bench/cold_audit.py LIST [--jobs N] [--rebuild never|auto] [--cache FOLDER]

The list is judged twice in processes of their own: cold, with an empty cache and ledger, and warm, with what the
first run left. Prints one line a run; exits 1 when a run needs more than 500 MiB or the warm one more than 10 s.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from supplytrust.audits.runner import JOBS, audit
from supplytrust.io.http.client import Answer, Client
from supplytrust.io.processes import worker
from supplytrust.model.vocabulary import Outcome

MOST_MEMORY = 500.0  # MiB
MOST_WARM = 10.0  # seconds


class Line:
    """Seconds during which at least one request was under way, and the bytes that came."""

    def __init__(self) -> None:
        self.seconds, self.bytes, self._open, self._since = 0.0, 0, 0, 0.0
        self._lock = threading.Lock()

    @contextmanager
    def used(self) -> Iterator[None]:
        """Count the time spent inside."""
        with self._lock:
            self._since = time.monotonic() if self._open == 0 else self._since
            self._open += 1
        try:
            yield
        finally:
            with self._lock:
                self._open -= 1
                self.seconds += 0.0 if self._open else time.monotonic() - self._since


class Counting(Client):
    """A door that tells the line when it is used."""

    line = Line()

    def get(self, url: str, *, accept: str = "*/*", limit: int = 32 * 2**20, raw: bool = False) -> Answer:
        with self.line.used():
            answer = super().get(url, accept=accept, limit=limit, raw=raw)
        self.line.bytes += 0 if answer.from_cache else len(answer.body)
        return answer


def run(args: argparse.Namespace) -> dict[str, object]:
    """Judge the list in this process."""
    from supplytrust.collection import options

    setattr(options, "Client", Counting)  # noqa: B010 - the one door is what is measured
    worker.give_back()
    begun = time.monotonic()
    result = audit(args.list, jobs=args.jobs, rebuild=args.rebuild, ledger=args.ledger)
    seconds = time.monotonic() - begun
    mine, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "seconds": seconds,
        "cpu": mine.ru_utime + mine.ru_stime,
        "children": others.ru_utime + others.ru_stime,
        "peak": mine.ru_maxrss / 1024,
        "peak of a child": others.ru_maxrss / 1024,
        "line": Counting.line.seconds,
        "MB": Counting.line.bytes / 1e6,
        "outcomes": {o.name: result.count(o) for o in Outcome},
    }


def measured(args: argparse.Namespace, cache: str, name: str) -> dict[str, object]:
    """One run in a process of its own, so that its peak of memory is its own."""
    words = [args.list, "--jobs", str(args.jobs), "--rebuild", args.rebuild, "--ledger", f"{cache}/ledger.sqlite"]
    env = {**os.environ, "SUPPLYTRUST_CACHE": cache}
    done = subprocess.run([sys.executable, __file__, *words, "--child"], env=env, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    found: dict[str, object] = json.loads(done.stdout)
    told = ", ".join(f"{key} {value:.1f}" if isinstance(value, float) else f"{value}" for key, value in found.items())
    print(f"{name}: {told}", flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("list")
    parser.add_argument("--jobs", type=int, default=JOBS)
    parser.add_argument("--rebuild", default="never")
    parser.add_argument("--cache")
    parser.add_argument("--ledger")
    parser.add_argument("--child", action="store_true")
    args = parser.parse_args()
    if args.child:
        print(json.dumps(run(args)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        cold = measured(args, args.cache or folder, "cold")
        warm = measured(args, args.cache or folder, "warm")
    peaks = [float(str(one["peak"])) for one in (cold, warm)]
    return 0 if max(peaks) <= MOST_MEMORY and float(str(warm["seconds"])) <= MOST_WARM else 1


if __name__ == "__main__":
    sys.exit(main())
