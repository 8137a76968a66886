"""Lists of packages: bills of materials and purls (a reader a format here), lock files (a reader in their ecosystem).

What a file is is told by name and content. A list may name an index for one package (lock files) or for all of them: a
package of the same name on another index is another package. It is judged when that is the index configured for it,
and unknown otherwise. What names the public index means the configured one too, as a bare name does, unless a pattern
of the configuration says where the package comes from.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from dataclasses import replace
from pathlib import Path
from typing import cast

from supplytrust import ecosystems
from supplytrust.ecosystems import Ecosystem
from supplytrust.ecosystems.inventory import Inventory, ListedPackage, LockFormat, inventory, join_inventories
from supplytrust.ecosystems.listing import escape_text, list_artifact
from supplytrust.errors import InputError, NothingToAssessError
from supplytrust.formats.list_file import MAX_JSON, Field, utf8
from supplytrust.model.policy import Settings

HEAD = 64 * 1024
MAX_FILES = 20_000  # artifacts of a folder
BILLS = ("bom.json", "sbom.json", "wkg.lock")  # by these names a folder's bill of materials is found
KNOWN = ("CycloneDX", "SPDX", "wkg.lock", "purls")

__all__ = ["Inventory", "ListedPackage", "at_configured", "inventory", "join_inventories", "read"]


def readers() -> tuple[LockFormat, ...]:
    """Every reader: of this folder in order of name, then those of the ecosystems."""
    modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
    own = (cast("LockFormat", m) for m in modules if hasattr(m, "recognises"))
    return (*own, *(form for one in _every_ecosystem() for form in one.lock_formats()))


def _every_ecosystem() -> tuple[Ecosystem, ...]:
    return tuple(map(ecosystems.for_type, ecosystems.known_types()))


def _lock_names() -> tuple[str, ...]:
    """The names by which a folder's lock files are known."""
    return tuple(name for one in _every_ecosystem() for form in one.lock_formats() for name in form.FILE_NAMES)


def _suffixes() -> tuple[str, ...]:
    return tuple(suffix for one in _every_ecosystem() for suffix in one.FILE_SUFFIXES)


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
    installed = next((one for one in _every_ecosystem() if one.is_environment(folder)), None)
    if installed:
        return installed.read_environment(folder)
    names = (*_lock_names(), *BILLS)
    try:
        artifacts = sorted(p for p in folder.iterdir() if p.name.endswith(_suffixes()) and p.is_file())
        locks = [folder / name for name in names if (folder / name).is_file()]
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error.strerror}", hint="check its permissions") from None
    if artifacts:
        if len(artifacts) > MAX_FILES:
            raise Field("", folder, "").wrong(f"holds {len(artifacts)} artifacts, at most {MAX_FILES} are read")
        return inventory(folder, [list_artifact(path) for path in artifacts])
    if not locks:
        known = (*names, *(f"*{suffix}" for suffix in _suffixes()))
        raise NothingToAssessError(
            f"{folder} holds no artifacts and no lock file", hint=f"known names: {', '.join(known)}"
        )
    return join_inventories(read(lock) for lock in locks)


def _read_file(path: Path) -> Inventory:
    if path.name.endswith(_suffixes()) and path.is_file():
        return inventory(path, [list_artifact(path)])
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
    raise InputError(f"{path}: not a list that can be read", hint=f"known: {', '.join((*_lock_names(), *KNOWN))}")


# --- where a listed package comes from

HINT = "[index] in the configuration says which index packages come from"


def at_configured(found: Inventory, settings: Settings) -> Inventory:
    """The inventory in which whatever may come from another index than the configured one is unknown."""
    return replace(found, listed=tuple(_check_index(one, settings) for one in found.listed))


def _check_index(one: ListedPackage, settings: Settings) -> ListedPackage:
    if one.wanted is None or one.path or not one.indexes:
        return one
    ecosystem = ecosystems.for_type(one.wanted.type)
    own = ecosystem.configured_index(one.wanted.name, settings)
    mapped = bool(settings.index_pattern(one.wanted.type, one.wanted.name))
    others = [i for i in one.indexes if not _means(i, own, ecosystem, mapped=mapped)]
    if not others:
        return one
    if len(others) < len(one.indexes) and all(_is_configured(i, ecosystem, settings) for i in others):
        return one  # the configuration names all of them, and says which one this package is from
    verb = "from" if len(others) == len(one.indexes) == 1 else "may come from"
    places = " or ".join(escape_text(index, 120) for index in others[:3])
    why = f"{verb} {places}, which is not the index configured for it: {HINT}"
    return replace(one, wanted=None, unknown=why)


def _means(index: str, own: str, ecosystem: Ecosystem, *, mapped: bool) -> bool:
    """Whether an address means the index that is configured for a package."""
    return not index or ecosystem.same_index(index, own) or (not mapped and ecosystem.is_default_index(index))


def _is_configured(index: str, ecosystem: Ecosystem, settings: Settings) -> bool:
    known = settings.index.values()
    return not index or ecosystem.is_default_index(index) or any(ecosystem.same_index(index, one) for one in known)
