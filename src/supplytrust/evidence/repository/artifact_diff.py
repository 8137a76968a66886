"""An artifact's files against the tree of a tag, by git blob id; contents of the tree are rarely needed.

The first class that fits counts (`model.claims.source_tree.FileClass`). The tag's tree comes first: content that
merely exists somewhere in history may be an old, vulnerable file, so history explains and never clears.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from supplytrust.evidence.repository.file_kinds import (
    is_autotools_output,
    is_code,
    is_native,
    is_parser_table,
    is_prose,
    native_origin,
    runs_by_place,
    translator_inputs,
)
from supplytrust.evidence.repository.history import Leaf, Tree, contents_of
from supplytrust.io.archives import collector, reader
from supplytrust.io.archives.artifact_tree import read_tree
from supplytrust.io.archives.collector import Spool
from supplytrust.io.git.process import View
from supplytrust.model.claims.source_tree import FileClass, KnownBy, OddFile, SourceComparison
from supplytrust.model.subject import Artifact, ArtifactKind, Subject

LINK, SUBMODULE = "120000", "160000"
_CONFIGURE = ("configure.ac", "configure.in")
_ODD = (
    FileClass.IN_HISTORY,
    FileClass.MODIFIED,
    FileClass.MODIFIED_TEXT,
    FileClass.PHANTOM_EXECUTABLE,
    FileClass.PHANTOM_DATA,
)


class StoredBytes(Protocol):
    """Bytes that are elsewhere."""

    def read(self) -> bytes:
        """All of them."""
        ...


@dataclass(frozen=True, slots=True)
class File:
    """A file of an artifact, without the root folder of an archive of sources. `data` None: too large to compare."""

    path: str
    stored: bytes | StoredBytes | None
    link: str = ""

    @property
    def data(self) -> bytes | None:
        """The bytes; they may have to be read: ask once."""
        return self.stored if self.stored is None or isinstance(self.stored, bytes) else self.stored.read()


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """What generated files are compared with: the release's name and version, the artifact's own files, build
    configuration of the tree as text, and the tree's submodules."""

    name: str
    version: str
    members: Mapping[str, bytes | None]
    config: str
    submodules: tuple[tuple[str, Leaf], ...] = ()


def places_below(path: str, leaves: Collection[str], prefixes: tuple[str, ...]) -> list[str]:
    """The paths of a tree that lie below one of these folders as `path` does."""
    return [p for p in (posixpath.normpath(prefix + path) for prefix in prefixes) if p in leaves]


@dataclass(frozen=True, slots=True)
class SourceTree:
    """The tree of one commit, and what of its repository a comparison may ask for.

    `read(ids)` gives contents by blob id as far as they can be read; `history` holds every blob of the repository (raw
    ids); `on_branch(commit)` says whether a branch contains a commit.
    """

    tree: Tree
    commit: str
    read: Callable[[Iterable[str]], Mapping[str, bytes]]
    history: frozenset[bytes]
    on_branch: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Classification:
    """Every file with its class. `planned(path)`: the tree's own configuration says that such a file is made."""

    classes: tuple[tuple[str, FileClass], ...]
    planned: Callable[[str], bool] = lambda _path: False


class CommitRules(Protocol):
    """For ecosystems whose archives name the commit they were made from, and leave no room for other differences."""

    def stated_commit(self, files: Sequence[File]) -> str:
        """The commit that the archive names; '' when it names none that can be read."""
        ...

    def classify(self, files: Sequence[File], source: SourceTree) -> Classification:
        """Every file of the archive against the tree of a commit."""
        ...


