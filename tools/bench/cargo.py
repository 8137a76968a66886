"""Real crates: explained by the commit they name? every planted change seen? packaged again how closely? what is new?

    python tools/bench/cargo.py --repositories FOLDER [--crates LIST] [--neighbours N] [--no-rebuild] [--no-look] [--config FILE] [NAME ...]

FOLDER holds the repositories as `OWNER/NAME`, `OWNER+NAME/repo` or `NAME`. The index is the one that cargo is configured
for. Nothing of a crate is compiled or run outside of the sandbox. The last lines are the table with what must hold.
"""

from __future__ import annotations

import argparse
import io
import itertools
import statistics
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import supplytrust
from supplytrust.ecosystems.cargo import crate, index
from supplytrust.ecosystems.cargo.crate import change
from supplytrust.ecosystems.cargo.ecosystem import ECOSYSTEM
from supplytrust.ecosystems.cargo.locks import cargo_lock
from supplytrust.ecosystems.cargo.manifest import ORIGINAL, PUBLISHED, disagreements_with_index
from supplytrust.ecosystems.values import PackageRequest
from supplytrust.errors import SupplytrustError
from supplytrust.evidence.repository.artifact_diff import SourceTree, comparison, open_artifact
from supplytrust.evidence.repository.history import contents_of, read_log, tree_of
from supplytrust.evidence.repository.tags import on_branch
from supplytrust.io.archives.reader import everything
from supplytrust.io.context import CollectContext
from supplytrust.io.git.repository import open_folder
from supplytrust.io.http.client import Client
from supplytrust.model.claims.rebuild import RebuildLevel, RebuildResult
from supplytrust.model.claims.source_tree import KnownBy, SourceComparison
from supplytrust.model.policy import Settings
from supplytrust.model.subject import Subject

HERE = Path(__file__).parent
EVIL = b'\n[dependencies.evil]\nversion = "1"\n'
Members = Mapping[str, bytes]


@dataclass
class Row:
    """What was seen of one crate."""

    name: str
    files: int = 0
    odd: tuple[str, ...] = ()
    tag: str = ""
    planted: int = 0
    seen: int = 0
    index_agrees: bool = False
    entries: int = 0
    entries_wrong: int = 0
    level: str = ""
    why: str = ""
    seconds: float = 0.0
    outcome: str = ""
    fact: str = ""


@dataclass
class Neighbours:
    """Pairs of consecutive releases, and what was new in how many."""

    pairs: int = 0
    news: dict[str, list[str]] = field(default_factory=dict)


@contextmanager
def opened(cache: Path) -> Iterator[CollectContext]:
    """What the readers may touch; answers of the index are kept in `cache`."""
    now = datetime.now(UTC).replace(microsecond=0)
    with tempfile.TemporaryDirectory() as scratch, closing(Client(cache / "http")) as door:
        yield CollectContext(door, Settings(), at=now, now=now, scratch=Path(scratch), cache=cache)


def find_repository(folder: Path, name: str) -> Path | None:
    """The repository `OWNER/NAME` below a folder of them."""
    places = (folder / name, folder / name.replace("/", "+") / "repo", folder / name.partition("/")[2])
    return next((place for place in places if place.is_dir()), None)


