"""Pipfile.lock (pipfile-spec 6)."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from supplytrust.dependencies.inputs import naming
from supplytrust.dependencies.inputs.fields import Field, json
from supplytrust.dependencies.inputs.inventory import Inventory, Listed, inventory

_ELSEWHERE = ("git", "hg", "svn", "path", "file", "editable")


def recognises(path: Path, head: bytes) -> bool:
    """By its name, or by the name of its format."""
    return path.name == "Pipfile.lock" or b'"pipfile-spec"' in head


def read(path: Path) -> Inventory:
    """Packages of every section. InputError."""
    top = json(path)
    if top.get("_meta") is None:
        raise top.wrong("has no '_meta'", hint="this is not a Pipfile.lock")
    found: list[Listed] = []
    unused: list[str] = []
    sections = top.value if isinstance(top.value, dict) else {}
    for section in (name for name in sections if name != "_meta"):
        for name, package in top.pairs(section):
            one = naming.entry(package, partial(_package, package, name, unused), name)
            if one is not None:
                found.append(one)
    return inventory(path, found, notes=naming.unused(unused))


def _package(package: Field, name: str, unused: list[str]) -> Listed | None:
    if not naming.applies(package, package.text("markers")):
        unused.append(name)
        return None
    elsewhere = next((key for key in _ELSEWHERE if package.get(key)), "")
    version = package.text("version")
    if version and not version.startswith("=="):
        return naming.python(package, name, specifier=version if version != "*" else "")
    pins = [pin.as_text() for pin in package.items("hashes")]
    unknown = f"from {elsewhere}" if elsewhere else ""
    return naming.python(package, name, version.lstrip("="), pins=pins, unknown=unknown)
