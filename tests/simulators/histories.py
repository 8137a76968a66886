"""Public histories rebuilt as repositories from `tests/cases/histories/*.tsv`: same people, times, kinds of paths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from simulators.repository import WEB, Repository

CASES = Path(__file__).parent.parent / "cases" / "histories"


@dataclass(frozen=True)
class Row:
    """One commit: who, when, and how many files of which kind."""

    at: datetime
    authored: datetime
    author: str
    committer: str
    files: int
    sensitive: int
    binaries: int
    releases: tuple[tuple[str, datetime, str, str], ...]
    says: str


def rows(case: str) -> Iterator[Row]:
    """The commits of a case, oldest first."""
    lines = (CASES / f"{case}.tsv").read_text(encoding="utf-8").splitlines()
    told = lines[1].partition(":")[2].split(";")
    names = dict(part.strip().split("=", 1) for part in told if "=" in part)

    def person(number: str) -> str:
        return WEB if number == "0" else f"{names.get(number, f'Person Number{number}')} <p{number}@example.org>"

    for line in lines[3:]:
        at, before, author, committer, files, sensitive, binaries, releases, says = line.split("\t")
        tags = [r.split(";") for r in releases.split("|") if r]
        yield Row(
            _time(int(at)),
            _time(int(at) - int(before or 0)),
            person(author),
            person(committer),
            int(files),
            int(sensitive),
            int(binaries),
            tuple((n, _time(int(t)), person(w), f"{int(k):040X}" if k != "0" else "") for n, t, w, k in tags),
            says,
        )


def repository(case: str) -> Repository:
    """The case as a repository: one line of history, a tag where there was one."""
    sim = Repository()
    for number, row in enumerate(rows(case)):
        files: dict[str, bytes | str] = {f"m4/s{i}.m4": f"{number}" for i in range(row.sensitive)}
        files |= {f"tests/files/b{number}-{i}.xz": b"\0opaque %d %d" % (number, i) for i in range(row.binaries)}
        rest = max(0, row.files - row.sensitive - row.binaries)
        files |= {f"src/f{i}.c": f"{number}" for i in range(min(rest, 3))}
        sim.commit(
            row.author, row.at, files, row.says or f"change {number}", committer=row.committer, authored=row.authored
        )
        for name, at, who, key in row.releases:
            sim.tag(name, who, at, key=key)
    return sim


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
