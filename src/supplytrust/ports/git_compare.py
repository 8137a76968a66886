"""One artifact against the tree of a tag: opens the archive in memory, asks git for the few contents it needs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from supplytrust.history.executables import is_native
from supplytrust.history.generated import Known
from supplytrust.history.trees import (
    CONFIG_NAMES,
    SUBMODULE,
    File,
    Tree,
    compare,
    has_autotools,
    needed,
    odd_files,
    prefixes_of,
    without_root,
)
from supplytrust.model.claims.source_tree import KnownBy, SourceComparison
from supplytrust.model.subject import Artifact, ArtifactKind, Subject
from supplytrust.ports import archive, git_history
from supplytrust.ports.git import View

MAX_ODD = 50
_LIMITS = archive.Limits(keep_member=32 * 2**20, keep_total=512 * 2**20)
_METADATA = (".dist-info/", ".egg-info/")


@dataclass(frozen=True, slots=True)
class Opened:
    """An artifact's files as they compare with a source tree."""

    artifact: Artifact
    files: tuple[File, ...]


def opened(artifact: Artifact, data: bytes) -> Opened:
    """The files of an artifact's bytes, an sdist without its root folder. Raises SourceError kinds."""
    found = archive.read(data, artifact.file_name, limits=_LIMITS, keep=archive.everything)
    files = [File(e.path, e.data if not e.link else e.link.encode(), e.link) for e in found.entries]
    return Opened(artifact, tuple(files if artifact.kind is ArtifactKind.WHEEL else without_root(files)))


def overlap(these: Opened, known: frozenset[bytes], algorithm: str) -> tuple[int, int]:
    """(files whose content the repository has or had, files that could be asked for): is it this project's?"""
    tree = Tree({}, algorithm)
    asked = [
        f.data
        for f in these.files
        if f.data and not f.link and not is_native(f.path, f.data) and not any(m in f.path for m in _METADATA)
    ]
    return sum(bytes.fromhex(tree.blob(data)) in known for data in asked), len(asked)


def comparison(
    view: View,
    tree: Tree,
    these: Opened,
    subject: Subject,
    history: frozenset[bytes],
    where: tuple[KnownBy, str, str],
) -> SourceComparison:
    """The claim about one artifact. `where` is (how the repository is known, tag, commit)."""
    files = list(these.files)
    prefixes = prefixes_of(files, tree, wheel=these.artifact.kind is ArtifactKind.WHEEL)
    contents = git_history.contents(view, needed(files, tree, prefixes))
    texts = [contents[tree.leaves[n].id] for n in CONFIG_NAMES if n in tree.leaves and tree.leaves[n].id in contents]
    known = Known(
        subject.name,
        subject.version,
        {f.path: f.data for f in files},
        b"\n".join(texts).decode("utf-8", "replace"),
        tuple((p, leaf) for p, leaf in tree.leaves.items() if leaf.mode == SUBMODULE),
    )
    classes = list(compare(files, tree, prefixes, known, contents, history))
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
