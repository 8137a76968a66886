"""Pipfile.lock (pipfile-spec 6)."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from supplytrust.ecosystems import listing
from supplytrust.ecosystems.inventory import Inventory, ListedPackage, inventory
from supplytrust.ecosystems.pypi.locks import entries
from supplytrust.formats.list_file import Field, json

FILE_NAMES = ("Pipfile.lock",)
_ELSEWHERE = ("git", "hg", "svn", "path", "file", "editable")


def recognises(path: Path, head: bytes) -> bool:
    """By its name, or by the name of its format."""
    return path.name == "Pipfile.lock" or b'"pipfile-spec"' in head


def read(path: Path) -> Inventory:
    """Packages of every section. InputError."""
    top = json(path)
    if top.get("_meta") is None:
        raise top.wrong("has no '_meta'", hint="this is not a Pipfile.lock")
    found: list[ListedPackage] = []
    unused: list[str] = []
    named, first = _sources(top)
    sections = top.value if isinstance(top.value, dict) else {}
    for section in (name for name in sections if name != "_meta"):
        for name, package in top.pairs(section):
            one = listing.entry(package, partial(_package, package, name, unused, (named, first)), name)
            if one is not None:
                found.append(one)
    return inventory(path, found, notes=entries.note_of_unused(unused))


def _sources(top: Field) -> tuple[dict[str, str], str]:
    """The addresses of the indexes by their names, and the first one, which counts where a package names none."""
    meta = top.get("_meta")
    sources = list(meta.items("sources")) if meta else []
    named = {s.text("name"): s.text("url") for s in sources}
    return named, next((s.text("url") for s in sources), "")


def _package(package: Field, name: str, unused: list[str], sources: tuple[dict[str, str], str]) -> ListedPackage | None:
    if not entries.applies(package, package.text("markers")):
        unused.append(name)
        return None
    elsewhere = next((key for key in _ELSEWHERE if package.get(key)), "")
    version, index = package.text("version"), package.text("index")
    if index and index not in sources[0]:
        elsewhere = elsewhere or f"the index {index[:80]!r}, which the file does not describe"
    url = sources[0].get(index, "") if index else sources[1]
    pins = [pin.as_text() for pin in package.items("hashes")]
    exact = version.startswith("==") and "*" not in version
    return entries.package(
        package,
        name,
        version.lstrip("=") if exact else "",
        pins=pins,
        specifier="" if exact or version == "*" else version,
        unknown=f"from {elsewhere}" if elsewhere else "",
        indexes=[url] if url else [],
    )
