"""What a build of a tree needs, as the tree's own lock pins it: fetched, compared by SHA-512, laid out for the box.

The client is not asked to do this: outside of the box it would read settings of the tree and ask any host that the lock
names. Here only the registry is asked that the package's name comes from, nothing is run, and what the lock does not
pin by SHA-512 is not taken. The keys of a lock of version 2 or 3 are places ("package-lock.json" of the client's
documentation), so the layout is the lock's.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote

from supplytrust.ecosystems.contents import Contents
from supplytrust.ecosystems.npm import tarball
from supplytrust.ecosystems.npm.locks import entries
from supplytrust.ecosystems.npm.manifest import MANIFEST, check_name
from supplytrust.ecosystems.npm.packument import LARGEST_TARBALL, digests_of, registry_base
from supplytrust.ecosystems.npm.versions import is_whole
from supplytrust.errors import MalformedError, NotFoundError, RefusedError, SourceError, SupplytrustError, TooLargeError
from supplytrust.formats.json_reader import Limits, read_object
from supplytrust.formats.list_file import Field
from supplytrust.io.archives import collector, reader
from supplytrust.io.context import CollectContext
from supplytrust.model.claims.rebuild import BuildRequirement
from supplytrust.model.subject import Artifact, ArtifactKind

LOCKS: Final = ("npm-shrinkwrap.json", "package-lock.json")
OTHER_LOCKS: Final = ("pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb")
MOST: Final = 3000
LARGEST_TOGETHER: Final = 2 * 2**30
_UNPACKED = collector.Limits(keep_member=2**28, keep_total=2**30, elf_member=2**28, elf_total=2**30)
_LIMITS = Limits(size=64 * 2**20, depth=64, values=4_000_000, floats=True)
_MODULES = r"node_modules/(?:@[^/]+/)?[^/@][^/]*"
_PLACE = re.compile(rf"(?:[A-Za-z0-9@._+-]+/)*?{_MODULES}(?:/{_MODULES})*")
_COMMAND = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class LockedTool:
    """One entry of a lock that a client would install here: its place below the lock, name, version and digest."""

    place: str
    name: str
    version: str
    sha512: str


def find_lock(tree: Path, folder: str) -> Path:
    """The client's lock beside the package or at the root of its tree. NotFoundError names another client's."""
    places = [tree / folder, tree] if folder else [tree]
    for place in places:
        for name in LOCKS:
            if (place / name).is_file() and not (place / name).is_symlink():
                return place / name
    other = next((name for place in places for name in OTHER_LOCKS if (place / name).exists()), "")
    raise NotFoundError(f"no-lock: the tree has {f'only {other}' if other else 'none'}, and its tools are not pinned")


def read_lock(lock: Path) -> tuple[tuple[LockedTool, ...], tuple[tuple[str, str], ...]]:
    """What is to be installed, and the links to folders of the tree. SourceError: one entry cannot be had by digest."""
    installed = {place: entry for place, entry in _entries(lock).items() if _is_installed(lock, place, entry)}
    wrong = next((p for p in installed if not _PLACE.fullmatch(p) or ".." in p.split("/")), "")
    if wrong or len(installed) > MOST:
        raise RefusedError(f"weak-lock: {f'{wrong[:60]!r} is no place' if wrong else f'more than {MOST} packages'}")
    links = {place: entry for place, entry in installed.items() if entry.get("link") is True}
    tools = [_tool(place, entry) for place, entry in installed.items() if place not in links]
    return tuple(tools), tuple((place, str(entry.get("resolved") or "")) for place, entry in links.items())


def _entries(lock: Path) -> dict[str, Any]:
    try:
        read = cast("dict[str, Any]", read_object(lock.read_bytes(), _LIMITS))
    except (OSError, SupplytrustError) as error:
        raise MalformedError(f"weak-lock: {lock.name} cannot be read: {str(error)[:80]}") from None
    packages = read.get("packages")
    if read.get("lockfileVersion") not in (2, 3) or not isinstance(packages, dict):
        raise MalformedError(f"weak-lock: {lock.name} is not of version 2 or 3")
    return packages


def _is_installed(lock: Path, place: str, entry: object) -> bool:
    """In a folder of packages, not inside of another package's tarball, and not optional for another platform."""
    if "node_modules/" not in place or not isinstance(entry, dict) or entry.get("inBundle") is True:
        return False
    return entry.get("optional") is not True or entries.fits_here(entries.platforms_of(Field(entry, lock, place)))


