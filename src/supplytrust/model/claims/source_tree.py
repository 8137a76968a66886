"""What a source repository says about one release: which commit it is, and how the artifact relates to its tree."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.claims.claim import Claim
from supplytrust.model.subject import ArtifactKind


class KnownBy(enum.StrEnum):
    """Why this repository is taken for the package's, best first. A release can declare any address it likes."""

    GIVEN = "given"  # by the caller of this assessment
    CONFIGURED = "configured"  # by the relying party's configuration
    CONFIRMED = "confirmed"  # declared by the release, and the artifact's files are found in its history
    DECLARED = "declared"  # declared by the release, nothing else


@dataclass(frozen=True, slots=True)
class SourceRepository(Claim):
    """The repository that was read. `shared` of `compared` artifact files are found somewhere in its history.

    `newest` is its latest commit up to the judged moment. `current_at` is a time up to which it is known to be
    complete (when it was fetched, or its newest commit); a release after it cannot be missed in it.
    """

    address: str
    known_by: KnownBy
    commits: int
    newest: datetime
    current_at: datetime
    shared: int | None
    compared: int | None


@dataclass(frozen=True, slots=True)
class ReleaseTag(Claim):
    """The tag of the judged version. `state`: found, absent or ambiguous (`candidates` names the tags).

    `on_branch` says whether a branch contains its commit. `signed` is the signature's kind or empty, `key` its
    key id, unverified; `key_before` of the `signed_before` signed releases older than 540 days carry the same key.
    `predecessors` are the index's earlier final releases of which `tagged` have a tag; `untagged` lists the rest,
    newest first. `pinned` is the commit first seen behind this tag's name (at `pinned_at`); empty without ledger.
    `newest_before` are the last three of them, `final` says that the judged version is no pre-release.
    `late`: the repository was not yet current when the release was uploaded, so that absence says nothing.
    `recent` are releases that were there for less than `release.HORIZON` before it and count for nothing.
    `foreign` are tags with this version's number that name another package, where this one has none.
    """

    version: str
    known_by: KnownBy
    state: str
    name: str = ""
    commit: str = ""
    tree: str = ""
    at: datetime | None = None
    annotated: bool = False
    signed: str = ""
    key: str = ""
    key_before: int = 0
    signed_before: int = 0
    on_branch: bool | None = None
    candidates: tuple[str, ...] = ()
    predecessors: int = 0
    tagged: int = 0
    untagged: tuple[str, ...] = ()
    newest_before: tuple[str, ...] = ()
    final: bool = True
    pinned: str = ""
    pinned_at: datetime | None = None
    late: bool = False
    foreign: tuple[str, ...] = ()
    recent: tuple[str, ...] = ()


class FileClass(enum.StrEnum):
    """How a file of an artifact relates to the tagged tree; the first that fits, in this order."""

    MATCH = "match"  # same path, same content
    MOVED = "moved"  # same content at a path the tree does not use otherwise
    MOVED_CODE = "moved-code"  # the same, of something that runs
    EOL_ONLY = "eol-only"  # same path, differs in line endings only
    GENERATED = "generated-verified"  # not in the tree, and its content was checked to be what a build writes
    COMPILED = "compiled"  # machine code that sources of the tree can be the origin of
    SUBMODULE = "submodule"  # below another repository that the tree refers to, which was not read
    UNREAD = "unread"  # too large to be compared
    IN_HISTORY = "in-history-not-tag"  # content of another commit than the tag's
    MODIFIED = "modified"  # same path, other content
    MODIFIED_TEXT = "modified-text"  # the same, of what people read and no build: read-me, documentation, uv.lock
    PHANTOM_EXECUTABLE = "phantom-executable"  # something that runs, of which the tree knows nothing
    PHANTOM_DATA = "phantom-data"  # anything else of which the tree knows nothing


@dataclass(frozen=True, slots=True, order=True)
class OddFile:
    """A file that the tree does not explain. `buildable`: the tree's own build system makes files of this name."""

    path: str
    relation: FileClass
    buildable: bool = False


@dataclass(frozen=True, slots=True)
class SourceComparison(Claim):
    """One artifact, file by file, against the tree of its release's tag (git blob ids).

    `counts` has every class that occurs; `odd` lists in-history, modified and phantom files (at most 50 paths,
    `odd_total` counts all); `autotools`: the tree has a configure script's source, so that tarballs hold its output.
    """

    file_name: str
    kind: ArtifactKind
    known_by: KnownBy
    tag: str
    commit: str
    files: int
    counts: tuple[tuple[FileClass, int], ...]
    odd: tuple[OddFile, ...]
    odd_total: int
    autotools: bool = False

    def count(self, *classes: FileClass) -> int:
        """How many files are of these classes."""
        return sum(n for c, n in self.counts if c in classes)


@dataclass(frozen=True, slots=True)
class SiblingRequirements(Claim):
    """Which of the young requirements a release added are `proven` to be made of its own repository, file by file.

    `known_by`: how the repository is known; None where none was needed, because there are no young ones.
    """

    young: tuple[str, ...]
    proven: tuple[str, ...]
    known_by: KnownBy | None = None
