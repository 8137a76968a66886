"""A package's files against the tree of a tag, by what the client packs.

A member is explained by the same content at its own place: below the folder whose `package.json` has its name,
or at the root. The manifest may lose what pack tools take out (`devDependencies`, sections of tools, scripts that only
developers run), nothing else: scripts that run at installation, dependencies and entry points that were added or
changed are never explained. Whatever else differs is explained by a rebuild only: source maps are the publisher's.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from supplytrust.ecosystems.npm.manifest import MANIFEST, Manifest, disagreements, read_manifest
from supplytrust.errors import MalformedError
from supplytrust.evidence.repository.artifact_diff import LINK, Classification, File, SourceTree, class_of_change
from supplytrust.evidence.repository.file_kinds import is_code, is_native
from supplytrust.model.claims.source_tree import FileClass

_TOP_FILES = ("readme", "license", "licence", "copying", "notice")
_HOPS = 8


@dataclass(frozen=True, slots=True)
class PackRules:
    """The rules for one package."""

    name: str

    def stated_commit(self, files: Sequence[File]) -> str:  # noqa: ARG002
        """A tarball names none; what the registry's document says is the publisher's word and not in the bytes."""
        return ""

    def is_own(self, source: SourceTree) -> bool:
        """Whether the tree has the package's manifest, of all or of one of its folders: then it is made from it."""
        return _Comparison(self.name, (), source).tracked is not None

    def classify(self, files: Sequence[File], source: SourceTree) -> Classification:
        """Every file with its class."""
        seen = _Comparison(self.name, files, source)
        return Classification(tuple((file.path, seen.class_of(file)) for file in files))


class _Comparison:
    def __init__(self, name: str, files: Sequence[File], source: SourceTree) -> None:
        self.files, self.source, self.tree = files, source, source.tree
        self.own = _manifest(next((f.data for f in files if f.path == MANIFEST and not f.link), None))
        self.folder, self.tracked = self._folder_of(name)
        self.links = self._read_links()

    def _folder_of(self, name: str) -> tuple[str, Manifest | None]:
        """The one folder whose manifest has the package's name; the root when there is none, or several."""
        places = [p for p in self.tree.leaves if posixpath.basename(p) == MANIFEST and "node_modules/" not in p]
        contents = self.source.read(sorted({self.tree.leaves[p].id for p in places}))
        named = {p: m for p in places if (m := _manifest(contents.get(self.tree.leaves[p].id))) and m.name == name}
        if MANIFEST in named:
            return "", named[MANIFEST]
        if len(named) == 1:
            place, found = next(iter(named.items()))
            return posixpath.dirname(place), found
        return "", None

    def class_of(self, file: File) -> FileClass:
        """The first rule that explains a file, else what is odd about it."""
        data = file.link.encode("utf-8", "surrogateescape") if file.link else file.data
        if data is None:
            return FileClass.UNREAD
        if any(self._is_tracked(data, place) for place in self._places(file.path)):
            return FileClass.MATCH
        if file.path == MANIFEST:
            return FileClass.GENERATED if self._manifest_agrees() else FileClass.MODIFIED
        plain = data.replace(b"\r\n", b"\n")
        if any(
            self._is_tracked(other, p)
            for p in self._places(file.path)
            for other in (plain, plain.replace(b"\n", b"\r\n"))
        ):
            return FileClass.EOL_ONLY
        return self._odd(file, data)

    def _places(self, member: str) -> Iterator[str]:
        """Its own place below the package's folder; files that tools copy from the root also there."""
        yield self._follow(posixpath.join(self.folder, member))
        if self.folder and posixpath.basename(member).lower().split(".")[0] in _TOP_FILES and "/" not in member:
            yield member

    def _is_tracked(self, data: bytes, place: str) -> bool:
        leaf = self.tree.leaves.get(place) if place else None
        return leaf is not None and leaf.mode != LINK and leaf.id == self.tree.blob(data)

    def _manifest_agrees(self) -> bool:
        return self.own is not None and self.tracked is not None and not list(disagreements(self.own, self.tracked))

    def _odd(self, file: File, data: bytes) -> FileClass:
        if self._follow(posixpath.join(self.folder, file.path)) in self.tree.leaves:
            older = bytes.fromhex(self.tree.blob(data)) in self.source.history
            return FileClass.IN_HISTORY if older else class_of_change(file.path, data)
        runs = is_code(file.path, data) or is_native(file.path, data)
        return FileClass.PHANTOM_EXECUTABLE if runs else FileClass.PHANTOM_DATA

    # --- links of the tree

    def _read_links(self) -> Mapping[str, str]:
        leaves = {path: leaf.id for path, leaf in self.tree.leaves.items() if leaf.mode == LINK}
        bodies = self.source.read(sorted(set(leaves.values()))) if leaves else {}
        return {p: bodies[blob].decode("utf-8", "surrogateescape") for p, blob in leaves.items() if blob in bodies}

    def _follow(self, path: str) -> str:
        """Where a path leads, tracked links of files and folders followed inside the tree; '' when one leads out."""
        for _ in range(_HOPS):
            link = next((p for p in _prefixes(path) if p in self.links), None)
            if link is None:
                return path
            target = posixpath.normpath(posixpath.join(posixpath.dirname(link), self.links[link]))
            if target.startswith(("/", "..")):
                return ""
            path = posixpath.normpath(target + path[len(link) :])
        return ""


def _prefixes(path: str) -> Iterator[str]:
    parts = path.split("/")
    for n in range(1, len(parts) + 1):
        yield "/".join(parts[:n])


def _manifest(data: bytes | None) -> Manifest | None:
    if data is None:
        return None
    try:
        return read_manifest(data)
    except MalformedError:
        return None
