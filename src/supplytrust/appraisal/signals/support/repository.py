"""How signals take what a repository says: only when it is the package's own, and the least favourable of several."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from supplytrust.appraisal.signals.support.select import current, least_favourable
from supplytrust.model.claims.history import (
    CommitHistory,
    DisclosurePolicy,
    DisclosurePromises,
    FixHistory,
    MaintainedLines,
)
from supplytrust.model.claims.source_tree import KnownBy, ReleaseTag, SourceComparison
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import Finding, SignalMeta

C = TypeVar("C", CommitHistory, DisclosurePolicy, FixHistory, MaintainedLines, ReleaseTag, SourceComparison)
YOUNG_DAYS = 3 * 365


def judged_by(
    meta: SignalMeta, evidence: SubjectEvidence, kind: type[C], judge: Callable[[Observation[C]], Finding]
) -> Finding:
    """The least favourable judgement of the current claims of a kind; without any, why there is none.

    A repository that a release merely declares, and that none of its files were compared with, could be anybody's:
    what it says is then not observed.
    """
    seen = current(evidence, kind)
    if not seen:
        return meta.missing(evidence, kind)
    own = [o for o in seen if o.claim.known_by is not KnownBy.DECLARED]
    if not own:
        return meta.not_observed(
            NotObservedReason.DEPENDS, "the declared repository was not confirmed by any file", seen
        )
    return least_favourable(judge(o) for o in own)


def policy_text(meta: SignalMeta, evidence: SubjectEvidence) -> Observation[DisclosurePromises] | Finding:
    """The policy text to go by: the repository's present one before that of an artifact; else why there is none."""
    seen = current(evidence, DisclosurePromises)
    own = [o for o in seen if o.claim.known_by is not KnownBy.DECLARED]
    if own:
        return max(own, key=lambda o: (not o.claim.file_name, o.observed_at, o.id))
    if seen:
        return meta.not_observed(
            NotObservedReason.DEPENDS, "the declared repository was not confirmed by any file", seen
        )
    return meta.missing(evidence, DisclosurePromises)


def too_young(meta: SignalMeta, seen: Observation[CommitHistory]) -> Finding | None:
    """In a project younger than three years everybody is new, which tells nothing; None when it is older."""
    if seen.claim.age_days >= YOUNG_DAYS:
        return None
    return meta.not_observed(
        NotObservedReason.INCONCLUSIVE, f"the project is {seen.claim.age_days} days old: all are new", (seen,)
    )
