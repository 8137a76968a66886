"""The nights of a ledger as a folder of static pages: sets, trends, changes, causes, exceptions, single points.

Lists are cut into pages by what they weigh, so that no page grows with the number of packages. A page carries its style
and needs no script; the search, which does, reads only the part of its index that begins as the word does.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from supplytrust.audits.nights import AuditedSet, Package, Standing
from supplytrust.audits.result import Cause
from supplytrust.formats.atomic import write_atomically
from supplytrust.model.vocabulary import Outcome
from supplytrust.records.statement import from_statement
from supplytrust.reports import remedies
from supplytrust.reports.pages import render_page, show_inert
from supplytrust.reports.pages.drawings import Tile, draw_treemap, draw_trend
from supplytrust.reports.pages.record_page import render_record
from supplytrust.reports.remedies import Lack, Step
from supplytrust.reports.view import count, label, relative

T = TypeVar("T")
PAGE_ROOM = 180_000  # bytes of rows a page; the frame around them is a tenth of that
SHARD_ROOM = 200_000
ROW_ROOM = 420
NAMES = 60
POINTS = 400
TREND = 60
REASON = 200
ORDER = tuple(reversed(Outcome))


@dataclass(frozen=True, slots=True)
class CauseGroup:
    """All packages of a set that one cause keeps back, with what to do about it."""

    text: str
    steps: tuple[Step, ...]
    packages: tuple[Package, ...]


@dataclass(frozen=True, slots=True)
class SetPages:
    """A set with the names of its pages and what stands on them."""

    stem: str
    name: str
    set: AuditedSet
    counts: tuple[tuple[str, int], ...]
    trend: tuple[Tile, ...]
    pages: tuple[str, ...]
    changes: tuple[str, ...]

    @property
    def outcome(self) -> str:
        """The worst of its packages."""
        return max((p.entry.outcome for p in self.set.packages), default=Outcome.REFER).name


@dataclass(slots=True)
class Site:
    """A site that is being written into `folder`; `written` are its pages by name, with their sizes in bytes."""

    folder: Path
    at: datetime
    written: dict[str, int] = field(default_factory=dict)

    def write(self, name: str, text: str) -> None:
        """One page, whole or not at all."""
        data = text.encode()
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, data)
        self.written[name] = len(data)

    def page(self, here: str, template: str, **values: object) -> None:
        """One page from a template of the site."""
        common = {"at": self.at, "label": label, "count": count, "order": [o.name for o in ORDER], "here": here}
        self.write(here, render_page(f"site_{template}", **common, **values))


def write_site(
    sets: Iterable[AuditedSet],
    folder: Path,
    at: datetime,
    *,
    records: int = 0,
    body: Callable[[str], bytes] | None = None,
) -> Mapping[str, int]:
    """Write the site; the names of its pages with their sizes in bytes.

    Args:
        sets: what `audits.nights.read_sets` reads.
        folder: where to; files of these names are replaced, others stay.
        at: the moment the days left of exceptions are counted from.
        records: of how many packages of each set, the worst first, the whole record gets a page.
        body: the bytes of a record by its digest; needed for `records`.

    Raises:
        OSError: a page cannot be written.
    """
    site = Site(folder, at)
    places: dict[str, str] = {}
    done: list[SetPages] = []
    for number, one in enumerate(sets, 1):
        full = _write_records(site, one, records, body) if body else {}
        done.append(_write_set(site, f"set-{number}", one, places, full))
    _write_exceptions(site, done)
    _write_points(site, done)
    parts = _write_search(site, places)
    site.page("index.html", "index", sets=done, parts=parts, exceptions=_exceptions(done, at)[:10])
    return site.written


# --- a set


def _write_set(site: Site, stem: str, one: AuditedSet, places: dict[str, str], full: Mapping[str, str]) -> SetPages:
    chunks = list(_cut(one.packages, _weigh_package))
    pages = tuple(f"{stem}-packages-{n}.html" for n in range(1, len(chunks) + 1))
    name = relative(one.name)
    for page, chunk in zip(pages, chunks, strict=True):
        places |= {f"{label(p.entry.purl)}\n{p.entry.outcome.name}": f"{page}#{anchor_of(p)}" for p in chunk}
        site.page(page, "packages", name=name, stem=stem, packages=chunk, pages=pages, full=full, anchor=anchor_of)
    counts = tuple((o.name, sum(p.entry.outcome is o for p in one.packages)) for o in ORDER)
    columns = [
        (f"{night.run.at:%Y-%m-%d}", [(o.name, night.run.count(o)) for o in Outcome])
        for night in reversed(one.nights[:TREND])
    ]
    made = SetPages(stem, name, one, counts, draw_trend(columns), pages, tuple(_write_changes(site, stem, name, one)))
    causes = tuple(_group_causes(one, name))
    sizes = [(label(p.entry.purl), float(p.bytes or 0), p.entry.outcome.name) for p in one.packages]
    site.page(
        f"{stem}.html",
        "set",
        one=made,
        causes=causes,
        cause_pages=tuple(_write_causes(site, stem, name, causes)),
        tiles=draw_treemap(sizes),
        newest=one.nights[0],
        exceptions=_exceptions([made], site.at)[:20],
        points=_points([made])[:12],
        show=show_inert,
    )
    return made


def _write_changes(site: Site, stem: str, name: str, one: AuditedSet) -> Iterator[str]:
    """What changed, the newest night first; a list of (night, change) in pages."""
    rows = [(night, change) for night in one.nights for change in night.changes or ()]
    chunks = list(_cut(rows, lambda row: ROW_ROOM + sum(map(len, row[1].why)) + len(row[1].package)))
    names = tuple(f"{stem}-changes-{n}.html" for n in range(1, len(chunks) + 1))
    for page, chunk in zip(names, chunks, strict=True):
        site.page(page, "changes", name=name, stem=stem, rows=chunk, pages=names)
        yield page


def _group_causes(one: AuditedSet, name: str) -> Iterator[CauseGroup]:
    """One group a cause, the widest first; a package counts under each cause that keeps it back."""
    found: dict[tuple[str, str], list[tuple[Package, Cause]]] = defaultdict(list)
    for package in one.packages:
        if package.entry.outcome is not Outcome.ADMIT:
            causes = {remedies.key_of(cause): cause for cause in reversed(package.causes)}
            for key, cause in (causes or {("not judged", ""): _not_judged(package)}).items():
                found[key].append((package, cause))
    for key, members in sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        packages = tuple(package for package, _ in members)
        purls = tuple(dict.fromkeys(p.entry.purl for p in packages))
        cause = members[0][1]
        lack = Lack(cause.signal, cause.reason, purls, name, f"supplytrust audit {name}")
        yield CauseGroup(remedies.describe(key, (c for _, c in members)), remedies.steps(lack), packages)


def _not_judged(package: Package) -> Cause:
    return Cause("", "", package.reasons[0] if package.reasons else "no reason given")


def _write_causes(site: Site, stem: str, name: str, causes: Sequence[CauseGroup]) -> Iterator[str]:
    """A page (or several) for each cause with more packages than the set's own page names."""
    for number, group in enumerate(causes, 1):
        if len(group.packages) <= NAMES:
            yield ""
            continue
        chunks = list(_cut(group.packages, lambda p: 60 + len(p.entry.purl)))
        names = [f"{stem}-cause-{number}-{n}.html" for n in range(1, len(chunks) + 1)]
        for page, chunk in zip(names, chunks, strict=True):
            site.page(page, "cause", name=name, stem=stem, group=group, packages=chunk, pages=names)
        yield names[0]


