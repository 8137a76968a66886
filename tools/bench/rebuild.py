"""Rebuild the frozen list of pure wheels from the configured index, and write the table of docs/.

    python tools/bench/rebuild.py [--results FILE] [--seconds N] [--part pinned|unpinned|time|tamper] [--table FILE]

Every result is appended to FILE (JSON lines), so that a run can be cut short with --seconds and taken up again.
Without --part all parts run in turn. `unpinned` builds every fourth package with the tools of today and nothing
inferred; `time` builds every twelfth side by side with `pip wheel`; `tamper` judges mutants of real wheels.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

from simulators import wheel_mutants  # noqa: E402
from supplytrust.collection.options import open_collect_context  # noqa: E402
from supplytrust.ecosystems import pypi  # noqa: E402
from supplytrust.ecosystems.pypi.rebuild import source_tree  # noqa: E402
from supplytrust.ecosystems.pypi.rebuild.attempts import REBUILD  # noqa: E402
from supplytrust.errors import SourceError  # noqa: E402
from supplytrust.formats import codec  # noqa: E402
from supplytrust.io.context import CollectContext  # noqa: E402
from supplytrust.model.claims.rebuild import RebuildResult  # noqa: E402
from supplytrust.model.policy import Settings  # noqa: E402
from supplytrust.model.subject import ArtifactKind, Subject  # noqa: E402
from supplytrust.rebuild import inputs  # noqa: E402
from supplytrust.rebuild.judge import judge  # noqa: E402

PARTS = ("pinned", "unpinned", "time", "tamper")
STEP = {"pinned": 1, "unpinned": 4, "time": 12, "tamper": 5}
CLOSE = ("bit-for-bit", "container-only")


@dataclass(frozen=True)
class Package:
    set: str
    name: str
    version: str
    wheel: str
    sdist: str


def packages() -> list[Package]:
    lines = (HERE / "rebuild_packages.txt").read_text(encoding="utf-8").splitlines()
    return [Package(*line.split()) for line in lines if line and not line.startswith("#")]


def pair_of(package: Package, world: CollectContext) -> tuple[Subject, inputs.Pair]:
    """The two files, taken by digest."""
    files = [f for f in pypi.index_files(package.name, world) if f.sha256 in (package.wheel, package.sdist)]
    artifacts = [f.artifact() for f in files]
    wheel = next(a for a in artifacts if a.kind is ArtifactKind.WHEEL)
    others = tuple(a for a in artifacts if a is not wheel)
    purl = f"pkg:pypi/{package.name}@{package.version}"
    subject = Subject(purl, "pypi", package.name, package.version, wheel, others)
    return subject, inputs.pair(subject, world)


def row(result: RebuildResult, package: Package) -> dict[str, object]:
    return {
        "set": package.set,
        "name": package.name,
        "version": package.version,
        **cast("dict[str, object]", codec.encode(result)),
    }


def pinned(package: Package, world: CollectContext) -> dict[str, object]:
    return row(inputs.rebuild_uncached(*pair_of(package, world), world), package)


def unpinned(package: Package, world: CollectContext) -> dict[str, object]:
    return row(
        inputs.rebuild_uncached(*pair_of(package, world), replace(world, options={"recipe": "unpinned"})),
        package,
    )


def timed(package: Package, world: CollectContext) -> dict[str, object]:
    """Seconds of a rebuild and of `pip wheel` of the same sdist, both warm, taken in turn; medians of three."""
    subject, pair = pair_of(package, world)
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        sdist = Path(folder, pair.sdist.file_name)
        sdist.write_bytes(pair.sdist.data)
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, str(sdist)]
        for turn in range(4):
            began = time.perf_counter()
            result = inputs.rebuild_uncached(subject, pair, world)
            between = time.perf_counter()
            done = subprocess.run(command, capture_output=True, check=False)
            ended = time.perf_counter()
            if done.returncode or result.level.value == "not-rebuilt":
                break
            if turn:
                ours.append(between - began)
                theirs.append(ended - between)
    measured = {"rebuild": statistics.median(ours), "pip": statistics.median(theirs)} if len(ours) == 3 else {}
    return {"set": package.set, "name": package.name, "attempts": len(result.attempts), **measured}


def tampered(package: Package, world: CollectContext) -> dict[str, object]:
    """All kinds of mutants of one published wheel against its honest rebuild."""
    subject, pair = pair_of(package, world)
    with tempfile.TemporaryDirectory() as folder:
        result = inputs.rebuild_uncached(subject, pair, replace(world, options={"keep": folder}))
        if not result.level.reproduced:
            return {"name": package.name, "kinds": {}}
        kept = list(Path(folder).rglob("*.whl"))
        kept.sort(key=lambda p: p.parent.name)
        name, data = kept[-1].name, kept[-1].read_bytes()
    alarms = source_tree.members_of(pair.wheel.data, pair.wheel.file_name)[1]
    began = time.perf_counter()
    judge(pair.wheel, source_tree.members_of(pair.wheel.data, pair.wheel.file_name)[0], name, data, REBUILD)
    spent = time.perf_counter() - began
    kinds = {kind: _mutant(make(pair.wheel.data), pair, name, data) for kind, make in wheel_mutants.KINDS.items()}
    return {"name": package.name, "alarms": list(alarms), "compare": spent, "kinds": kinds}


def _mutant(mutant: bytes, pair: inputs.Pair, name: str, data: bytes) -> str:
    try:
        members, problems = source_tree.members_of(mutant, pair.wheel.file_name)
    except SourceError:
        return "refused"
    if problems:
        return "audit"
    return judge(replace(pair.wheel, data=mutant, sha256=""), members, name, data, REBUILD).level.value


WORK = {"pinned": pinned, "unpinned": unpinned, "time": timed, "tamper": tampered}


@contextlib.contextmanager
def a_world() -> Iterator[CollectContext]:
    now = datetime.now(UTC)
    with open_collect_context(Settings(), at=now, now=now, options={"rebuild": "always"}) as world:
        yield world


def run(part: str, results: Path, end: float) -> None:
    done = {(r["part"], r["name"]) for r in read(results)}
    for package in packages()[:: STEP[part]]:
        if (part, package.name) in done or time.monotonic() > end:
            continue
        with a_world() as world, results.open("a", encoding="utf-8") as file:
            try:
                found = {"part": part, **WORK[part](package, world)}
            except (SourceError, StopIteration) as error:
                found = {"part": part, "name": package.name, "error": f"{type(error).__name__}: {error}"}
            file.write(json.dumps(found) + "\n")
        print(part, package.name, found.get("level", found.get("error", "")), file=sys.stderr, flush=True)


def read(results: Path) -> list[dict]:
    if not results.exists():
        return []
    return [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]


def share(rows: list[dict], levels: tuple[str, ...]) -> str:
    count = sum(r.get("level") in levels for r in rows)
    return f"{count} of {len(rows)} ({100 * count / len(rows):.1f} %)" if rows else "-"


def table(found: list[dict]) -> str:
    """The figures as Markdown."""
    out = io.StringIO()
    ours = [r for r in found if r["part"] == "pinned"]
    out.write(
        "| set | bit-for-bit | container-only or better | normalized or better | first recipe alone |\n|-|-|-|-|-|\n"
    )
    for name in ("first", "blind", "all"):
        rows = [r for r in ours if name in (r.get("set"), "all")]
        first = [{"level": r["attempts"][0]["level"]} if r.get("attempts") else {} for r in rows]
        out.write(
            f"| {name} | {share(rows, CLOSE[:1])} | {share(rows, CLOSE)} | {share(rows, (*CLOSE, 'normalized'))} "
            f"| {share(first, CLOSE)} |\n"
        )
    only = [r for r in ours if r.get("level") == "container-only"]
    tied = sum(bool(r["replayed"]) for r in only)
    close = [r for r in ours if r.get("level") in CLOSE]
    out.write(
        f"\nReplay: {tied} of {len(only)} container-only results give the published bytes; bit-for-bit and replayed "
    )
    out.write(f"together {len(close) - len(only) + tied} of {len(close)} at container-only or better.\n")
    out.write(_unpinned(found, ours) + _times(found) + _tampering(found))
    out.write("\n| not container-only | level | why |\n|-|-|-|\n")
    for r in sorted(ours, key=lambda r: (r.get("level", ""), r["name"])):
        if r.get("level") not in CLOSE:
            first = ", ".join(f"`{d['path']}` {d['how']}" for d in r.get("differences", [])[:2])
            why = first or r.get("reason") or ", ".join(r.get("normalizers", [])) or r.get("error", "")
            out.write(f"| {r['name']} {r.get('version', '')} | {r.get('level', 'error')} | {why[:150]} |\n")
    return out.getvalue()


def _unpinned(found: list[dict], ours: list[dict]) -> str:
    plain = {r["name"]: r for r in found if r["part"] == "unpinned"}
    both = [r for r in ours if r["name"] in plain]
    return (
        f"\nPinned against unpinned, the same {len(both)} packages: {share(both, CLOSE)} against "
        f"{share(list(plain.values()), CLOSE)} container-only or better.\n"
    )


def _times(found: list[dict]) -> str:
    rows = [r for r in found if r["part"] == "time" and "pip" in r]
    if not rows:
        return ""
    ratios = [r["rebuild"] / r["pip"] for r in rows]
    ours, theirs = (statistics.median(r[key] for r in rows) for key in ("rebuild", "pip"))
    return (
        f"\nTime, {len(rows)} packages side by side, warm: rebuild {ours:.2f} s, `pip wheel` {theirs:.2f} s, "
        f"median ratio {statistics.median(ratios):.2f}.\n"
    )


def _tampering(found: list[dict]) -> str:
    rows = [r for r in found if r["part"] == "tamper" and r.get("kinds")]
    verdicts = Counter(v for r in rows for v in r["kinds"].values())
    passes = sum(verdicts[level] for level in (*CLOSE, "normalized"))
    alarms = sum(bool(r["alarms"]) for r in rows)
    slowest = max((r["compare"] for r in rows), default=0.0)
    return (
        f"\nTampering: {len(wheel_mutants.KINDS)} kinds on {len(rows)} wheels, {passes} false passes "
        f"({', '.join(f'{v} {k}' for k, v in sorted(verdicts.items()))}); audit alarms on honest wheels: {alarms}; "
        f"slowest comparison {1000 * slowest:.0f} ms.\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=Path("build") / "rebuild-bench.jsonl")
    parser.add_argument("--seconds", type=float, default=86_400)
    parser.add_argument("--part", choices=PARTS)
    parser.add_argument("--table", type=Path)
    given = parser.parse_args()
    given.results.parent.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + given.seconds
    for part in (given.part,) if given.part else PARTS:
        run(part, given.results, end)
    text = table(read(given.results))
    print(text)
    if given.table:
        page = given.table.read_text(encoding="utf-8")
        head, _, rest = page.partition("<!-- figures -->")
        given.table.write_text(
            f"{head}<!-- figures -->\n{text}<!-- end -->{rest.partition('<!-- end -->')[2]}", "utf-8"
        )


if __name__ == "__main__":
    main()
