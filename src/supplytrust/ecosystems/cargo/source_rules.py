"""A crate's files against the tree of a commit, by the rules of `cargo package`.

Each member is explained by the first of: the commit it names; the author's manifest; the same content at its own place
below the package's folder, tracked links followed; a readme or licence that the manifest names elsewhere; the generated
manifest, which agrees with the author's; the lock file, whose entries the index knows. That the same content lies
somewhere else in the tree explains nothing: a test's fixture that became a build script is an attack.
"""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from supplytrust.ecosystems.cargo.crate import LOCK, VCS_INFO, VcsInfo, is_inside, read_vcs_info
from supplytrust.ecosystems.cargo.manifest import (
    ORIGINAL,
    PUBLISHED,
    Manifest,
    Table,
    disagreements,
    read_manifest,
    read_tables,
    workspace_path,
)
from supplytrust.errors import MalformedError, SourceError
from supplytrust.evidence.repository.artifact_diff import LINK, Classification, File, SourceTree, class_of_change
from supplytrust.evidence.repository.file_kinds import is_code, is_native
from supplytrust.model.claims.source_tree import FileClass

HOPS = 8
LOCK_KNOWN, LOCK_UNKNOWN = "", "unknown"
CheckLock = Callable[[bytes], str]  # '' when every entry is the index's, LOCK_UNKNOWN when that cannot be told


@dataclass(frozen=True, slots=True)
class CrateRules:
    """The rules for one release. `check_lock` and `agrees_with_index` ask the index of lock and manifest."""

    version: str
    check_lock: CheckLock
    agrees_with_index: Callable[[Manifest], bool]

    def stated_commit(self, files: Sequence[File]) -> str:
        """The commit that a crate names; '' when it names none that can be read."""
        try:
            told = read_vcs_info(_bytes_of(files, VCS_INFO))
        except MalformedError:
            return ""
        return told.commit if told else ""

    def classify(self, files: Sequence[File], source: SourceTree) -> Classification:
        """Every file with its class."""
        seen = _Comparison(self, files, source)
        return Classification(tuple((file.path, seen.class_of(file)) for file in files), seen.is_planned)


def _bytes_of(files: Iterable[File], path: str) -> bytes | None:
    return next((f.data for f in files if f.path == path and not f.link), None)