def _write_records(site: Site, one: AuditedSet, records: int, body: Callable[[str], bytes] | None) -> dict[str, str]:
    """The page of the record of the worst packages, with its statement beside it; the page by the record's digest."""
    made = {}
    for package in one.packages[:records]:
        digest = package.entry.record_digest
        if body and digest and digest not in made:
            data = body(digest)
            stem = f"record-{digest.partition(':')[2][:24]}"
            site.write(f"{stem}.json", data.decode())
            site.write(f"{stem}.html", render_record(from_statement(data), beside=f"{stem}.json"))
            made[digest] = f"{stem}.html"
    return made


# --- all sets


def _exceptions(done: Iterable[SetPages], at: datetime) -> list[tuple[int, SetPages, Package, Standing]]:
    """What stands on exceptions, the one that ends first first, with the days that are left."""
    found = [
        ((standing.expires - at).days, one, package, standing)
        for one in done
        for package in one.set.packages
        for standing in package.exceptions
    ]
    return sorted(found, key=lambda row: (row[0], row[2].entry.purl))


def _write_exceptions(site: Site, done: Sequence[SetPages]) -> None:
    chunks = list(_cut(_exceptions(done, site.at), lambda row: ROW_ROOM + len(row[3].reason))) or [()]
    names = ["exceptions.html", *(f"exceptions-{n}.html" for n in range(2, len(chunks) + 1))]
    for name, chunk in zip(names, chunks, strict=True):
        site.page(name, "exceptions", rows=chunk, pages=names)


