"""A repository's history as aggregates at one release, and what its disclosure policy promises. Never the log itself.

Names, addresses, dates and merged identities are what the judged project wrote about itself.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.source_tree import KnownBy


@dataclass(frozen=True, slots=True)
class Contributor:
    """Somebody with work in the year before the release, or its releaser.

    `aliases` are other names and addresses merged into this identity. Counts are of the window: commits, touches
    of sensitive paths, commits of others this one committed, own commits this one let in (`self_landed`) of those
    whose lander is known (`landed`), opaque binaries. `hold` is the part U_i of the control score. `evidence`
    are a few commit ids, the first one here and the newest in the window among them.
    """

    name: str
    aliases: tuple[str, ...]
    tenure_days: int
    commits: int
    sensitive: int
    binaries: int
    committed_for_others: int
    self_landed: int
    landed: int
    hold: float
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Releaser:
    """Who made the release, by its tag or commit. `name` empty: a web interface or bot stands in for somebody.

    `prior` releases came before, `prior_own` of them by this one; `new_for_days` is the longest of 365 and 540 for
    which all older releases are by others (0: not new). `key_new`: signed, and releases older than 540
    days are signed with other keys only.
    """

    name: str
    tenure_days: int | None
    prior: int
    prior_own: int
    new_for_days: int | None
    signed: str
    key: str
    key_new: bool | None
    key_years_before: float | None


@dataclass(frozen=True, slots=True)
class PartKnowledge:
    """Who changed one sensitive part in the last three years. `part`: build, ci, release, crypto or parser.

    `knowers` are those with three touches or more who are here for a year or longer, most touches first:
    (name, days since the first commit, touches); at most 12, `known_by` counts all.
    """

    part: str
    touches: int
    people: int
    known_by: int
    knowers: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class CommitHistory(Claim):
    """The state of a project at the moment of the judged release (`at`), from commits of the year before it.

    `release_commit` is empty when the release has no tag: `at` is then its upload. `control` is the score of
    `evidence.repository.control`, `control_room` what binaries that could not be read may add. `incumbent_*` compare
    the share of whoever led in years two to four before with the share in the window. `second_landed`, `self_landed`,
    `lander_unknown` split the window's commits; `reviewed` have another person's review trailer.
    `dormant_days` is the time since the release before. `long_standing` people (three years here) touched sensitive
    paths five times or more in three years. `domains` are e-mail domains of the window's commits, most used first.
    `parts` is who knows which sensitive part (None: written before that was asked).
    """

    known_by: KnownBy
    release: str
    release_commit: str
    at: datetime
    first_commit_at: datetime
    commits_total: int
    window_days: int
    window_commits: int
    sensitive_touches: int
    people: int
    contributors: tuple[Contributor, ...]
    absence_factor: int
    control: float
    control_room: float
    releaser: Releaser
    newcomer_share: float
    newcomer_sensitive_share: float
    newcomer_binaries: int | None
    newcomer_binary_commits: tuple[str, ...]
    incumbent: str
    incumbent_before: float
    incumbent_now: float
    second_landed: int
    self_landed: int
    lander_unknown: int
    reviewed: int
    previous_release: str
    dormant_days: int | None
    commits_since_previous: int
    long_standing: tuple[str, ...]
    domains: tuple[tuple[str, int], ...]
    parts: tuple[PartKnowledge, ...] | None = None

    @property
    def age_days(self) -> int:
        """Age of the project at the release."""
        return (self.at - self.first_commit_at).days


@dataclass(frozen=True, slots=True)
class FixRelease:
    """A commit whose message names a vulnerability, and the first release that contains it (None: none yet)."""

    commit: str
    names: tuple[str, ...]
    at: datetime
    release: str
    days: float | None


@dataclass(frozen=True, slots=True)
class FixHistory(Claim):
    """Fix commits of the last `years` before the judged moment, newest first, at most 40."""

    known_by: KnownBy
    years: int
    fixes: tuple[FixRelease, ...]


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """A release line (epoch, major and minor, or major) with its newest release."""

    line: str
    newest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MaintainedLines(Claim):
    """Lines that got a release after a higher line had started, within the last two years, and live branches."""

    known_by: KnownBy
    lines: tuple[ReleaseLine, ...]
    backports: tuple[str, ...]
    branches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """A commit that changed where vulnerabilities are to be reported, since the release before."""

    commit: str
    author: str
    tenure_days: int
    at: datetime
    removed: bool


@dataclass(frozen=True, slots=True)
class DisclosurePolicy(Claim):
    """The policy text in the released tree. `state`: present or absent-in-tree (it may live elsewhere).

    `private`: the text names a private way to report; None when its content was not readable.
    """

    known_by: KnownBy
    state: str
    paths: tuple[str, ...]
    private: bool | None
    supported_versions: bool | None
    changes: tuple[PolicyChange, ...]


# What a project's disclosure policy promises, as far as its text says so in words that can be compared with dates.


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