def look(row: Row, version: str, repository: Path, world: CollectContext, options: argparse.Namespace) -> None:
    """Judge one crate whole, then its mutants, manifests and lock."""
    purl = f"pkg:cargo/{row.name}@{version}"
    evidence = supplytrust.collect(
        purl,
        repository=str(repository),
        deps="none",
        ledger=None,
        config=options.config,
        rebuild="never" if options.no_rebuild else "always",
    )
    record = supplytrust.appraise(evidence, alone=True)
    row.outcome = record.outcome.name
    row.fact = "; ".join(reason.text for reason in record.reasons)[:90]
    node = next(n for n in evidence.nodes if n.subject.purl == purl)
    for seen in node.all(SourceComparison):
        row.files, row.tag = seen.claim.files, seen.claim.tag
        row.odd = tuple(odd.path for odd in seen.claim.odd)
    for built in node.all(RebuildResult):
        row.level, row.why, row.seconds = built.claim.level.value, built.claim.reason, built.claim.seconds
    subject = ECOSYSTEM.resolve(PackageRequest("cargo", row.name, version=version), world)
    assert subject.artifact is not None
    data = ECOSYSTEM.fetch(subject, subject.artifact, world)
    contents = crate.read(subject.artifact, data, keep=everything)
    line = index.page(row.name, world).line(version)
    row.index_agrees = line is not None and not disagreements_with_index(crate.manifest(contents), line)
    members = {f.path: f.data or b"" for f in contents.files}
    if line is not None and "Cargo.lock" in members:
        row.entries, row.entries_wrong = _lock_entries(members["Cargo.lock"], line, world)
    if not row.odd and row.files:
        row.planted, row.seen = _mutants(subject, members, repository, world)


def _lock_entries(data: bytes, line: index.Line, world: CollectContext) -> tuple[int, int]:
    packages = [p for p in cargo_lock.read_lock(data).packages if p.from_registry]
    return len(packages), int(bool(cargo_lock.check_shipped(data, line.published, world)))


def mutants(members: Members) -> Iterator[tuple[str, Members]]:
    """The six kinds of planted change."""
    source = max((p for p in members if p.endswith(".rs") and p != "build.rs"), key=lambda p: len(members[p]))
    fixture = next((p for p in sorted(members) if p.startswith(("tests/", "tools/bench/", "examples/"))), source)
    yield "byte changed", {**members, source: members[source][:-1] + b"#"}
    yield "file added", {**members, "src/planted.rs": b"pub fn planted() {}\n"}
    yield "build script", {**members, "build.rs": members.get("build.rs", b"fn main() {}\n") + b"// more\n"}
    moved = "src/moved_in.rs" if "build.rs" in members else "build.rs"
    yield "moved in", {**members, moved: members[fixture]}
    yield "dependency", {**members, PUBLISHED: members[PUBLISHED] + EVIL}
    yield "both manifests", {**members, PUBLISHED: members[PUBLISHED] + EVIL, ORIGINAL: members[ORIGINAL] + EVIL}


def _mutants(subject: Subject, members: Members, repository: Path, world: CollectContext) -> tuple[int, int]:
    planted = seen = 0
    view = open_folder(repository, world.scratch)
    log = read_log(view, world.at)
    assert subject.artifact is not None
    told = crate.read_vcs_info(members.get(crate.VCS_INFO))
    if told is None:
        return 0, 0
    source = SourceTree(
        tree_of(view, told.commit),
        told.commit,
        lambda ids: contents_of(view, ids),
        _blobs(log),
        lambda c: on_branch(log, c),
    )
    rules = ECOSYSTEM.packaging_rules(subject, world)
    for _kind, changed in mutants(members):
        artifact = replace(subject.artifact, sha256="")
        files = open_artifact(artifact, _packed(subject, changed), rules)
        claim = comparison(view, source, files, subject, (KnownBy.GIVEN, "mutant"))
        planted += 1
        seen += bool(claim.odd)
    return planted, seen


def _blobs(log: object) -> frozenset[bytes]:
    return frozenset(t.blob for c in log.commits for t in c.touches if t.blob)  # type: ignore[attr-defined]


def _packed(subject: Subject, members: Members) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as tar:
        for path, body in members.items():
            info = tarfile.TarInfo(f"{subject.name}-{subject.version}/{path}")
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return out.getvalue()


