"""Artifacts in a folder: the wheels and source distributions that lie there, each judged by its own bytes."""

from __future__ import annotations

from pathlib import Path

from supplytrust.audits.inventory import naming
from supplytrust.audits.inventory.fields import Field
from supplytrust.audits.inventory.inventory import Inventory, ListedPackage, inventory
from supplytrust.ecosystems.pypi.filenames import parse_filename
from supplytrust.model.subject import ArtifactKind

SUFFIXES = (".whl", ".tar.gz", ".zip")
MAX_FILES = 20_000


def artifacts(folder: Path) -> list[Path]:
    """The artifacts that lie directly in a folder, in order of name."""
    return sorted(p for p in folder.iterdir() if p.name.endswith(SUFFIXES) and p.is_file())


def read_folder(folder: Path) -> Inventory:
    """One package an artifact; a file whose name tells no release stays unknown. InputError."""
    found = artifacts(folder)
    if len(found) > MAX_FILES:
        raise Field("", folder, "").wrong(f"holds {len(found)} artifacts, at most {MAX_FILES} are read")
    return inventory(folder, [list_artifact(path) for path in found])


def list_artifact(path: Path) -> ListedPackage:
    """One artifact as a package of a list."""
    field = Field(path.name, path, "")
    parsed = parse_filename(path.name)
    if parsed is None or parsed.kind is ArtifactKind.OTHER:
        return naming.generic(field, path.name, "", "its file name tells no package and version")
    made = naming.python(field, parsed.name, str(parsed.version))
    purl = f"{made.purl}?file_name={path.name}"
    return ListedPackage(purl, made.wanted, (), "", str(path), str(path))
