"""Lock files, bills of materials, lists, folders and environments: one reader a format, told by name and content.

A reader has `recognises(path, head)` and `read(path)`; a new format is one new file.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from pathlib import Path
from typing import Protocol, cast

from supplytrust.audits.inventory import folders
from supplytrust.audits.inventory.fields import MAX_JSON, utf8
from supplytrust.audits.inventory.inventory import Inventory, ListedPackage, inventory, join_inventories
from supplytrust.errors import InputError, NothingToAssessError

HEAD = 64 * 1024
LOCKS = ("pylock.toml", "uv.lock", "poetry.lock", "Pipfile.lock", "requirements.txt", "bom.json", "sbom.json")

__all__ = ["Inventory", "ListedPackage", "inventory", "join_inventories", "read"]


class Reader(Protocol):
    """A module of this folder that reads one format."""

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether a file is of this format, by its name and its bytes (UTF-8, without a byte order mark)."""
        ...

    def read(self, path: Path) -> Inventory:
        """What it lists; InputError when it is not what it says it is."""
        ...


def readers() -> tuple[Reader, ...]:
    """Every reader of this folder, in order of name."""
    modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
    return tuple(cast("Reader", m) for m in modules if hasattr(m, "recognises"))


def read(path: Path) -> Inventory:
    """The packages that a file or folder lists.

    Raises:
        InputError: it cannot be read, or is not of a known format; names file and position.
        NothingToAssessError: it can be read and lists nothing.
    """
    found = _read_folder(path) if path.is_dir() else _read_file(path)
    if not found.listed:
        raise NothingToAssessError(f"{path} lists no packages", hint="nothing was judged")
    return found


def _read_folder(folder: Path) -> Inventory:
    if folders.is_environment(folder):
        return folders.read(folder)
    try:
        if folders.artifacts(folder):
            return folders.read_folder(folder)
        locks = [folder / name for name in LOCKS if (folder / name).is_file()]
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error.strerror}", hint="check its permissions") from None
    if not locks:
        raise NothingToAssessError(
            f"{folder} holds no artifacts and no lock file", hint=f"known names: {', '.join(LOCKS)}, *.whl, *.tar.gz"
        )
    return join_inventories(read(lock) for lock in locks)


def _read_file(path: Path) -> Inventory:
    if path.name.endswith(folders.SUFFIXES) and path.is_file():
        return inventory(path, [folders.list_artifact(path)])
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for
            raise InputError(f"{path}: is not a regular file", hint="check the path")
        with path.open("rb") as stream:
            whole = os.fstat(stream.fileno()).st_size <= MAX_JSON  # what is larger is read by nobody
            head = stream.read(MAX_JSON if whole else HEAD)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}", hint="check the path") from None
    head = utf8(head, path) if whole else head
    for reader in readers():
        if reader.recognises(path, head):
            return reader.read(path)
    if not head.strip():
        raise NothingToAssessError(f"{path} is empty", hint="nothing was judged")
    raise InputError(
        f"{path}: not a list that can be read",
        hint="known: requirements.txt, pylock.toml, uv.lock, poetry.lock, Pipfile.lock, CycloneDX, SPDX, purls",
    )
