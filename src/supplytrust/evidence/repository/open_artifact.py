"""One artifact against the tree of a tag: opens the archive in memory, asks git for the few contents it needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from supplytrust.evidence.repository import read_log
from supplytrust.evidence.repository.artifact_diff import (
    SUBMODULE,
    BuildFacts,
    File,
    PackagingRules,
    Tree,
    compare,
    config_paths,
    has_autotools,
    layout_of,
    needed_blobs,
    odd_files,
)
from supplytrust.evidence.repository.executable_files import is_native
from supplytrust.io.archives import collector, reader
from supplytrust.io.archives.artifact_tree import read_tree
from supplytrust.io.archives.collector import Spool
from supplytrust.io.git.process import View
from supplytrust.model.claims.source_tree import KnownBy, SourceComparison
from supplytrust.model.subject import Artifact, Subject

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
    tree: Tree,
    these: ArtifactFiles,
    subject: Subject,
    history: frozenset[bytes],
    where: tuple[KnownBy, str, str],
) -> SourceComparison:
    """The claim about one artifact. `where` is (how the repository is known, tag, commit)."""
    files = list(these.files)
    layout = layout_of(files, tree, these.artifact.kind, these.rules)
    contents = read_log.contents(view, needed_blobs(files, tree, layout))
    configs = [tree.leaves[n].id for n in config_paths(tree, layout)]
    texts = [contents[blob] for blob in configs if blob in contents]
    known = BuildFacts(
        subject.name,
        subject.version,
        _Members(files),
        b"\n".join(texts).decode("utf-8", "replace"),
        tuple((p, leaf) for p, leaf in tree.leaves.items() if leaf.mode == SUBMODULE),
    )
    classes = list(compare(files, tree, layout, known, contents, history))
    odd = odd_files(classes, tree)
    counts = Counter(c for _, c in classes)
    return SourceComparison(
        file_name=these.artifact.file_name,
        kind=these.artifact.kind,
        known_by=where[0],
        tag=where[1],
        commit=where[2],
        files=len(classes),
        counts=tuple(sorted(counts.items())),
        odd=tuple(odd[:MAX_ODD]),
        odd_total=len(odd),
        autotools=has_autotools(tree),
    )
