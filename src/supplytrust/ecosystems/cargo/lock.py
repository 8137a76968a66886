"""`Cargo.lock`, forms 1 to 4: what was resolved, from where, with which digest.

Form 1 keeps checksums in `[metadata]`, later ones beside the package; form 4 writes git addresses percent-encoded.
A package without a source is a member of the workspace or lies at a path. The file holds every target, every feature
and the dev-dependencies: more than any one build uses.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from supplytrust.ecosystems.cargo import index
from supplytrust.ecosystems.cargo.address import is_public
from supplytrust.ecosystems.cargo.source_rules import LOCK_KNOWN, LOCK_UNKNOWN
from supplytrust.ecosystems.cargo.versions import is_whole
from supplytrust.errors import MalformedError, MalformedTomlError, NotFoundError, SourceError
from supplytrust.formats.toml import read_toml
from supplytrust.io.context import CollectContext

LARGEST = 4 * 2**20
MOST_PACKAGES = 20_000
FORMS = (1, 2, 3, 4)
SLACK = timedelta(minutes=5)  # a workspace publishes its members one after the other
_HEX = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,127}", re.ASCII)
_EDGE = re.compile(r"(?P<name>\S+)(?: (?P<version>[^\s(]+))?(?: \((?P<source>[^()]*)\))?")


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """One package of a lock. `source` is '' for a member of the workspace, else `registry+...`, `git+...#commit`."""

    name: str
    version: str
    source: str = ""
    sha256: str = ""
    needs: tuple[tuple[str, str, str], ...] = ()  # (name, version, source), empty where the lock leaves them out

    @property
    def from_registry(self) -> bool:
        """Whether a registry gave it."""
        return self.source.startswith(("registry+", "sparse+"))

    @property
    def is_public(self) -> bool:
        """Whether the public registry gave it."""
        return self.from_registry and is_public(self.source)

    @property
    def commit(self) -> str:
        """The commit of a package that comes from git."""
        return self.source.rpartition("#")[2] if self.source.startswith("git+") and "#" in self.source else ""


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock file. `replaced` names packages that a `[patch]` or `[replace]` puts in the place of the registry's."""

    form: int
    packages: tuple[LockedPackage, ...]
    unused_patches: tuple[str, ...] = ()


def join_edges(packages: Iterable[LockedPackage]) -> Iterator[tuple[LockedPackage, LockedPackage | None]]:
    """Every dependency as (who needs, what is needed); None for what is not one package of the lock."""
    known = list(packages)
    fitting: dict[tuple[str, str, str], list[LockedPackage]] = {}  # by each way in which an edge may name a package
    for package in known:
        source = package.source.partition("#")[0]
        for key in {(package.name, v, s) for v in ("", package.version) for s in ("", source)}:
            fitting.setdefault(key, []).append(package)
    for package in known:
        for need in package.needs:
            named = fitting.get(need, ())
            yield package, (named[0] if len(named) == 1 else None)


def read_lock(data: bytes) -> Lock:
    """A lock file's bytes. MalformedError (with the line where TOML is broken), also for what is given twice."""
    try:
        tables = read_toml(data, largest=LARGEST)
    except MalformedTomlError as error:
        raise MalformedError(f"not a Cargo.lock: {error.message}, line {error.line}"[:200]) from error
    entries = tables.get("package", [])
    form = tables.get("version", 0)
    if not isinstance(entries, list) or not isinstance(form, int) or isinstance(form, bool):
        raise MalformedError("not a Cargo.lock: no list of packages")
    if form not in (0, *FORMS):
        raise MalformedError(f"Cargo.lock of form {form}: 1 to 4 are read")
    if len(entries) > MOST_PACKAGES:
        raise MalformedError(f"Cargo.lock of {len(entries)} packages: at most {MOST_PACKAGES} are read")
    if isinstance(tables.get("root"), dict):  # of the first locks: the workspace's own package
        entries = [*entries, tables["root"]]
    checksums = old_checksums(tables.get("metadata"))
    packages = tuple(read_entry(entry, checksums) for entry in entries)
    counts = Counter((p.name, p.version, p.source) for p in packages)
    twice = next((one for one, count in counts.items() if count > 1), None)
    if twice is not None:
        raise MalformedError(f"Cargo.lock lists {twice[0]} {twice[1]} twice"[:160])
    patches = tables.get("patch")
    unused = cast("dict[str, Any]", patches).get("unused", []) if isinstance(patches, dict) else []
    names = [str(entry.get("name")) for entry in unused if isinstance(entry, dict)] if isinstance(unused, list) else []
    return Lock(form or (1 if checksums else 2), packages, tuple(names))


