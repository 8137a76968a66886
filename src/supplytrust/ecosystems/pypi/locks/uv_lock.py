"""uv.lock (versions 1.x of the format)."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from supplytrust.ecosystems import listing
from supplytrust.ecosystems.inventory import Inventory, ListedPackage, inventory
from supplytrust.ecosystems.pypi.locks import entries
from supplytrust.formats.list_file import Field, toml
from supplytrust.model.evidence import Edge
from supplytrust.model.subject import package_of
from supplytrust.model.vocabulary import EdgeKind

FILE_NAMES = ("uv.lock",)
_LOCAL = ("editable", "virtual", "directory", "path", "git", "url")


def recognises(path: Path, head: bytes) -> bool:  # noqa: ARG001
    """By its name."""
    return path.name == "uv.lock" or path.name.endswith(".uv.lock")


def read(path: Path) -> Inventory:
    """Packages of every platform and group in the lock; the project itself is the root. InputError."""
    top = toml(path)
    version = top.get("version")
    if version is None or version.value is True or version.value != 1:
        raise top.wrong("is not a uv.lock of version 1", hint="lock again with a current uv")
    packages = list(top.items("package"))
    notes: list[str] = []
    made = [(package, listing.entry(package, partial(_package, package))) for package in packages]
    own = {one.purl for package, one in made if _is_project(package)}
    by_name: dict[str, list[str]] = {}
    for _, one in made:
        by_name.setdefault(package_of(one.purl), []).append(one.purl)
    edges: list[Edge] = []
    for package, one in made:
        edges += listing.attempt(partial(_edges, package, one.purl, by_name), path, notes)
    roots = [edge.child for edge in edges if edge.parent in own]
    return inventory(path, (one for _, one in made if one.purl not in own), edges, roots, notes)


def _is_project(package: Field) -> bool:
    source = package.get("source") if isinstance(package.value, dict) else None
    return source is not None and "." in {
        listing.text_of(source, "editable"),
        listing.text_of(source, "virtual"),
    }


def _package(package: Field) -> ListedPackage:
    name, version = package.text("name", required=True), package.text("version")
    source = package.get("source")
    if source is None:
        raise package.wrong("has no 'source'")
    local = next((f"from {key}: {listing.escape_text(source.text(key), 120)}" for key in _LOCAL if source.get(key)), "")
    index = source.text("registry")
    if not local and not index:
        local = "its source names no index, repository or folder that is known"
    if not local and not version:
        local = "the lock names no version of it"
    files = [*package.items("wheels"), *(f for f in (package.get("sdist"),) if f)]
    pins = [file.text("hash") for file in files if file.get("hash")]
    return entries.package(package, name, version, pins=pins, unknown=local, indexes=[index] if index else [])


def _edges(package: Field, parent: str, by_name: dict[str, list[str]]) -> list[Edge]:
    needs = list(package.items("dependencies"))
    for groups in ("optional-dependencies", "dev-dependencies"):
        for group, _ in package.pairs(groups):
            table = package.get(groups)
            needs += list(table.items(group)) if table else []
    edges = []
    for need in needs:
        child = entries.package(need, need.text("name", required=True), need.text("version")).purl
        named = by_name.get(package_of(child), [])
        edges += [
            Edge(parent, p, EdgeKind.LINK, "declared", "uv.lock") for p in named if "@" not in child or p == child
        ]
    return edges
