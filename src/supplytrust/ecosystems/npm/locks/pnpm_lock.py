"""pnpm-lock.yaml, versions 5.4 to 9: packages by key, edges by `snapshots` (9) or in place (older)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from supplytrust.ecosystems import listing
from supplytrust.ecosystems.inventory import Inventory, ListedPackage, inventory
from supplytrust.ecosystems.npm.locks import entries
from supplytrust.errors import InputError
from supplytrust.formats import yaml_reader
from supplytrust.formats.list_file import Field, text
from supplytrust.model.evidence import Edge
from supplytrust.model.vocabulary import EdgeKind

FILE_NAMES = ("pnpm-lock.yaml",)
_KEY = re.compile(
    r"/?(?P<name>(?:@[^/@]+/)?[^/@]+)[@/](?P<version>(?:https?:|git|file:)[^(]+|[^(_]+)(?P<peers>[(_].*)?"
)
_GROUPS = ("dependencies", "optionalDependencies", "devDependencies")
_VERSION = re.compile(r"(5\.[34]|6\.\d+|7\.\d+|8\.\d+|9\.\d+)(?:-\S+)?")


def recognises(path: Path, head: bytes) -> bool:
    """By its name and version."""
    return path.name in FILE_NAMES or (path.suffix in (".yaml", ".yml") and head.startswith(b"lockfileVersion:"))


def read(path: Path) -> Inventory:
    """Every package of the lock. InputError."""
    try:
        top = Field(yaml_reader.read(text(path)), path, "")
    except ValueError as error:
        raise InputError(f"{path}: {str(error)[:200]}", hint="YAML in UTF-8; was it cut off?") from None
    number = top.text("lockfileVersion")
    if not _VERSION.fullmatch(number):
        raise top.wrong("is not a pnpm-lock of version 5 to 9", hint="lock again with a current client")
    notes: list[str] = []
    made = {key: listing.entry(one, partial(_package, key, one), key) for key, one in top.pairs("packages")}
    nodes = dict(top.pairs("snapshots")) or dict(top.pairs("packages"))
    edges: list[Edge] = []
    for key, one in nodes.items():
        parent = _find(key, made)
        children = listing.attempt(partial(_needs, one, made), path, notes) if parent else []
        edges += [Edge(parent.purl, c.purl, EdgeKind.LINK, "declared", path.name) for c in children if parent]
    wanted = [listing.attempt(partial(_needs, importer, made), path, notes) for importer in _importers(top)]
    roots = [one.purl for needed in wanted for one in needed]
    notes += entries.note_entries((made[key], entries.platforms_of(one)) for key, one in top.pairs("packages"))
    return inventory(path, made.values(), edges, roots, notes)


def _importers(top: Field) -> Iterator[Field]:
    """The projects of a workspace; a lock of one project may have its own needs at the top."""
    yield from (one for _, one in top.pairs("importers"))
    yield top


def _package(key: str, field: Field) -> ListedPackage:
    found = _KEY.fullmatch(key)
    name, version = field.text("name"), field.text("version")
    if found is None and not name:
        raise field.wrong("its key names no package")
    name, version = name or (found["name"] if found else ""), version or (found["version"] if found else "")
    resolution = field.get("resolution")
    integrity = resolution.text("integrity") if resolution else ""
    tarball = resolution.text("tarball") if resolution else ""
    elsewhere = resolution.text("repo") or resolution.text("directory") if resolution else ""
    return entries.release(field, name, version, integrity, f"git:{elsewhere}" if elsewhere else tarball)


def _needs(field: Field, made: Mapping[str, ListedPackage]) -> list[ListedPackage]:
    found = []
    for group in _GROUPS:
        for name, one in field.pairs(group):
            version = one.text("version") if isinstance(one.value, dict) else one.as_text()
            package = _find(f"{name}@{version}", made) or _find(version, made)
            if package is not None:
                found.append(package)
    return found


def _find(key: str, made: Mapping[str, ListedPackage]) -> ListedPackage | None:
    """A package by a key of any version, with or without the peers that it was resolved with."""
    plain = re.sub(r"\(.*$", "", key)
    spelled = _KEY.fullmatch(plain)
    keys = [key, f"/{key}", plain, f"/{plain}"]
    if spelled:
        older = f"/{spelled['name']}/{spelled['version']}"
        keys += [f"{older}{spelled['peers'] or ''}", older]
    return next((made[k] for k in keys if k in made), None)