def old_checksums(metadata: object) -> dict[tuple[str, str, str], str]:
    """`"checksum NAME VERSION (SOURCE)" = "hex"` of form 1."""
    found = {}
    for key, value in cast("dict[str, Any]", metadata).items() if isinstance(metadata, dict) else ():
        words = _EDGE.fullmatch(key.removeprefix("checksum ")) if key.startswith("checksum ") else None
        if words and words["version"] and isinstance(value, str):
            found[words["name"], words["version"], words["source"] or ""] = value
    return found


def read_entry(entry: object, checksums: Mapping[tuple[str, str, str], str]) -> LockedPackage:
    """One package of a lock; `checksums` as of `old_checksums`. MalformedError."""
    fields = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
    name, version, source = (fields.get(key, "") for key in ("name", "version", "source"))
    if not all(isinstance(text, str) for text in (name, version, source)):
        raise MalformedError("Cargo.lock: a package's name, version or source is no text")
    if not _NAME.fullmatch(name) or not is_whole(version):
        raise MalformedError(f"Cargo.lock: '{name[:60]} {version[:40]}' is no package with its version")
    told = fields.get("checksum", checksums.get((name, version, source), ""))
    digest = told if isinstance(told, str) and _HEX.fullmatch(told) else ""
    if told and not digest and told != "<none>":
        raise MalformedError(f"Cargo.lock: the checksum of {name} {version} is no sha256"[:160])
    needs = fields.get("dependencies", [])
    if not isinstance(needs, list) or not all(isinstance(need, str) for need in needs):
        raise MalformedError(f"Cargo.lock: the dependencies of {name} are no list of texts"[:160])
    return LockedPackage(name, version, source, digest, tuple(_needs(needs)))


def _needs(texts: list[str]) -> Iterator[tuple[str, str, str]]:
    for text in texts:
        found = _EDGE.fullmatch(text)
        if found is None:
            raise MalformedError(f"Cargo.lock: '{text[:60]}' names no package")
        yield found["name"], found["version"] or "", found["source"] or ""


# --- the lock that a crate brings, against the index


def check_shipped(data: bytes, published: datetime | None, world: CollectContext) -> str:
    """What is wrong with the lock of a crate: every registry entry has the index's digest and was there by then.

    LOCK_KNOWN: nothing; LOCK_UNKNOWN: the index cannot tell of every entry.
    """
    try:
        lock = read_lock(data)
    except MalformedError as error:
        return error.message
    unknown = published is None
    for package in lock.packages:
        if not package.from_registry:
            if package.source:
                return f"{package.name} comes from elsewhere than a registry"
            continue
        line = _line_of(package, world) if package.is_public else None
        if line is None or not line.sha256 or line.published is None:
            unknown = True
        elif package.sha256 != line.sha256:
            return f"{package.name} {package.version} has another digest than the index lists"
        elif published is not None and line.published > published + SLACK:
            return f"{package.name} {package.version} was published after the crate"
    return LOCK_UNKNOWN if unknown else LOCK_KNOWN


def _line_of(package: LockedPackage, world: CollectContext) -> index.Line | None:
    try:
        return index.page(package.name, world).line(package.version)
    except (SourceError, NotFoundError):
        return None
