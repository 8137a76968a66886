"""`Cargo.lock`, forms 1 to 4: what was resolved, from where, with which digest.

Form 1 keeps checksums in `[metadata]`, later ones beside the package; form 4 writes git addresses percent-encoded.
A package without a source is a member of the workspace or lies at a path. The file holds every target, every feature
and the dev-dependencies: more than any one build uses.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

from supplytrust.ecosystems import listing
from supplytrust.ecosystems.cargo import index
from supplytrust.ecosystems.cargo.address import TYPE, is_public
from supplytrust.ecosystems.cargo.manifest import read_manifest, read_tables
from supplytrust.ecosystems.cargo.source_rules import LOCK_KNOWN, LOCK_UNKNOWN
from supplytrust.ecosystems.cargo.versions import is_whole
from supplytrust.ecosystems.inventory import Inventory, ListedPackage, inventory
from supplytrust.errors import MalformedError, MalformedTomlError, NotFoundError, SourceError
from supplytrust.formats.list_file import Field, toml
from supplytrust.formats.toml import read_toml
from supplytrust.io.context import CollectContext
from supplytrust.model.evidence import Edge
from supplytrust.model.vocabulary import EdgeKind

LARGEST = 4 * 2**20
MOST_PACKAGES = 20_000
FORMS = (1, 2, 3, 4)
SLACK = timedelta(minutes=5)  # a workspace publishes its members one after the other
_HEX = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,127}", re.ASCII)
_EDGE = re.compile(r"(?P<name>\S+)(?: (?P<version>[^\s(]+))?(?: \((?P<source>[^()]*)\))?")

PATCHED = "a folder, by [patch] in Cargo.toml"  # stands for a source that the lock leaves out


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """One package of a lock. `source` is '' for a member of the workspace, else `registry+...`, `git+...#commit`."""

    name: str
    version: str
    source: str = ""
    sha256: str = ""
    needs: tuple[tuple[str, str, str], ...] = ()  # (name, version, source), empty where the lock leaves them out
    instead: str = ""  # what `[replace]` puts in its place

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
            named = fitting.get(need, [])
            if len(named) > 1 and not need[2]:  # cargo writes a source only where there is one to be told from
                named = [one for one in named if one.source in ("", PATCHED)] or named
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
    instead = fields.get("replace", "")
    return LockedPackage(name, version, source, digest, tuple(_needs(needs)), str(instead))


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


FILE_NAMES = ("Cargo.lock",)
UPDATE = "cargo update {name}@{before} --precise {version}"
MOST_MEMBERS = 500
_KINDS = {"normal": EdgeKind.LINK, "build": EdgeKind.BUILD, "dev": EdgeKind.TEST}


# --- a list of packages (`LockFormat`)


def recognises(path: Path, head: bytes) -> bool:
    """By its name, or the line that cargo writes first."""
    return path.name == "Cargo.lock" or (path.suffix == ".lock" and b"generated by Cargo" in head)


def read(path: Path) -> Inventory:
    """Packages of every target, feature and kind; the project's own members are the roots. InputError."""
    top = toml(path)
    form = top.get("version")
    if form is not None and (form.value is True or form.value not in FORMS):
        raise top.wrong("is of no form that is read", hint="known: 1 to 4; lock again with a current cargo")
    metadata = top.get("metadata")
    checksums = old_checksums(metadata.value if metadata else None)
    entries = [*top.items("package"), *(field for field in (top.get("root"),) if field)]
    beside = _read_manifests(path.parent)
    read_entries = [(field, _read_package(field, checksums, beside)) for field in entries]
    known = {package: _purl(field, package) for field, package in read_entries if package}
    edges = list(_edges(known, beside.kinds))
    notes = [*_notes(top, list(known)), *_uses(known, edges)]
    listed = [one for field, package in read_entries if (one := _list_package(field, package)) is not None]
    own = {known[package] for package in known if not package.source}
    roots = [edge.child for edge in edges if edge.parent in own]
    return inventory(path, listed, edges, roots, notes)


def _read_package(
    field: Field, checksums: Mapping[tuple[str, str, str], str], beside: Manifests
) -> LockedPackage | None:
    try:
        package = read_entry(field.value, checksums)
    except MalformedError:
        return None
    stands_in = not package.source and package.name in beside.patched - beside.members
    return replace(package, source=PATCHED) if stands_in else package


def _list_package(field: Field, package: LockedPackage | None) -> ListedPackage | None:
    """The package as it is judged; None for one of the project's own."""
    if package is not None and not package.source:
        return None
    return listing.entry(field, partial(_listed_package, field, package))


def _listed_package(field: Field, package: LockedPackage | None) -> ListedPackage:
    if package is None:
        try:
            read_entry(field.value, {})
        except MalformedError as error:
            raise field.wrong(error.message.removeprefix("Cargo.lock: ")) from None
        raise field.wrong("cannot be read")
    source = listing.escape_text(package.source, 160)
    unknown = "" if package.from_registry else f"from elsewhere than a registry: {source}"
    if package.instead:
        unknown = f"the build takes another in its place: {listing.escape_text(package.instead, 160)}"
    index = [] if package.is_public or not package.from_registry else [package.source.partition("+")[2]]
    digests = [package.sha256] if package.sha256 else []
    return listing.package(
        field, package.name, package.version, purl_type=TYPE, sha256=digests, unknown=unknown, indexes=index
    )


