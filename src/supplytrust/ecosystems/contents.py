"""One artifact, read: its members where an installer or builder would see them, and counts over them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from supplytrust.io.archives import artifact_tree
from supplytrust.io.archives.artifact_tree import ArtifactTree
from supplytrust.io.archives.collector import Entry, Keep, Limits, Spool
from supplytrust.model.claims.artifact import ArtifactContents, ContainerAudit, Member, MemberKind
from supplytrust.model.subject import Artifact, ArtifactKind

_OTHER_FILES = ("second-archive", "path-escape", "name-mismatch", "device")  # other readers may see other files
_TEST = re.compile(r"(^|/)(tests?|testing)/|(^|/)(test_[^/]*|[^/]*_test|conftest)\.py$")


@dataclass(frozen=True, slots=True)
class Contents:
    """A read artifact. `files` have paths as an installer or builder would see them; `digest` is of its bytes."""

    file_name: str
    kind: ArtifactKind
    digest: str
    files: tuple[Entry, ...]
    problems: tuple[str, ...]
    folder_links: Mapping[str, str] = field(default_factory=dict)
    unresolved: tuple[str, ...] = ()  # paths at which there may be another file than is shown
    unclear: tuple[str, ...] = ()  # why there may be files that are not shown at all

    def file(self, path: str) -> Entry | None:
        """The file at a path, which may lead through links to folders."""
        return artifact_tree.find(self.files, self.folder_links, path)

    def text(self, path: str) -> str | None:
        """A member's text; None when there is no such member or its bytes were not kept."""
        found = self.file(path)
        data = None if found is None else found.data
        return None if data is None else data.decode("utf-8", "replace")


class ReadingOptions(TypedDict, total=False):
    """What is kept of members (default: texts), where larger ones are kept, and how much is read."""

    keep: Keep
    spool: Spool | None
    limits: Limits | None


def read_contents(
    artifact: Artifact,
    data: bytes,
    odd_root: Callable[[ArtifactTree, str], Iterable[str]] | None,
    *hidden: str,
    **how: Unpack[ReadingOptions],
) -> Contents:
    """Read an archive's bytes. MalformedError, TooLargeError.

    `odd_root` says what is odd about the one top folder that members lie in, given the file's name; None: there is no
    such folder. `hidden` are further problems by which another reader may see other files.
    """
    tree = artifact_tree.read_tree(data, artifact.file_name, rooted=odd_root is not None, **how)
    problems = {*tree.problems, *(odd_root(tree, artifact.file_name) if odd_root else ())}
    return Contents(
        artifact.file_name,
        artifact.kind,
        hashlib.sha256(data).hexdigest(),
        tree.readable,
        tuple(sorted(problems)),
        tree.folder_links,
        tree.unresolved,
        (*tree.unclear, *(p for p in tree.problems if p.partition(":")[0] in (*_OTHER_FILES, *hidden))),
    )


def contents_claim(contents: Contents) -> ArtifactContents:
    """The members as a claim."""
    members, lines, tests = [], 0, 0
    for file in contents.files:
        members.append(Member(file.path, file.size, file.sha256, file.kind, file.language))
        if file.kind is MemberKind.PYTHON:
            lines += (file.data or b"").count(b"\n")
            tests += bool(_TEST.search(file.path))
    unique = sorted(set(members), key=lambda m: (m.path, m.sha256))
    return ArtifactContents(contents.file_name, contents.kind, tuple(unique), tests, lines)


def audit_claim(contents: Contents) -> ContainerAudit:
    """What is odd about the container as a claim."""
    return ContainerAudit(contents.file_name, contents.problems[:100])
