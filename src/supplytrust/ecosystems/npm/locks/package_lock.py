"""package-lock.json and npm-shrinkwrap.json: versions 2 and 3 by their table `packages`; version 1 stays unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from supplytrust.ecosystems import listing
from supplytrust.ecosystems.inventory import Inventory, ListedPackage, inventory
from supplytrust.ecosystems.npm.locks import entries
from supplytrust.ecosystems.npm.versions import is_whole
from supplytrust.formats.list_file import Field, has_name, json
from supplytrust.model.evidence import Edge
from supplytrust.model.vocabulary import EdgeKind

FILE_NAMES = ("package-lock.json", "npm-shrinkwrap.json")
_NEEDS = ("dependencies", "optionalDependencies", "peerDependencies", "devDependencies")
_MODULES = "node_modules/"
_LOCAL = "it is a part of the project itself"


def recognises(path: Path, head: bytes) -> bool:
    """By its name, else by the field that only such locks have."""
    return path.name in FILE_NAMES or (path.suffix == ".json" and has_name(head, b"lockfileVersion"))


def read(path: Path) -> Inventory:
    """Every package of the lock, also those that are for development or another platform. InputError."""
    top = json(path)
    version = top.get("lockfileVersion")
    number = None if version is None or isinstance(version.value, bool) else version.value
    if number == 1:
        return _read_first_version(path, top)
    if number not in (2, 3):
        raise top.wrong("is not a package-lock of version 1, 2 or 3", hint="lock again with a current client")
    fields = dict(top.pairs("packages"))
    made = {key: listing.entry(one, partial(_package, key, one), _name(key, one)) for key, one in fields.items() if key}
    notes = [*_disagreements(top, made)]
    edges: list[Edge] = []
    roots: list[str] = []
    for key, one in fields.items():
        needed = listing.attempt(partial(_needs, key, one, made), path, notes)
        if _is_own(key):
            roots += [child.purl for child in needed if child.unknown != _LOCAL]
        else:
            edges += [Edge(made[key].purl, n.purl, EdgeKind.LINK, "declared", path.name) for n in needed]
    listed = [key for key in made if not _is_own(key) and not _is_link(fields[key])]
    notes += entries.note_entries((made[key], entries.platforms_of(fields[key])) for key in listed)
    return inventory(path, (made[key] for key in listed), edges, roots, notes)


def _is_own(key: str) -> bool:
    """The project itself, and its workspaces, which lie in no `node_modules`."""
    return f"/{key}".rpartition(f"/{_MODULES}")[1] == ""


def _is_link(field: Field) -> bool:
    return isinstance(field.value, dict) and field.value.get("link") is True


def _name(key: str, field: Field) -> str:
    """The name that is said for an alias, else the one of its folder."""
    return listing.text_of(field, "name") or key.rpartition(_MODULES)[2]


def _package(key: str, field: Field) -> ListedPackage:
    name, version, resolved = _name(key, field), field.text("version"), field.text("resolved")
    unknown = _LOCAL if _is_own(key) or _is_link(field) else ""
    if not unknown and isinstance(field.value, dict) and field.value.get("inBundle") is True:
        unknown = "it is bundled in the package that needs it, whose digest covers it"
    if not unknown and not version:
        unknown = "the lock names no version of it"
    return entries.release(field, name, version, field.text("integrity"), resolved, unknown)


def _needs(key: str, field: Field, made: Mapping[str, ListedPackage]) -> list[ListedPackage]:
    """What a package needs, found as the run-time finds it: in its own folder, then in every folder above."""
    found = []
    for table in _NEEDS if _is_own(key) else _NEEDS[:3]:
        for name, _ in field.pairs(table):
            place = next((p for p in _places(key, name) if p in made), "")
            if place:
                found.append(made[place])
    return found


def _places(key: str, name: str) -> Iterator[str]:
    folder = key
    while folder:
        yield f"{folder}/{_MODULES}{name}"
        folder = folder.rpartition(f"/{_MODULES}")[0] if f"/{_MODULES}" in folder else ""
    yield f"{_MODULES}{name}"


def _disagreements(top: Field, made: Mapping[str, ListedPackage]) -> Iterator[str]:
    """Version 2 has the tree twice, for older clients: they must not install something else."""
    older = {(name, version) for name, version, _ in _first_version(top)}
    if not older:
        return
    ours = {(key.rpartition(_MODULES)[2], text) for key, one in made.items() if (text := one.purl.partition("@")[2])}
    other = sorted(name for name, version in older if version and (name, version) not in ours and "@" not in name)
    known = {name for name, _ in ours}
    differing = [name for name in other if name in known and is_whole(dict(older).get(name, ""))]
    if differing:
        shown = ", ".join(listing.escape_text(name, 60) for name in differing[:4])
        yield f"the table for older clients names other versions: {shown}"


def _first_version(field: Field) -> Iterator[tuple[str, str, Field]]:
    waiting = [field]
    while waiting:
        for name, one in waiting.pop().pairs("dependencies"):
            yield name, listing.text_of(one, "version"), one
            waiting.append(one)


def _read_first_version(path: Path, top: Field) -> Inventory:
    why = "a lock of version 1 does not say which package a folder holds"
    listed = [entries.package(one, name, version, unknown=why) for name, version, one in _first_version(top)]
    return inventory(path, listed, notes=["version 1 of the lock is listed and not judged: lock again"])
