"""What does one look at a local wheel cost beside the least that anyone must do who reads it?

    python tools/bench/least_work.py WHEEL... [--warm]

The least work: SHA-256 of the file and of every member, inflating, and one `ast.parse` of every Python file. Beside it
`assess` of the same path in a process of its own, with an empty cache, all areas and no rebuild: CPU and peak memory.
The index of this machine is asked, as usual, so that the predecessor is compared too. Prints one line a wheel; exits 1
when one needs more than `MOST` times the least work or `MOST_MEMORY` MiB.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from pathlib import Path

MOST, MOST_MEMORY = 3.0, 200.0
LOOK = """
import json, resource, sys, time
begun = time.process_time()
from supplytrust.assessment import assess
from supplytrust.io.processes import worker
worker.give_back()
loaded = time.process_time() - begun
record = assess(sys.argv[1], deps="none", rebuild="never")
mine = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"cpu": time.process_time() - begun, "load": loaded, "peak": mine.ru_maxrss / 1024}))
"""


def least(path: Path) -> float:
    """CPU seconds of the least work."""
    warnings.simplefilter("ignore")
    begun = time.process_time()
    hashlib.sha256(path.read_bytes()).hexdigest()
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            hashlib.sha256(data).hexdigest()
            if name.endswith(".py"):
                try:
                    ast.parse(data)
                except (SyntaxError, ValueError):
                    continue
    return time.process_time() - begun


def look(path: Path, cache: str) -> dict[str, float]:
    """CPU and peak of `assess`, in a process of its own."""
    surroundings = {**os.environ, "SUPPLYTRUST_CACHE": cache}
    done = subprocess.run([sys.executable, "-c", LOOK, str(path)], capture_output=True, check=True, env=surroundings)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> int:
    """Measure every wheel that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheels", nargs="+", type=Path)
    parser.add_argument("--warm", action="store_true", help="a second look, with what the first one kept")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    good = True
    for path in args.wheels:
        with tempfile.TemporaryDirectory() as seen:
            look(path, seen)  # the index's answers and the predecessor's bytes are there, as on any machine in use
            base = statistics.median(least(path) for _ in range(args.runs))
            costs = []
            for _ in range(args.runs):
                if not args.warm:
                    subprocess.run(["rm", "-rf", f"{seen}/claims"], check=True)
                costs.append(look(path, seen))
        cpu, peak, load = (statistics.median(one[key] for one in costs) for key in ("cpu", "peak", "load"))
        print(
            f"{path.name[:40]:<40} least {base:6.2f} s  assess {cpu:6.2f} s ({load:.2f} of it loading)"
            f"  {cpu / base:5.2f} x  peak {peak:4.0f} MiB",
            flush=True,
        )
        good &= args.warm or (cpu <= MOST * base and peak <= MOST_MEMORY)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