def _purl(field: Field, package: LockedPackage) -> str:
    made = _list_package(field, package)
    return made.purl if made else f"own:{package.name}@{package.version}"


def _edges(known: Mapping[LockedPackage, str], kinds: Mapping[tuple[str, str], EdgeKind]) -> Iterator[Edge]:
    for parent, child in join_edges(known):
        if child is not None:
            kind = EdgeKind.LINK if parent.source else kinds.get((parent.name, child.name), EdgeKind.LINK)
            yield Edge(known[parent], known[child], kind, "declared", "Cargo.lock")


def _notes(top: Field, packages: list[LockedPackage]) -> Iterator[str]:
    own = sorted(package.name for package in packages if not package.source)
    if own:
        yield f"the project's own, without a source in the lock: {', '.join(own[:20])}; not judged"
    unfollowed = sum(child is None for _, child in join_edges(packages))
    if unfollowed:
        yield f"{unfollowed} dependencies name no one package of the lock and are not followed"
    patch = top.get("patch")
    for unused in patch.items("unused") if patch and patch.get("unused") else ():
        yield f"a patch of {listing.escape_text(listing.text_of(unused, 'name'), 80)} is not in use"


def _uses(known: Mapping[LockedPackage, str], edges: list[Edge]) -> Iterator[str]:
    """Which packages only the project's builds or tests reach."""
    own = {purl for package, purl in known.items() if not package.source}
    out: dict[str, list[Edge]] = {}
    for edge in edges:
        out.setdefault(edge.parent, []).append(edge)
    reached: set[str] = set()
    for kind, words in ((EdgeKind.LINK, ""), (EdgeKind.BUILD, "builds"), (EdgeKind.TEST, "tests")):
        waiting = [edge.child for purl in sorted(own) for edge in out.get(purl, ()) if edge.kind is kind]
        fresh: set[str] = set()
        while waiting:
            purl = waiting.pop()
            if purl not in reached and purl not in fresh:
                fresh.add(purl)
                waiting += [edge.child for edge in out.get(purl, ())]
        if fresh - own and words:
            names = sorted(purl.removeprefix(f"pkg:{TYPE}/") for purl in fresh - own)
            more = f" and {len(names) - 6} more" if len(names) > 6 else ""
            yield f"only {words} of the project reach {len(names)}: {', '.join(names[:6])}{more}"
        reached |= fresh


# --- what the manifests beside the lock say: read, never run


@dataclass(frozen=True, slots=True)
class Manifests:
    """What the manifests beside a lock say.

    `kinds`: for each dependency (who, what) what it is needed for, to run before to build before to test. `members` are
    the packages of the workspace, `patched` the names that others are put in the place of.
    """

    kinds: Mapping[tuple[str, str], EdgeKind]
    members: frozenset[str]
    patched: frozenset[str]


def _read_manifests(folder: Path) -> Manifests:
    found: dict[tuple[str, str], EdgeKind] = {}
    members: set[str] = set()
    rank = list(_KINDS.values())
    root = _bytes_of(folder / "Cargo.toml")
    tables = read_tables(root) if root is not None else {}
    for data in (root, *_members(folder, tables)):
        try:
            manifest = read_manifest(data or b"", (), tables)
        except MalformedError:
            continue
        members.add(manifest.name)
        for need in manifest.dependencies:
            key, kind = (manifest.name, need.package), _KINDS.get(need.kind, EdgeKind.LINK)
            found[key] = min(found.get(key, kind), kind, key=rank.index)
    return Manifests(found, frozenset(members), frozenset(_patched_names(tables)))


def _patched_names(tables: Mapping[str, object]) -> Iterator[str]:
    """Names of packages in `[patch.REGISTRY]`, by which another is taken for the registry's."""
    registries = tables.get("patch")
    for entries in registries.values() if isinstance(registries, dict) else ():
        for key, entry in entries.items() if isinstance(entries, dict) else ():
            renamed = entry.get("package") if isinstance(entry, dict) else None
            yield renamed if isinstance(renamed, str) else str(key)


def _members(folder: Path, tables: Mapping[str, object]) -> Iterator[bytes | None]:
    workspace = tables.get("workspace")
    patterns = workspace.get("members") if isinstance(workspace, dict) else None
    count = 0
    for pattern in patterns if isinstance(patterns, list) else ():
        if not isinstance(pattern, str) or not pattern or pattern.startswith("/") or ".." in pattern.split("/"):
            continue
        for place in sorted(folder.glob(f"{pattern}/Cargo.toml")):
            count += 1
            if count > MOST_MEMBERS:
                return
            yield _bytes_of(place)


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.is_file() and path.stat().st_size <= LARGEST else None
    except OSError:
        return None