class _Comparison:
    """One crate and one tree. The folder is the one that the crate names, else where its manifest lies in the tree."""

    def __init__(self, rules: CrateRules, files: Sequence[File], source: SourceTree) -> None:
        self.rules, self.files, self.source, self.tree = rules, files, source, source.tree
        self.members = frozenset(f.path for f in files)
        self.links = _read_links(source)
        self.info, self.info_fits = self._told_source()
        original = _bytes_of(files, ORIGINAL) or _bytes_of(files, PUBLISHED) or b""
        self.folder = self.info.folder if self.info else self._folder_of(self.tree.blob(original))
        self.original_is_tracked = self._is_tracked(original, self._place("Cargo.toml"))
        self.root, self.root_folder = self._workspace(original)
        self.author = self._read(original, frozenset(p for p in self.members if self._place(p) in self.tree.leaves))

    def class_of(self, file: File) -> FileClass:
        """The first rule that explains a file, else what is odd about it."""
        data = file.link.encode("utf-8", "surrogateescape") if file.link else file.data
        if data is None:
            return FileClass.UNREAD
        if file.path == VCS_INFO:
            return FileClass.GENERATED if self.info_fits else FileClass.PHANTOM_DATA
        if file.path == ORIGINAL:
            return FileClass.MATCH if self.original_is_tracked else FileClass.MODIFIED
        if self._is_tracked(data, self._place(file.path)) or self._is_named_elsewhere(file.path, data):
            return FileClass.MATCH
        if file.path == PUBLISHED and ORIGINAL in self.members:
            return FileClass.GENERATED if self._manifest_agrees(data) else FileClass.MODIFIED
        if file.path == LOCK:
            return self._lock_class(data)
        return self._odd(file, data)

    # --- rule 1: the commit

    def _told_source(self) -> tuple[VcsInfo | None, bool]:
        try:
            told = read_vcs_info(_bytes_of(self.files, VCS_INFO))
        except MalformedError:
            return None, False
        if told is None:
            return None, False
        return told, told.commit == self.source.commit or self.source.on_branch(told.commit)

    # --- rules 2 to 4: content of the tree

    def _place(self, member: str) -> str:
        """Where a member's source lies in the tree, tracked links followed; '' when a link leads out or around."""
        return self._follow(posixpath.join(self.folder, member))

    def _follow(self, path: str) -> str:
        pending, at, hops = path.split("/")[::-1], list[str](), 0
        while pending:
            part = pending.pop()
            if part == "..":
                if not at:
                    return ""
                at.pop()
            elif part not in ("", "."):
                at.append(part)
                target = self.links.get("/".join(at))
                if target is not None:
                    hops += 1
                    if hops > HOPS or target.startswith("/"):
                        return ""
                    at.pop()
                    pending.extend(target.split("/")[::-1])
        return "/".join(at)

    def _is_tracked(self, data: bytes, place: str) -> bool:
        leaf = self.tree.leaves.get(place) if place else None
        if leaf is None:
            return False
        return leaf.mode != LINK and leaf.id == self.tree.blob(data)

    def _is_named_elsewhere(self, member: str, data: bytes) -> bool:
        """A readme or licence that the author's manifest takes from outside of the package's folder."""
        for named in (self.author.readme, self.author.license_file) if self.author else ():
            base = self.root_folder if named.startswith("/") else self.folder
            outside = named.lstrip("/")
            if outside and "/" not in member and posixpath.basename(outside) == member:
                place = posixpath.normpath(posixpath.join(base, outside))
                if is_inside(place) and self._is_tracked(data, self._follow(place)):
                    return True
        return False

    def _folder_of(self, blob: str) -> str:
        """Where this manifest lies in the tree, if at one place only."""
        places = [p for p in self.tree.paths.get(blob, ()) if posixpath.basename(p) == "Cargo.toml"]
        return posixpath.dirname(places[0]) if len(places) == 1 else ""

    # --- rule 5: the generated manifest

    def _workspace(self, original: bytes) -> tuple[Table, str]:
        """The workspace's root manifest in the same tree: the one named, else the nearest above that has one."""
        named = workspace_path(original)
        parts = [part for part in self.folder.split("/") if part]
        above = ["/".join(parts[:n]) for n in range(len(parts), -1, -1)]
        folders = [posixpath.normpath(posixpath.join(self.folder, named))] if named else above
        for folder in folders:
            place = self._follow(posixpath.join(folder if folder != "." else "", "Cargo.toml"))
            leaf = self.tree.leaves.get(place) if place else None
            body = self.source.read([leaf.id]).get(leaf.id) if leaf is not None else None
            tables = read_tables(body) if body is not None else {}
            if "workspace" in tables:
                return tables, "" if folder == "." else folder
        return {}, ""

    def _read(self, data: bytes, beside: frozenset[str]) -> Manifest | None:
        """A manifest beside these files: of the author's what is in the tree counts, not what else the crate has."""
        try:
            return read_manifest(data, beside, self.root)
        except SourceError:
            return None

    def _manifest_agrees(self, data: bytes) -> bool:
        published = self._read(data, self.members)
        if published is None or self.author is None or not self.original_is_tracked:
            return False
        same = published.version == self.rules.version and not disagreements(published, self.author)
        return same and self.rules.agrees_with_index(published)

    # --- rule 6: the lock file

    def _lock_class(self, data: bytes) -> FileClass:
        told = self.rules.check_lock(data)
        if told == LOCK_UNKNOWN:
            return FileClass.UNREAD
        return FileClass.MODIFIED if told else FileClass.GENERATED

    # --- what is left

    def _odd(self, file: File, data: bytes) -> FileClass:
        place = self._place(file.path)
        blob = self.tree.blob(data)
        if self._is_tracked(data.replace(b"\r\n", b"\n"), place):
            return FileClass.EOL_ONLY
        if place in self.tree.leaves:
            older = bytes.fromhex(blob) in self.source.history and blob not in self.tree.paths
            return FileClass.IN_HISTORY if older else class_of_change(file.path, data)
        runs = is_code(file.path, data) or is_native(file.path, data)
        return FileClass.PHANTOM_EXECUTABLE if runs else FileClass.PHANTOM_DATA

    def is_planned(self, path: str) -> bool:
        """A path that the tracked manifest includes by a pattern of which the tree itself has no file.

        Sources that are generated before a release are shipped so. That their pattern has no other file keeps a
        planted one beside tracked sources from being taken for one of them.
        """
        if self.author is None or not self.original_is_tracked:
            return False
        top = self.folder and self.folder + "/"
        own = [place.removeprefix(top) for place in self.tree.leaves if place.startswith(top)]
        for pattern in self.author.include:
            plain = pattern.lstrip("/")
            if "/" in plain and _fits(path, plain) and not any(_fits(one, plain) for one in own):
                return True
        return False


def _fits(path: str, pattern: str) -> bool:
    folder = pattern.rstrip("/")
    return fnmatch.fnmatchcase(path, folder.replace("**/", "*")) or path.startswith(folder + "/")


def _read_links(source: SourceTree) -> Mapping[str, str]:
    """Where the tree's links lead, as far as they can be read."""
    leaves = {path: leaf.id for path, leaf in source.tree.leaves.items() if leaf.mode == LINK}
    bodies = source.read(sorted(set(leaves.values()))) if leaves else {}
    return {path: bodies[blob].decode("utf-8", "surrogateescape") for path, blob in leaves.items() if blob in bodies}