@dataclass(frozen=True, slots=True)
class Reach:
    """Who or what can release how many packages, and in how many sets."""

    kind: str
    name: str
    packages: int
    sets: int
    share: float


def _points(done: Sequence[SetPages]) -> list[Reach]:
    """Single points of failure over these sets, the widest first; a package of several sets counts once."""
    reach: dict[tuple[str, str], set[str]] = defaultdict(set)
    sets: dict[tuple[str, str], set[str]] = defaultdict(set)
    known: set[str] = set()
    for one in done:
        for package in one.set.packages:
            known.add(package.entry.purl)
            for holder in package.holders:
                reach[holder].add(package.entry.purl)
                sets[holder].add(one.stem)
    found = [
        Reach(kind, name, len(purls), len(sets[kind, name]), len(purls) / len(known))
        for (kind, name), purls in reach.items()
    ]
    return sorted(found, key=lambda r: (-r.packages, r.kind, r.name))


def _write_points(site: Site, done: Sequence[SetPages]) -> None:
    points = _points(done)
    site.page("single-points.html", "points", points=points[:POINTS], total=len(points))


def _write_search(site: Site, places: Mapping[str, str]) -> list[str]:
    """The index by the first characters of a name, in scripts that are small enough to be read at once."""
    rows = sorted((key.partition("\n")[0].lower(), key, place) for key, place in places.items())
    parts: list[str] = []

    def divide(prefix: str, members: list[tuple[str, str, str]]) -> None:
        size = sum(len(key) + len(place) + 16 for _, key, place in members)
        if size > SHARD_ROOM and len(prefix) < 60 and len(members) > 1:
            longer: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
            for member in members:
                longer[member[0][: len(prefix) + 1]].append(member)
            here = longer.pop(prefix, [])
            for word, inner in sorted(longer.items()):
                divide(word, inner)
            if not here:
                return
            members = here
        parts.append(prefix)
        data = [[*key.split("\n"), place] for _, key, place in members]
        text = json.dumps([prefix, data], ensure_ascii=True).replace("<", "\\u003c")
        site.write(f"search/{part_name(prefix)}.js", f"receiveNames({text});\n")

    first: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in rows:
        first[row[0][:1]].append(row)
    for prefix, members in sorted(first.items()):
        divide(prefix, members)
    return sorted(parts)


# --- shared


def anchor_of(package: Package) -> str:
    """The place of a package on its page."""
    return f"p{hashlib.sha256(package.entry.purl.encode()).hexdigest()[:12]}"


def part_name(prefix: str) -> str:
    """The file of a part of the index: the code points of its prefix, so that every name is a plain one."""
    return "-".join(f"{ord(c):x}" for c in prefix) or "0"


def _weigh_package(package: Package) -> int:
    """About how many bytes its row takes."""
    return (
        2 * ROW_ROOM + sum(min(len(r), REASON) * 2 for r in package.reasons[:3]) + 3 * min(len(package.entry.purl), 900)
    )


def _cut(rows: Iterable[T], weigh: Callable[[T], int]) -> Iterator[tuple[T, ...]]:
    """Rows in pages of at most PAGE_ROOM, each with at least one row."""
    page: list[T] = []
    room = PAGE_ROOM
    for row in rows:
        weight = weigh(row)
        if page and weight > room:
            yield tuple(page)
            page, room = [], PAGE_ROOM
        page.append(row)
        room -= weight
    if page:
        yield tuple(page)
