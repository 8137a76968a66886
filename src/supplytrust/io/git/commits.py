"""The values everything here works on: a commit of the log, a tag, and the whole log with its order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

GITLINK = "160000"


class Person(NamedTuple):
    """A name and e-mail address exactly as a commit or tag gives them; both are whatever their writer chose."""

    name: str
    email: str


class Touch(NamedTuple):
    """One file of a commit against its first parent. `blob` is the new content's id, raw; empty when deleted."""

    path: str
    blob: bytes
    status: str  # A, M, D, T as in git-diff(1)


class Commit(NamedTuple):
    """A commit as `git log --raw` shows it. Times are seconds since 1970 as written, unverified.

    A merge has more than one parent and lists no touches.
    """

    id: str
    parents: tuple[str, ...]
    author: Person
    authored: int
    committer: Person
    committed: int
    subject: str
    touches: tuple[Touch, ...]

    @property
    def merge(self) -> bool:
        """Whether it joins lines of history."""
        return len(self.parents) > 1

    @property
    def since(self) -> int:
        """The earlier of its two times: when the author is first seen with it."""
        return min(self.authored, self.committed)


class Signature(NamedTuple):
    """Who signed, without checking it: `kind` is openpgp, ssh or x509; `key` an id or fingerprint, may be empty."""

    kind: str
    key: str


class Extra(NamedTuple):
    """What the raw commit adds to the log: its signature, the people its trailers name as reviewers, and the
    advisories its message names (CVE-..., GHSA-...)."""

    signature: Signature | None
    reviewers: tuple[Person, ...]
    advisories: tuple[str, ...] = ()


NOTHING = Extra(None, ())


class Tag(NamedTuple):
    """A tag by its short name. Light tags have no tagger and no signature; `at` is then the commit's time."""

    name: str
    commit: str
    at: int
    tagger: Person | None
    signature: Signature | None


@dataclass(frozen=True, slots=True)
class Log:
    """A repository's history up to a moment, newest first, with its tags and the tips of its branches.

    `commits` and `tags` end at the moment; `by_id` holds every commit that was read, also later ones, so that
    one can follow what contains what. `later_tags` are those dated after it: made later, or made anew.
    """

    commits: tuple[Commit, ...]
    tags: tuple[Tag, ...]
    branches: tuple[tuple[str, str], ...]
    extras: dict[str, Extra]
    by_id: dict[str, Commit] = field(default_factory=dict)
    later_tags: tuple[Tag, ...] = ()

    def __post_init__(self) -> None:
        if not self.by_id:
            self.by_id.update((c.id, c) for c in self.commits)

    @property
    def first(self) -> int | None:
        """The earliest committer time; None for an empty history."""
        return min((c.committed for c in self.commits), default=None)
