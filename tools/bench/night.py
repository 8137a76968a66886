"""What do nights over many packages cost? A local index of small releases, and a list of them night after night.

    python tools/bench/night.py [PACKAGES...] [--changed 0.01] [--jobs 2] [--quiet-nights 0]

Every package has three releases, each a wheel and an sdist with metadata and a few modules of its own. Night one knows
nothing; for night two a share of the list is pinned to a newer release; quiet nights change nothing. Each night is a
process of its own, with one cache and one ledger for all nights; the index runs in this one. Prints CPU, CPU a package,
wall, peak memory, requests and bytes of the ledger, and between two sizes the exponent of growth. Exits 1 when a night
grows faster than `STEEPEST`, or when a night left a package without a record.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from simulators.index import Index, Project, Release, sdist, serving, wheel  # noqa: E402

STEEPEST = 1.05
VERSIONS = ("1.0", "1.1", "1.2")
NIGHT = """
import json, resource, sys, time
from datetime import datetime
begun, wall = time.process_time(), time.monotonic()
from supplytrust import audit
target, ledger, url, jobs, at = sys.argv[1:]
result = audit(target, ledger=ledger, index_url=url, jobs=int(jobs), rebuild="never", at=datetime.fromisoformat(at))
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps({
    "cpu": time.process_time() - begun + used[1].ru_utime + used[1].ru_stime,
    "wall": time.monotonic() - wall,
    "peak": max(one.ru_maxrss for one in used) / 1024,
    "records": sum(bool(one.record_digest) for one in result.subjects),
}))
"""


@dataclass(frozen=True)
class Night:
    """What one night cost."""

    cpu: float
    wall: float
    peak: float
    records: int
    requests: int
    ledger: int


def project(number: int) -> Project:
    """A package with modules, metadata and releases like those of a small one."""
    name = f"package-{number:05d}"
    body = "".join(f"def f{n}(a, b={number}):\n    return a + b + {n}\n\n\n" for n in range(12))

    def files(version: str) -> dict[str, str | bytes]:
        module = name.replace("-", "_")
        return {
            f"{module}/__init__.py": f'__version__ = "{version}"\nfrom .core import f0\n',
            f"{module}/core.py": f"import json\n\n\n{body}",
            f"{module}/text_{version.replace('.', '_')}.py": "import hashlib\nDIGEST = hashlib.sha256(b'').hexdigest()\n",
        }

    releases = [
        Release(v, [wheel(name, v, files(v)), sdist(name, v, {**files(v), "pyproject.toml": "[project]\n"})])
        for v in VERSIONS
    ]
    return Project(name, releases)


def spend_night(index: Index, lines: list[str], folder: Path, at: datetime, jobs: int) -> Night:
    """One audit of the list in a process of its own."""
    target, ledger = folder / "requirements.txt", folder / "ledger.sqlite"
    target.write_text("\n".join(lines) + "\n")
    index.requests.clear()
    arguments = [str(target), str(ledger), index.url, str(jobs), at.isoformat()]
    surroundings = {**os.environ, "SUPPLYTRUST_CACHE": str(folder / "cache"), "HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", NIGHT, *arguments], stdout=subprocess.PIPE, check=True, env=surroundings, cwd=folder
    )
    size = sum(path.stat().st_size for path in folder.glob("ledger.sqlite*"))
    return Night(**json.loads(done.stdout), requests=len(index.requests), ledger=size)


def measure(count: int, changed: float, jobs: int, quiet: int) -> list[Night]:
    """All nights over one list."""
    now = datetime.now(UTC).replace(microsecond=0)
    total = 2 + quiet
    news = max(1, round(count * changed))
    with serving([project(n) for n in range(count)]) as index, tempfile.TemporaryDirectory() as folder:
        nights = []
        for number in range(total):
            newer = news if number else 0
            lines = [f"package-{n:05d}=={VERSIONS[2 if n < newer else 1]}" for n in range(count)]
            night = spend_night(index, lines, Path(folder), now - timedelta(days=total - 1 - number), jobs)
            print(
                f"{count:>6} packages, night {number + 1}: {night.cpu:7.1f} s CPU ({1000 * night.cpu / count:6.1f} ms each)"
                f"  {night.wall:7.1f} s wall  peak {night.peak:4.0f} MiB  {night.requests / count:5.2f} requests each"
                f"  ledger {night.ledger / count:6.0f} B each  {night.records} records",
                flush=True,
            )
            nights.append(night)
    return nights


def main() -> int:
    """Measure every size that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="*", type=int, default=[100, 1000])
    parser.add_argument("--changed", type=float, default=0.01)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--quiet-nights", type=int, default=0)
    args = parser.parse_args()
    found = {n: measure(n, args.changed, args.jobs, args.quiet_nights) for n in sorted(set(args.packages))}
    good = all(night.records == count for count, nights in found.items() for night in nights)
    sizes = list(found)
    for small, large in pairwise(sizes):
        for number, (one, other) in enumerate(zip(found[small][:2], found[large][:2], strict=True), 1):
            exponent = math.log(other.cpu / one.cpu) / math.log(large / small)
            print(f"night {number}: exponent {exponent:.2f} from {small} to {large}")
            good &= exponent <= STEEPEST
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