@dataclass(frozen=True, slots=True)
class PackagingRules:
    """What packaging of an ecosystem makes of a source tree; files of other kinds than `installed` mirror the tree.

    `explains(path, data, facts, before, in_tree)`: whether a build makes this file, of which the tree has `before` at
    its path, as far as readable. `places(path, leaves, prefixes)`: the paths of the tree that a file can stand for.
    """

    explains: Callable[[str, bytes, BuildFacts, Sequence[bytes], bool], bool]
    places: Callable[[str, Collection[str], tuple[str, ...]], list[str]] = places_below
    installed: frozenset[ArtifactKind] = frozenset()  # kinds that hold files where an installer puts them
    folders: tuple[str, ...] = ("",)  # of a tree, which the root of an installed kind may stand for
    config_names: tuple[str, ...] = ()  # build configuration
    metadata_folders: tuple[str, ...] = ()  # parts of paths that only builds write
    by_commit: CommitRules | None = None  # takes the place of all others
    is_own: Callable[[SourceTree], bool] = lambda _: False  # whether a tree says of itself that it is the package's
    best_tag: bool = False  # of several tags with the version the one whose tree has most of the files is compared


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the files of one artifact lie in a tree: the folders of the tree that its root may stand for."""

    rules: PackagingRules
    prefixes: tuple[str, ...]

    def places(self, path: str, tree: Tree) -> list[str]:
        """Paths of the tree this file can stand for."""
        return self.rules.places(path, tree.leaves.keys(), self.prefixes)


def needed_blobs(files: Iterable[File], tree: Tree, layout: Layout) -> list[str]:
    """Ids of the blobs whose content the comparison wants to see: build configuration, and files that differ."""
    wanted = {tree.leaves[n].id for n in config_paths(tree, layout)}
    for file in files:
        data = file.data
        if data is not None and tree.blob(data) not in tree.paths:
            wanted.update(tree.leaves[p].id for p in layout.places(file.path, tree))
    return sorted(wanted)


def config_paths(tree: Tree, layout: Layout) -> list[str]:
    """Build configuration of the project: at the root of the tree, and where its own folder is (`backend/src/`)."""
    folders = ["", *layout.prefixes, *(posixpath.dirname(p.rstrip("/")) for p in layout.prefixes)]
    named = (posixpath.join(folder, name) for folder in dict.fromkeys(folders) for name in layout.rules.config_names)
    return [path for path in dict.fromkeys(named) if path in tree.leaves]


def layout_of(files: Iterable[File], tree: Tree, kind: ArtifactKind, rules: PackagingRules) -> Layout:
    """The layout of an artifact of a kind; of an installed kind also the folder that fits most files is one.

    An archive of sources mirrors one folder: the tree's root, or where a project with a build configuration of its own
    lies in it and more of the files are.
    """
    votes: Counter[str] = Counter()
    for file in files:
        data = file.data
        if data:
            ends = (p for p in tree.paths.get(tree.blob(data), ()) if f"/{p}".endswith(f"/{file.path}"))
            votes.update(p.removesuffix(file.path) for p in ends)
    if kind not in rules.installed:
        own = (p for p in votes if any(p + name in tree.leaves for name in rules.config_names))
        best = max(own, key=lambda p: (votes[p], p), default="")
        return Layout(rules, (best if votes[best] > votes[""] else "",))
    del votes[""]
    return Layout(rules, tuple(dict.fromkeys([*rules.folders, *(p for p, _ in votes.most_common(1))])))


def compare(
    files: list[File],
    tree: Tree,
    layout: Layout,
    known: BuildFacts,
    contents: Mapping[str, bytes],
    history: frozenset[bytes],
) -> Iterator[tuple[str, FileClass]]:
    """Every file with its class. `contents` holds the blobs of `needed_blobs` that could be read."""
    for file in files:
        yield file.path, _class(file, tree, layout, known, contents, history)


def odd_files(classified: Classification, tree: Tree) -> list[OddFile]:
    """The files the tree does not explain, worst first."""
    autotools, planned = has_autotools(tree), classified.planned
    rank = {c: n for n, c in enumerate((FileClass.MODIFIED, FileClass.PHANTOM_EXECUTABLE, FileClass.IN_HISTORY))}
    found = [
        OddFile(p, c, (autotools and is_autotools_output(p)) or planned(p)) for p, c in classified.classes if c in _ODD
    ]
    return sorted(found, key=lambda o: (o.buildable, rank.get(o.relation, 9), o.path))


def has_autotools(tree: Tree) -> bool:
    """Whether release tarballs of this tree hold the output of autoconf."""
    return any(name in tree.leaves for name in _CONFIGURE)


def _class(
    file: File,
    tree: Tree,
    layout: Layout,
    known: BuildFacts,
    contents: Mapping[str, bytes],
    history: frozenset[bytes],
) -> FileClass:
    data = file.link.encode("utf-8", "surrogateescape") if file.link else file.data
    if data is None:
        return FileClass.UNREAD
    places = layout.places(file.path, tree)
    blob = tree.blob(data)
    simple = _same(file, data, blob, tree, places)
    if simple is not None:
        return simple
    before = [contents[tree.leaves[p].id] for p in places if tree.leaves[p].id in contents]
    if layout.rules.explains(file.path, data, known, before, bool(places)):
        return FileClass.GENERATED
    if any(leaf.mode == SUBMODULE and file.path.startswith(path + "/") for path, leaf in known.submodules):
        return FileClass.SUBMODULE
    if is_native(file.path, data):
        explained = not places and native_origin(file.path, tree.leaves, known.config)
        return FileClass.COMPILED if explained else _odd(file, data, places)
    return FileClass.IN_HISTORY if bytes.fromhex(blob) in history else _odd(file, data, places)


def _same(file: File, data: bytes, blob: str, tree: Tree, places: list[str]) -> FileClass | None:
    if any(tree.leaves[p].id == blob for p in places):
        return FileClass.MATCH
    if any(tree.leaves[p].mode == LINK for p in places) and blob in tree.paths:
        return FileClass.MATCH  # the tree has a link where the artifact has the file it points to
    if blob in tree.paths and not places and (not data or not runs_by_place(file.path)):
        return FileClass.MOVED_CODE if data and is_code(file.path, data) else FileClass.MOVED
    plain = data.replace(b"\r\n", b"\n")
    others = {tree.blob(plain), tree.blob(plain.replace(b"\n", b"\r\n"))}
    return FileClass.EOL_ONLY if any(tree.leaves[p].id in others for p in places) else None


def class_of_change(path: str, data: bytes) -> FileClass:
    """The class of a file that has another content than the tree's at its path."""
    return FileClass.MODIFIED_TEXT if is_prose(path) and not is_code(path, data) else FileClass.MODIFIED


