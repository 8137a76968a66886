"""What a project's disclosure policy promises, as far as its text says so in words that can be compared with dates."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.source_tree import KnownBy


class PromiseKind(enum.StrEnum):
    """What is promised within a time."""

    ACKNOWLEDGE = "acknowledge"  # an answer to the reporter; seen by nobody else
    FIX = "fix"  # a repaired release
    DISCLOSE = "disclose"  # publication, repaired or not


class SupportRule(enum.StrEnum):
    """Which versions the text says are repaired, when it says so by a rule and not by a list."""

    LATEST = "latest"  # the newest release
    LATEST_LINE = "latest-line"  # the newest minor line
    LATEST_MAJOR = "latest-major"
    LISTED = "listed"  # a table or list of versions
    UNSTATED = "unstated"


@dataclass(frozen=True, slots=True)
class Promise:
    """Something within so many days (working days count 1.4), with the words it was read from."""

    kind: PromiseKind
    days: float
    words: str


@dataclass(frozen=True, slots=True)
class SupportRow:
    """One row of a list of versions: what it says about which versions, e.g. `2.10.x`, `< 3.1`, `older`."""

    versions: str
    supported: bool


@dataclass(frozen=True, slots=True)
class DisclosurePromises(Claim):
    """One policy text, read. `file_name` names the artifact it lies in; empty: it is of the repository's main branch.

    `as_of` is when it said so: the commit of the branch that was read, or the artifact's upload. `judged` says
    whether `rows` support the judged version (`row` is the row that decides), None when no row is about it. A text of
    the judged artifact is the package's own and counts as confirmed.
    """

    known_by: KnownBy
    path: str
    file_name: str
    as_of: datetime | None
    private: bool
    promises: tuple[Promise, ...]
    rule: SupportRule
    rows: tuple[SupportRow, ...]
    judged: bool | None = None
    row: str = ""

    def within(self, kind: PromiseKind) -> float | None:
        """The longest term promised for something; None when none is."""
        return max((p.days for p in self.promises if p.kind is kind), default=None)
