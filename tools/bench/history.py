"""How long reading a repository takes, next to git's own log of it in the same run.

    python tools/bench/history.py PATH...        repositories on disk (bare or not); without any, one is made

Prints for each: wall seconds of `git log --raw --no-renames` (R, best of three, alternating with ours), of our whole
extraction (log, raw objects with signatures, tags, as Python values) and its ratio to R, peak Python heap, and the
seconds of everything that follows for one release (identities, control, landing, claims, all signals). Exit code 1
when a bound of docs/evaluation-git.md is passed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

from supplytrust.appraisal.signals import catalogue
from supplytrust.collection.scheduler import observation
from supplytrust.ecosystems.pypi.versions import VERSIONS
from supplytrust.evidence.repository import control, history, response
from supplytrust.evidence.repository.people import People
from supplytrust.io.context import SourceClaim
from supplytrust.io.git.repository import open_folder
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.evidence import SubjectEvidence
from supplytrust.model.finding import AppraisalContext
from supplytrust.model.policy import Context
from supplytrust.model.subject import Subject

NOW = datetime.now(UTC)
RATIO, HEAP_PER_16K, SIGNALS_RATIO = 3.0, 150.0, 0.1
ROUNDS = 3


def git_log(path: Path) -> float:
    start = time.perf_counter()
    command = ["git", "-C", str(path), "log", "--branches", "--tags", "--raw", "--no-renames"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def extraction(path: Path, scratch: Path):
    start = time.perf_counter()
    view = open_folder(path, scratch)
    log = history.read_log(view, NOW)
    return time.perf_counter() - start, view, log


def one_release(view, log) -> tuple[float, float]:
    """(seconds of reading identities and the year's binaries, seconds of one release's claims and signals)."""
    start = time.perf_counter()
    people = People(log, VERSIONS)
    release = people.releases[-1] if people.releases else None
    moment = release.at if release else int(NOW.timestamp())
    opaque = history.opaque_of(view, control.binary_candidates(people.window(moment)))
    middle = time.perf_counter()
    claims = [control.summarize(people, release, moment, KnownBy.GIVEN, opaque)]
    claims += [response.fixes(people, moment, KnownBy.GIVEN), response.lines(people, moment, KnownBy.GIVEN)]
    subject = Subject("pkg:pypi/x@1", "pypi", "x", "1")
    made = tuple(observation("git", SourceClaim(c, "bench"), NOW) for c in claims if c is not None)
    evidence = SubjectEvidence(subject, made)
    for signal in catalogue():
        signal.ask(subject, evidence, AppraisalContext(NOW, Context()))
    return middle - start, time.perf_counter() - middle


def measure(path: Path) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        extraction(path, scratch)  # the page cache is warm for both
        rounds = [(git_log(path), extraction(path, scratch)) for _ in range(ROUNDS)]
        reference, ours = min(r for r, _ in rounds), min(e[0] for _, e in rounds)
        _, view, log = rounds[-1][1]
        load, signals = map(min, zip(*(one_release(view, log) for _ in range(ROUNDS)), strict=True))
        del rounds, log
        tracemalloc.start()
        _, view, log = extraction(path, scratch)
        heap = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        commits = len(log.by_id)
    per_16k = heap * 16_000 / commits
    name = path.parent.name if path.name == "repo" else path.name
    print(f"{name:28} commits {commits:6}  R {reference:.2f} s", end="  ")
    print(f"ours {ours:.2f} s, ratio {ours / reference:.2f} (<= {RATIO})", end="  ")
    print(f"heap {per_16k:.0f} MB/16k (<= {HEAP_PER_16K:.0f})", end="  ")
    print(f"people {load:.2f} s  release {signals:.3f} s = {signals / reference:.3f} R (<= {SIGNALS_RATIO})")
    return ours <= RATIO * reference and per_16k <= HEAP_PER_16K and signals <= SIGNALS_RATIO * reference


def synthetic(folder: Path) -> Path:
    sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
    from simulators.repository import Repository, day

    sim = Repository()
    for n in range(16_000):
        files = {f"src/m{n % 40}/f{(n + k) % 97}.py": f"{n}" for k in range(1 + n % 3)}
        sim.commit(f"Person Number{n % 60}", day(n / 5), files, f"change {n}", committer=f"Person Number{n % 7}")
        if n % 400 == 399:
            sim.tag(f"v{n // 400}.0", f"Person Number{n % 3}", day(n / 5))
    return sim.build(folder / "synthetic")


def main() -> int:
    paths = [Path(p) for p in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as folder:
        good = [measure(path) for path in (paths or [synthetic(Path(folder))])]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
