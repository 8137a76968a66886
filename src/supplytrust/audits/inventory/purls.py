"""A list of purls, one a line; `#` starts a comment."""

from __future__ import annotations

from pathlib import Path

from supplytrust.audits.inventory import naming
from supplytrust.audits.inventory.fields import Field, content, list_text
from supplytrust.audits.inventory.inventory import Inventory, inventory


def recognises(path: Path, head: bytes) -> bool:
    """A text whose first entry is a purl."""
    rows = [row.strip() for row in head.splitlines()]
    first = next((row for row in rows if row and not row.startswith(b"#")), b"")
    return path.suffix not in {".json", ".toml", ".lock"} and first.startswith(b"pkg:")


def read(path: Path) -> Inventory:
    """One package a line; a line that is no purl stays unknown. InputError."""
    found = []
    read_text, notes = list_text(content(path), path)
    for number, row in enumerate(read_text.splitlines(), 1):
        entry = row.strip() if row.lstrip().startswith("#") else row.split(" #")[0].strip()
        if entry and not entry.startswith("#"):
            found.append(naming.package_of_purl(Field(entry, path, f"line {number}"), entry))
    return inventory(path, found, notes=notes)
