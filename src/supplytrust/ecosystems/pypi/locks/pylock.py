"""pylock.toml (PEP 751, https://packaging.python.org/specifications/pylock-toml/)."""

from __future__ import annotations

import platform
from functools import partial
from pathlib import Path

from packaging.specifiers import SpecifierSet

from supplytrust.ecosystems import listing
from supplytrust.ecosystems.inventory import Inventory, ListedPackage, inventory
from supplytrust.ecosystems.pypi.locks import entries
from supplytrust.errors import InputError
from supplytrust.formats.list_file import Field, toml
from supplytrust.model.evidence import Edge
from supplytrust.model.subject import package_of
from supplytrust.model.vocabulary import EdgeKind

FILE_NAMES = ("pylock.toml",)
EMPTY: entries.Selection = {"extras": frozenset(), "dependency_groups": frozenset()}
_ELSEWHERE = {"vcs": "a repository", "directory": "a local folder", "archive": "an archive at an address"}


def recognises(path: Path, head: bytes) -> bool:
    """`pylock.toml` or `pylock.<name>.toml`, or what says so itself."""
    return path.suffix == ".toml" and (path.name.startswith("pylock.") or b"lock-version" in head)


def read(path: Path) -> Inventory:
    """Packages with the digests of their files. InputError."""
    top = toml(path)
    version = top.text("lock-version", required=True)
    if version.split(".")[0] != "1":
        raise top.wrong(f"lock-version {version} is not read", hint="known: 1.0")
    found: list[tuple[Field, ListedPackage]] = []
    unused: list[str] = []
    selection = _selection(top)
    notes = _environment(top)
    for package in top.items("packages"):
        one = listing.entry(package, partial(_package, package, unused, selection))
        if one is not None:
            found.append((package, one))
    by_name: dict[str, list[str]] = {}
    for _, one in found:
        by_name.setdefault(package_of(one.purl), []).append(one.purl)
    edges: list[Edge] = []
    for package, one in found:
        edges += listing.attempt(partial(_edges, package, one, by_name), path, notes)
    return inventory(path, (one for _, one in found), edges, notes=(*notes, *entries.note_of_unused(unused)))


def _selection(top: Field) -> dict[str, frozenset[str]]:
    """What an installer takes unless it is told otherwise: no extra, and the groups that the lock calls default."""
    groups = [group.as_text() for group in top.items("default-groups")]
    return {"extras": frozenset(), "dependency_groups": frozenset(groups)}


def _environment(top: Field) -> list[str]:
    """Notes about what the lock was made for, where that is not the running interpreter."""
    notes: list[str] = []
    wanted = top.text("requires-python")
    try:
        if wanted and not SpecifierSet(wanted).contains(platform.python_version(), prereleases=True):
            notes.append(f"the lock requires Python {wanted}: its markers are evaluated for another one")
    except ValueError:
        notes.append(f"requires-python {listing.escape_text(wanted, 80)!r} cannot be read")
    try:
        markers = [(field, field.as_text()) for field in top.items("environments")]
        if markers and not any(entries.applies(field, marker, EMPTY) for field, marker in markers):
            notes.append(
                "the lock is for other environments than this one: its markers are evaluated here all the same"
            )
    except InputError as error:
        notes.append(listing.reason_of(top, error))
    return notes


def _package(package: Field, unused: list[str], selection: entries.Selection) -> ListedPackage | None:
    name = package.text("name", required=True)
    if not entries.applies(package, package.text("marker"), selection):
        unused.append(name)
        return None
    elsewhere = next((what for key, what in _ELSEWHERE.items() if package.get(key)), "")
    unknown = f"from {elsewhere}" if elsewhere else ""
    version, index = package.text("version"), package.text("index")
    files = [*package.items("wheels"), *(f for f in (package.get("sdist"),) if f)]
    pins = [pin for file in files for pin in _pins(file)]
    if any(file.get("path") and not file.get("url") for file in files):
        unknown = unknown or "from files in a folder beside the lock"
    if not version:
        unknown = unknown or "the lock names no version of it"
    return entries.package(package, name, version, pins=pins, unknown=unknown, indexes=[index] if index else [])


def _pins(file: Field) -> list[str]:
    found = [f"{algorithm}:{digest.as_text()}" for algorithm, digest in file.pairs("hashes")]
    if not found:
        raise file.wrong("has no 'hashes'")
    return found


def _edges(package: Field, one: ListedPackage, by_name: dict[str, list[str]]) -> list[Edge]:
    edges = []
    for need in package.items("dependencies"):
        child = entries.package(need, need.text("name", required=True), need.text("version"))
        named = by_name.get(package_of(child.purl), [])
        edges += [
            Edge(one.purl, p, EdgeKind.LINK, "declared", package.path.name)
            for p in named
            if "@" not in child.purl or p == child.purl
        ]
    return edges