def _tool(place: str, entry: dict[str, Any]) -> LockedTool:
    named = entry.get("name")
    name = named if isinstance(named, str) else place.rpartition("node_modules/")[2]
    version = entry.get("version")
    sha512 = digests_of(entry.get("integrity")).get("sha512", "")
    if not isinstance(version, str) or not is_whole(version) or not sha512:
        raise RefusedError(f"weak-lock: {name[:60]} is not pinned by version and SHA-512")
    return LockedTool(place, check_name(name), version, sha512)


def bring(tree: Path, folder: str, world: CollectContext) -> tuple[BuildRequirement, ...]:
    """Install what the tree's lock pins into the tree. UnreachableError, OfflineError; others say why not."""
    lock = find_lock(tree, folder)
    tools, links = read_lock(lock)
    kept: dict[str, bytes] = {}
    used = set()
    together = 0
    for number, tool in enumerate(tools):
        if tool.sha512 not in kept:
            world.progress("rebuild", f"build tool {number + 1} of {len(tools)}: {tool.name}")
            kept[tool.sha512] = _fetch(tool, world)
            together += len(kept[tool.sha512])
        if together > LARGEST_TOGETHER:
            raise TooLargeError("weak-lock: the tools are too large together")
        data = kept[tool.sha512]
        place = lock.parent / tool.place
        if not place.resolve().is_relative_to(tree.resolve()):
            raise RefusedError(f"weak-lock: {tool.place[:60]} leads out of the tree")
        _unpack(tool, data, place)
        used.add(BuildRequirement(tool.name, tool.version, hashlib.sha256(data).hexdigest()))
    for link, target in links:
        _link(lock.parent, link, target)
    return tuple(sorted(used, key=lambda one: (one.name, one.version, one.sha256)))


def _fetch(tool: LockedTool, world: CollectContext) -> bytes:
    """The tarball at the registry's usual address for it, of exactly the pinned digest."""
    short = f"{tool.name.rpartition('/')[2]}-{tool.version}.tgz"
    url = f"{registry_base(world.settings, name=tool.name)}{quote(tool.name, safe='@/')}/-/{quote(short, safe='@')}"
    data = world.http.get(url, raw=True, limit=LARGEST_TARBALL).body
    if hashlib.sha512(data).hexdigest() != tool.sha512:
        raise RefusedError(f"digest-mismatch: the registry's {short} is not what the lock pins")
    return data


def _unpack(tool: LockedTool, data: bytes, place: Path) -> None:
    named = Artifact(f"{tool.name.rpartition('/')[2]}-{tool.version}.tgz", "", ArtifactKind.BUILT)
    try:
        found = tarball.read(named, data, keep=reader.everything, limits=_UNPACKED)
    except SourceError as error:
        raise MalformedError(
            f"weak-lock: {tool.name} {tool.version} cannot be unpacked: {error.message}"[:160]
        ) from None
    for file in found.files:
        target = place / file.path
        if file.data is None or not target.resolve().is_relative_to(place.resolve()):
            raise MalformedError(f"weak-lock: {tool.name} {tool.version} has a file that is not unpacked")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.data)
        target.chmod(0o755 if file.mode & 0o111 else 0o644)
    if (place / MANIFEST).is_file():
        _commands(place, dict(_bins(found, tool.name)))


def _bins(found: Contents, name: str) -> Iterator[tuple[str, str]]:
    try:
        own = tarball.manifest(found)
    except SourceError:
        return
    for command, path in own.bin.items():
        short, plain = command.rpartition("/")[2], posixpath.normpath(path)
        if _COMMAND.fullmatch(short) and found.file(plain) is not None and not plain.startswith(("/", "..")):
            yield short or name.rpartition("/")[2], plain


def _commands(place: Path, bins: dict[str, str]) -> None:
    """Links in `.bin` beside the package, as the client makes them; the first package of a name keeps it."""
    modules = next(above for above in place.parents if above.name == "node_modules")
    for command, path in sorted(bins.items()):
        (place / path).chmod(0o755)
        link = modules / ".bin" / command
        link.parent.mkdir(exist_ok=True)
        if not link.is_symlink() and not link.exists():
            link.symlink_to(Path("..") / place.relative_to(modules) / path)


def _link(root: Path, place: str, target: str) -> None:
    """A workspace of the tree under its name."""
    inside = (root / target).resolve()
    link = root / place
    if not target or not inside.is_relative_to(root.resolve()) or not inside.is_dir() or link.exists():
        raise RefusedError(f"weak-lock: {place[:60]} links to no folder of the tree")
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(posixpath.relpath(str(inside), str(link.parent.resolve())))
