"""One artifact, read: its members where an installer or builder would see them, and counts over them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from supplytrust.ecosystems.pypi.filenames import names_release, parse_filename
from supplytrust.io.archives import artifact_tree
from supplytrust.io.archives.artifact_tree import ArtifactTree, read_tree
from supplytrust.io.archives.file_type import kind_of
from supplytrust.io.archives.reader import Entry, Keep, Limits, textual
from supplytrust.io.archives.spool import Spool
from supplytrust.model.claims.artifact import ArtifactContents, ContainerAudit, Member, MemberKind
from supplytrust.model.subject import Artifact, ArtifactKind

_OTHER_FILES = ("second-archive", "path-escape", "name-mismatch", "device")  # other readers may see other files
_DIST_INFO_FILES = frozenset({"METADATA", "RECORD", "WHEEL"})
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

    @property
    def dist_info(self) -> str:
        """A wheel's metadata folder with a slash at its end; '' when there is none at the top.

        Of several the one that the file is named by; of those the one with METADATA.
        """
        known = (f"{top}/" for top, _, name in (f.path.partition("/") for f in self.files) if name in _DIST_INFO_FILES)
        folders = list(dict.fromkeys(folder for folder in known if folder.endswith(".dist-info/")))
        paths = {f.path for f in self.files}
        return max(folders, key=lambda f: (self._is_own(f), f + "METADATA" in paths), default="")

    def _is_own(self, folder: str) -> bool:
        parsed, named = parse_filename(self.file_name), parse_filename(folder.removesuffix(".dist-info/") + ".tar.gz")
        return parsed is not None and named is not None and (parsed.name, parsed.version) == (named.name, named.version)


def read(
    artifact: Artifact,
    data: bytes,
    *,
    keep: Keep = textual,
    spool: Spool | None = None,
    limits: Limits | None = None,
) -> Contents:
    """Read an artifact's bytes. MalformedError, TooLargeError."""
    sdist = artifact.kind is ArtifactKind.SDIST
    tree = read_tree(data, artifact.file_name, rooted=sdist, keep=keep, spool=spool, limits=limits)
    problems = {*tree.problems, *(_odd_root(tree, artifact.file_name) if sdist else ())}
    return Contents(
        artifact.file_name,
        artifact.kind,
        hashlib.sha256(data).hexdigest(),
        tree.readable,
        tuple(sorted(problems)),
        tree.folder_links,
        tree.unresolved,
        (*tree.unclear, *(p for p in tree.problems if p.partition(":")[0] in _OTHER_FILES)),
    )


def _odd_root(tree: ArtifactTree, file_name: str) -> Iterator[str]:
    """A sdist has one top folder, `{name}-{version}` (PEP 625; before it in other spellings of the two)."""
    if not tree.root:
        yield "odd-root: there is no one top folder"
    elif not names_release(tree.root, file_name):
        yield f"odd-root: {tree.root[:80]!r} is not the name and version of {file_name[:80]}"


def contents_claim(contents: Contents) -> ArtifactContents:
    """The members as a claim."""
    members, lines, tests = [], 0, 0
    for file in contents.files:
        kind, language = kind_of(file.path, file.head)
        members.append(Member(file.path, file.size, file.sha256, kind, language))
        if kind is MemberKind.PYTHON:
            lines += (file.data or b"").count(b"\n")
            tests += bool(_TEST.search(file.path))
    unique = sorted(set(members), key=lambda m: (m.path, m.sha256))
    return ArtifactContents(contents.file_name, contents.kind, tuple(unique), tests, lines)


def audit_claim(contents: Contents) -> ContainerAudit:
    """What is odd about the container as a claim."""
    return ContainerAudit(contents.file_name, contents.problems[:100])
