"""What a forge (GitHub, GitLab, Gitea, Forgejo) knows beside the commits: answers, reviews, rules, releases.

Counts only, never names of reporters. `since` is where what was read begins: everything asked between it and `until` is
counted. `known_by` says why the repository is taken for the package's own, as in the claims about its commits.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.source_tree import KnownBy


class AnswerKind(enum.StrEnum):
    """What was asked of the maintainers."""

    ISSUES = "issues"
    CHANGES = "changes"  # pull and merge requests
    SECURITY = "security"  # issues that are labelled as about security


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """Days from a question by somebody outside to the first answer by a maintainer who is no bot.

    `asked` = `answered` + `waiting` + `withdrawn`. What waits, or was closed without a word, is censored at the end of
    what was read, what its author withdrew at that moment. `median_days` and `ninety_days` are where the Kaplan-Meier
    estimate of "still waiting" falls to one half and to one tenth; None: it does not fall so far.
    """

    kind: AnswerKind
    asked: int
    answered: int
    waiting: int
    withdrawn: int
    median_days: float | None
    ninety_days: float | None


@dataclass(frozen=True, slots=True)
class ForgeAnswers(Claim):
    """How questions of the time from `since` to `until` were answered. `bot_answers` were not counted as answers."""

    known_by: KnownBy
    repository: str
    since: datetime
    until: datetime
    times: tuple[AnswerTimes, ...]
    bot_answers: int
    closed_in_bulk: int

    def of(self, kind: AnswerKind) -> AnswerTimes | None:
        """The times of one kind, None when such questions were not read."""
        return next((times for times in self.times if times.kind is kind), None)


@dataclass(frozen=True, slots=True)
class ForgeReviews(Claim):
    """How changes that were merged from `since` to `until` came in.

    `approved`: somebody other than the author, no bot, who is a maintainer or had contributed before and whose account
    was half a year old, approved before the merge. `approved_by_newcomers`: only others did. `second_merged`: not
    approved, and a person other than the author merged it. `self_merged`: the author did, `unknown`: it is not told.
    """

    known_by: KnownBy
    repository: str
    since: datetime
    until: datetime
    merged: int
    approved: int
    approved_by_newcomers: int
    second_merged: int
    self_merged: int
    unknown: int


@dataclass(frozen=True, slots=True)
class BranchRules(Claim):
    """The rules of the main branch that a reader without rights can see, as they stood at `seen_at`.

    None where the forge does not say. `bypass`: how many may go round the rules, None when it is not told.
    """

    known_by: KnownBy
    repository: str
    branch: str
    seen_at: datetime
    approvals: int | None
    checks: tuple[str, ...] | None
    force_push: bool | None
    signatures: bool | None
    bypass: int | None


@dataclass(frozen=True, slots=True)
class WorkflowReleases(Claim):
    """Who published the releases of the forge from `since` to `until`: a workflow's own account, or a person's."""

    known_by: KnownBy
    repository: str
    since: datetime
    until: datetime
    releases: int
    by_workflow: int


@dataclass(frozen=True, slots=True)
class ForgeRepository(Claim):
    """The state of the repository. `moved_to` is its address where the declared one leads elsewhere, else empty."""

    known_by: KnownBy
    repository: str
    forge: str
    seen_at: datetime
    archived: bool | None
    archived_at: datetime | None
    moved_to: str
    created_at: datetime | None