def look_at_neighbours(name: str, count: int, world: CollectContext, into: Neighbours) -> None:
    """The last releases of a crate, each against the one before it in its line."""
    lines = [one for one in index.page(name, world).lines if not one.yanked][-count:]
    read: list[tuple[index.Line, object, int]] = []
    for one in lines:
        subject = ECOSYSTEM.resolve(PackageRequest("cargo", name, version=one.version), world)
        data = ECOSYSTEM.fetch(subject, one.artifact(), world)
        read.append((one, crate.read(one.artifact(), data), len(data)))
    for (old, before, small), (new, now, large) in itertools.pairwise(read):
        into.pairs += 1
        told = change(old.version, before, now, (small, large))  # type: ignore[arg-type]
        for hook in told.new_hooks:
            into.news.setdefault(f"new {hook.kind.value}", []).append(f"{name} {new.version}")
        if told.new_native:
            into.news.setdefault("new opaque file", []).append(f"{name} {new.version}")
        if large >= 2 * small:
            into.news.setdefault("twice the size", []).append(f"{name} {new.version}")
        for kind in ("normal", "build"):
            names = [{d.package for d in one.dependencies if d.kind == kind} for one in (old, new)]
            if names[1] - names[0]:
                into.news.setdefault(f"new {kind} dependency", []).append(f"{name} {new.version}")


def table(rows: list[Row], near: Neighbours) -> Iterator[str]:
    """The lines of the table."""
    clean = [r for r in rows if r.files and not r.odd]
    times = [r.seconds for r in rows if r.seconds]
    exact = [r.name for r in rows if r.level == RebuildLevel.BIT_FOR_BIT.value]
    close = [r.name for r in rows if r.level in ("bit-for-bit", "container-only", "normalized")]
    yield f"explained by their commit: {len(clean)} of {len(rows)}"
    yield f"files of these: {sum(r.files for r in clean)}"
    yield f"planted changes seen: {sum(r.seen for r in rows)} of {sum(r.planted for r in rows)}"
    yield f"index = manifest: {sum(r.index_agrees for r in rows)} of {len(rows)}"
    yield f"lock entries: {sum(r.entries for r in rows)}, crates with one that differs: {sum(r.entries_wrong for r in rows)}"
    yield f"packaged again: {len(close)} of {len(rows)}, bit for bit {len(exact)}; median {_median(times):.2f} s"
    yield f"outcomes: {', '.join(f'{sum(r.outcome == o for r in rows)} {o}' for o in ('ADMIT', 'REFER', 'REFUSE'))}"
    yield f"neighbours: {near.pairs}"
    for what, where in sorted(near.news.items()):
        yield f"  {what}: {len(where)} ({', '.join(where[:4])})"


def _median(times: list[float]) -> float:
    return statistics.median(times) if times else 0.0


def main() -> None:
    """Look at every crate of the list and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repositories", type=Path, required=True)
    parser.add_argument("--crates", type=Path, default=HERE / "cargo_crates.txt")
    parser.add_argument("--neighbours", type=int, default=0, help="releases of each crate to compare with each other")
    parser.add_argument("--no-rebuild", action="store_true")
    parser.add_argument("--no-look", action="store_true", help="neighbours only")
    parser.add_argument("--cache", type=Path, default=None)
    parser.add_argument("--config", type=Path, default=None, help="a configuration, with advisories and reviews")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    lines = [line.split() for line in options.crates.read_text().splitlines() if line.strip() and line[0] != "#"]
    rows, near = [], Neighbours()
    with tempfile.TemporaryDirectory() as place, opened(options.cache or Path(place)) as world:
        for name, version, origin in lines:
            repository = find_repository(options.repositories, origin)
            if repository is None or (options.names and name not in options.names):
                continue
            row, started = Row(name), time.monotonic()
            try:
                if not options.no_look:
                    look(row, version, repository, world, options)
                if options.neighbours:
                    look_at_neighbours(name, options.neighbours, world, near)
            except SupplytrustError as error:
                row.fact = f"{type(error).__name__}: {error}"[:90]
            rows.append(row)
            odd = f"odd {len(row.odd)} ({', '.join(row.odd[:2])})" if row.odd else ""
            print(
                f"{name:16} {version:9} {row.outcome:7} {row.files:4} files {row.tag:22} mutants {row.seen}/{row.planted} "
                f"lock {row.entries:3} {row.level or '-':14} {row.seconds:5.2f} s  {odd} {row.why} {row.fact}"
                f"  [{time.monotonic() - started:.1f} s]",
                flush=True,
            )
    print("\n".join(table(rows, near)))


if __name__ == "__main__":
    main()
