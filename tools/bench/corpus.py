"""Evidence about real healthy releases, collected once and kept outside the repository.

    SUPPLYTRUST_CORPUS=folder SUPPLYTRUST_MIRRORS=folder python tools/bench/corpus.py [--again] [--until=DAY] [NAME...]

For each project of `corpus_packages.txt` whose repository is under SUPPLYTRUST_MIRRORS (as OWNER+NAME): its newest
release that has both a tag there and a file on the index, and one that was published at least a year earlier. A
release that is the newest of the index is looked at today, another as on the tenth day after its publication; each
with its repository, and rebuilt. SUPPLYTRUST_CONFIG names a configuration (advisories, audits), if any. What is
already there is left alone unless `--again` is given; `--until` takes one release of each, the newest of that day (of
which an older advisory database knows all). One file a release: NAME-VERSION.json, as `supplytrust collect` writes it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import supplytrust as st
from supplytrust.collection.options import load_settings, open_context
from supplytrust.ecosystems import pypi, versions_of
from supplytrust.errors import SourceError, SupplytrustError
from supplytrust.evidence.repository.tags import version_of
from supplytrust.records import evidence_file

LIST = Path(__file__).with_name("corpus_packages.txt")
SETTLED, YEAR = timedelta(days=10), timedelta(days=365)
Chosen = list[tuple[str, datetime]]  # version, and the day to look at it


def corpus() -> Path:
    """Where the evidence is kept."""
    return Path(os.environ.get("SUPPLYTRUST_CORPUS", "corpus"))


def packages() -> list[tuple[str, str]]:
    """(name on the index, owner/name of the repository)."""
    lines = LIST.read_text("utf-8").splitlines()
    return [tuple(line.split()) for line in lines if line and not line.startswith("#")]  # type: ignore[misc]


def mirror(repository: str) -> Path | None:
    """The clone of a repository; None when there is none."""
    home = Path(os.environ.get("SUPPLYTRUST_MIRRORS", "mirrors")) / repository.replace("/", "+")
    return next((p.parent for p in sorted(home.glob("**/HEAD")) if (p.parent / "objects").is_dir()), None)


def tagged(clone: Path) -> set[object]:
    """The versions that have a tag."""
    names = subprocess.run(["git", "-C", clone, "tag"], capture_output=True, text=True, check=True).stdout.split()
    scheme = versions_of("pypi")
    return {found for found in (version_of(name, scheme) for name in names) if found}


def chosen(name: str, clone: Path) -> Chosen:
    """The newest tagged final release, and the newest that is at least a year older; each with its day."""
    versions, now = tagged(clone), datetime.now(UTC)
    with open_context({}, load_settings({}), now, now) as world:
        files = [f for f in pypi.index_files(name, world) if f.uploaded_at and not f.yanked]
    latest = max((f.version for f in files if not f.version.is_prerelease), default=None)
    first: dict[object, datetime] = {}
    for file in files:
        if file.version in versions and not file.version.is_prerelease:
            first[file.version] = min(first.get(file.version, now), file.uploaded_at or now)
    until = _until()
    if until is not None:
        first = {v: at for v, at in first.items() if at + SETTLED <= until}
    newest = max(first, default=None)  # type: ignore[type-var]
    if newest is None:
        return []
    older = max((v for v in first if until is None and first[v] < first[newest] - YEAR), default=None)  # type: ignore[type-var]
    day = {v: now if v == latest else min(first[v] + SETTLED, now) for v in (newest, older) if v is not None}
    return [(str(v), at.replace(microsecond=0)) for v, at in day.items()]


def _until() -> datetime | None:
    given = [a.partition("=")[2] for a in sys.argv if a.startswith("--until=")]
    return datetime.fromisoformat(given[0]).replace(tzinfo=UTC) if given else None


def collected(name: str, version: str, at: datetime, clone: Path) -> str:
    """Look, and keep what was seen; one line that tells how it went."""
    path, started = corpus() / f"{name}-{version}.json", time.monotonic()
    if path.exists() and "--again" not in sys.argv:
        return "kept"
    evidence = st.collect(
        f"pkg:pypi/{name}@{version}",
        at=at,
        repository=str(clone),
        deps="none",
        rebuild="auto",
        ledger=corpus() / "ledger.sqlite3",
        config=os.environ.get("SUPPLYTRUST_CONFIG"),
    )
    evidence_file.save_evidence(evidence, path)
    return f"{time.monotonic() - started:.1f} s"


def main() -> None:
    corpus().mkdir(parents=True, exist_ok=True)
    wanted = [a for a in sys.argv[1:] if not a.startswith("-")]
    for name, repository in packages():
        clone = mirror(repository)
        if clone is None or (wanted and name not in wanted):
            continue
        try:
            for version, at in reversed(chosen(name, clone)):
                print(name, version, at.date(), collected(name, version, at, clone), flush=True)
        except (SourceError, SupplytrustError, subprocess.SubprocessError) as error:
            print(name, type(error).__name__, error, flush=True)


if __name__ == "__main__":
    main()
