"""wkg.lock: packages of WebAssembly registries that a component is built against, each release with a content digest.

Which repository a name stands for is told by the registry's own metadata, which is not asked here: the packages are
listed with their digests and stay unknown. The digest is of the component itself, so that one who has its file can
judge that ("wasm-pkg-tools", crates/wasm-pkg-core/src/lock.rs).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from packageurl import PackageURL

from supplytrust.ecosystems import listing
from supplytrust.ecosystems.inventory import Inventory, ListedPackage, inventory
from supplytrust.formats.list_file import Field, toml

FILE_NAMES = ("wkg.lock",)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_NAME = re.compile(r"[a-z][a-z0-9-]*:[a-z][a-z0-9-]*(?:/[a-z][a-z0-9-]*)*")


def recognises(path: Path, head: bytes) -> bool:  # noqa: ARG001
    """By its name."""
    return path.name in FILE_NAMES


def read(path: Path) -> Inventory:
    """Every release of every package. InputError."""
    top = toml(path)
    version = top.get("version")
    if version is None or version.value != 1 or isinstance(version.value, bool):
        raise top.wrong("is not a wkg.lock of version 1", hint="lock again with a current client")
    listed = [one for entry in top.items("packages") for one in _releases(entry)]
    return inventory(path, listed)


def _releases(entry: Field) -> Iterator[ListedPackage]:
    versions = list(entry.items("versions")) if isinstance(entry.value, dict) else []
    if not versions:
        yield listing.generic(entry, listing.text_of(entry, "name"), "", "the lock names no release of it")
    for one in versions:
        yield listing.entry(one, partial(_release, entry, one), listing.text_of(entry, "name"))


def _release(entry: Field, one: Field) -> ListedPackage:
    name, version, digest = entry.text("name", required=True), one.text("version", required=True), one.text("digest")
    if not _NAME.fullmatch(name):
        raise entry.wrong(f"{name[:80]!r} is not the name of a package")
    if not _DIGEST.fullmatch(digest):
        raise one.wrong(f"its digest {digest[:20]!r} is no sha256")
    space, _, short = name.partition(":")
    registry = entry.text("registry")
    whose = f"registry {listing.escape_text(registry, 80)}" if registry else "the registry that is configured for it"
    purl = PackageURL("generic", space, short, version, {"checksum": digest}).to_string()
    why = f"{whose} is not asked: judge the component by its file, {digest[:19]}…"
    return ListedPackage(purl, None, (digest.removeprefix("sha256:"),), why, listing.place_of(one))
