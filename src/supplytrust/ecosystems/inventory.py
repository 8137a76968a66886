"""What a lock file, a bill of materials or an environment lists: packages, and who needs whom.

Nothing that is listed is left out: what cannot be judged keeps its place with the reason in `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from supplytrust.ecosystems.values import PackageRequest
from supplytrust.formats.list_file import writable
from supplytrust.model.evidence import Edge
from supplytrust.model.subject import package_of, version_of

MOST_NOTES = 6  # of one kind


@dataclass(frozen=True, slots=True)
class ListedPackage:
    """One package of a list.

    `purl` is canonical, without a version if none is pinned. `wanted` is None when it cannot be judged, and
    `unknown` says why. `sha256` (lower-case hex) are the digests that an installer would accept; empty: any.
    `path` is the local artifact, if that is what is listed; `where` the place in the list. `indexes` are the addresses
    that the list says it comes from or may come from, '' being the one that is asked where none is named.
    """

    purl: str
    wanted: PackageRequest | None = None
    sha256: tuple[str, ...] = ()
    unknown: str = ""
    where: str = ""
    path: str = ""
    indexes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inventory:
    """One list, or several joined. `edges` join purls of `listed`.

    `roots` are the purls that are asked for directly; `notes` what the reader should know about the list.
    """

    name: str
    listed: tuple[ListedPackage, ...]
    edges: tuple[Edge, ...] = ()
    roots: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def inventory(
    path: Path | str,
    listed: Iterable[ListedPackage],
    edges: Iterable[Edge] = (),
    roots: Iterable[str] = (),
    notes: Iterable[str] = (),
) -> Inventory:
    """An inventory in order: each package once, edges among them only, roots found where none are stated.

    A package listed twice keeps the digests of both places. Without stated roots these are the packages that
    nobody else in the list needs, and then the first of every circle that is still not reached.
    """
    places: dict[str, list[ListedPackage]] = {}
    for each in listed:
        one = replace(each, unknown=writable(each.unknown), where=writable(each.where))
        places.setdefault(one.purl, []).append(one)
    unique = {purl: _one_of(several) for purl, several in places.items()}
    inner = tuple(sorted({e for e in edges if e.parent in unique and e.child in unique and e.parent != e.child}))
    stated = tuple(sorted({r for r in roots if r in unique}))
    all_roots = (*stated, *_unreached_packages(sorted(unique), inner, stated))
    ordered = tuple(unique[purl] for purl in sorted(unique))
    told = tuple(sorted(writable(note) for note in {*notes, *_several(unique)}))
    return Inventory(writable(str(path)), ordered, inner, tuple(sorted(all_roots)), told)


def _several(purls: Iterable[str]) -> Iterator[str]:
    """Which packages are listed in several versions; all of them are judged."""
    versions: dict[str, set[str]] = {}
    for purl in purls:
        versions.setdefault(package_of(purl), set()).add(version_of(purl) or "no version")
    doubled = {p: v for p, v in versions.items() if len(v) > 1 and not p.startswith("pkg:generic/")}
    for package, several in list(doubled.items())[:MOST_NOTES]:
        yield f"{package} is listed with {' and '.join(sorted(several)[:4])}"
    if len(doubled) > MOST_NOTES:
        yield f"{len(doubled) - MOST_NOTES} more packages are listed with several versions"


def join_inventories(parts: Iterable[Inventory]) -> Inventory:
    """Several lists as one set."""
    found = list(parts)
    if len(found) == 1:
        return found[0]
    return inventory(
        ", ".join(p.name for p in found),
        (one for p in found for one in p.listed),
        (e for p in found for e in p.edges),
        (r for p in found for r in p.roots),
        (f"{p.name}: {note}" for p in found for note in p.notes),
    )


def _one_of(several: list[ListedPackage]) -> ListedPackage:
    """What several places say of one package: what cannot be judged in one place stays unknown."""
    first = next((one for one in several if one.unknown), several[0])
    if first.unknown or len(several) == 1:
        return first
    pinned = all(one.sha256 for one in several)
    sha256 = sorted({digest for one in several for digest in one.sha256}) if pinned else []
    indexes = sorted({index for one in several for index in one.indexes or ("",)})
    path = next((one.path for one in several if one.path), "")
    return replace(first, sha256=tuple(sha256), path=path, indexes=tuple(indexes) if indexes != [""] else ())


def _unreached_packages(purls: list[str], edges: tuple[Edge, ...], stated: tuple[str, ...]) -> list[str]:
    out: dict[str, list[str]] = {}
    for edge in edges:
        out.setdefault(edge.parent, []).append(edge.child)
    needed = {edge.child for edge in edges}
    seen: set[str] = set()
    _reach(stated, out, seen)
    added = []
    for purl in (*(p for p in purls if p not in needed), *(p for p in purls if p in needed)):
        if purl not in seen:
            added.append(purl)
            _reach((purl,), out, seen)
    return added


def _reach(start: Iterable[str], out: dict[str, list[str]], seen: set[str]) -> None:
    waiting = list(start)
    while waiting:
        purl = waiting.pop()
        if purl not in seen:
            seen.add(purl)
            waiting.extend(out.get(purl, ()))


class LockFormat(Protocol):
    """A module that reads one format of lists: a file of its own in the folder `locks` of an ecosystem."""

    FILE_NAMES: tuple[str, ...]  # by which a folder's lock file is found

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a file is of this format, by its name and its bytes (UTF-8, without a byte order mark)."""
        ...

    def read(self, path: Path) -> Inventory:
        """What it lists; InputError when it is not what it says it is."""
        ...