def _odd(file: File, data: bytes, places: list[str]) -> FileClass:
    if places:
        return class_of_change(file.path, data)
    return FileClass.PHANTOM_EXECUTABLE if is_code(file.path, data) else FileClass.PHANTOM_DATA


# One artifact against the tree of a tag: opens the archive in memory, asks git for the few contents it needs.

MAX_ODD = 50
_LIMITS = collector.Limits(keep_member=32 * 2**20, keep_total=512 * 2**20, elf_member=32 * 2**20, elf_total=512 * 2**20)


@dataclass(frozen=True, slots=True)
class ArtifactFiles:
    """An artifact's files as they compare with a source tree."""

    artifact: Artifact
    files: tuple[File, ...]
    rules: PackagingRules


def open_artifact(artifact: Artifact, data: bytes, rules: PackagingRules, spool: Spool | None = None) -> ArtifactFiles:
    """The files of an artifact's bytes, an archive of sources without its root folder. Raises SourceError kinds."""
    rooted = artifact.kind not in rules.installed
    found = read_tree(data, artifact.file_name, rooted=rooted, limits=_LIMITS, keep=reader.everything, spool=spool)
    files = [File(e.path, e.stored) for e in found.files]
    links = [File(e.path, e.link.encode("utf-8", "surrogateescape"), e.link) for e in found.links]
    return ArtifactFiles(artifact, (*files, *links), rules)


class _Members(Mapping[str, bytes | None]):
    """Contents by path, each read when it is asked for."""

    def __init__(self, files: Iterable[File]) -> None:
        self._files = {f.path: f for f in files}

    def __getitem__(self, path: str) -> bytes | None:
        return self._files[path].data

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def overlap(these: ArtifactFiles, known: frozenset[bytes], algorithm: str) -> tuple[int, int]:
    """(files whose content the repository has or had, files that could be asked for): is it this project's?"""
    tree = Tree({}, algorithm)
    plain = (f for f in these.files if not f.link and not any(m in f.path for m in these.rules.metadata_folders))
    asked = ((f.path, data) for f in plain if (data := f.data))
    found = [_is_known(data, tree, known) for path, data in asked if not is_native(path, data)]
    return sum(found), len(found)


def _is_known(data: bytes, tree: Tree, known: frozenset[bytes]) -> bool:
    """As it is, or with the line endings that repositories keep."""
    same = bytes.fromhex(tree.blob(data)) in known
    return same or (b"\r\n" in data and bytes.fromhex(tree.blob(data.replace(b"\r\n", b"\n"))) in known)


def comparison(
    view: View,
    source: SourceTree,
    these: ArtifactFiles,
    subject: Subject,
    where: tuple[KnownBy, str],
) -> SourceComparison:
    """The claim about one artifact. `where` is (how the repository is known, tag)."""
    strict = these.rules.by_commit
    classified = strict.classify(these.files, source) if strict else _classify(view, source, these, subject)
    odd = odd_files(classified, source.tree)
    counts = Counter(c for _, c in classified.classes)
    return SourceComparison(
        file_name=these.artifact.file_name,
        kind=these.artifact.kind,
        known_by=where[0],
        tag=where[1],
        commit=source.commit,
        files=len(classified.classes),
        counts=tuple(sorted(counts.items())),
        odd=tuple(odd[:MAX_ODD]),
        odd_total=len(odd),
        autotools=has_autotools(source.tree),
    )


def _classify(view: View, source: SourceTree, these: ArtifactFiles, subject: Subject) -> Classification:
    files, tree = list(these.files), source.tree
    layout = layout_of(files, tree, these.artifact.kind, these.rules)
    contents = contents_of(view, needed_blobs(files, tree, layout))
    configs = [tree.leaves[n].id for n in config_paths(tree, layout)]
    texts = [contents[blob] for blob in configs if blob in contents]
    known = BuildFacts(
        subject.name,
        subject.version,
        _Members(files),
        b"\n".join(texts).decode("utf-8", "replace"),
        tuple((p, leaf) for p, leaf in tree.leaves.items() if leaf.mode == SUBMODULE),
    )

    folders = {posixpath.dirname(path) for path in tree.leaves if path.endswith(".py")}

    def is_planned(path: str) -> bool:
        """A source file that the tree does not have, beside the tree's input of a translator."""
        beside = (posixpath.dirname(posixpath.normpath(prefix + path)) in folders for prefix in layout.prefixes)
        inputs = (place for made_from in translator_inputs(path) for place in layout.places(made_from, tree))
        return not layout.places(path, tree) and ((is_parser_table(path) and any(beside)) or any(inputs))

    return Classification(tuple(compare(files, tree, layout, known, contents, source.history)), is_planned)
