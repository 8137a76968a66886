"""Question
    Do fixes of named vulnerabilities reach a release soon after they are committed?
Why it matters
    Between commit and release a fix is public and nobody has it: the window in which a fix is a guide for
    attackers. Healthy projects: median .1 day, 75 % within 1.1 days.
Evidence used
    FixHistory (commits of five years whose message names an advisory, and the first release that contains
    them).
Supports when
    At least two such fixes, and three of four were released within seven days.
Opposes when
    At least three such fixes, and half of them took more than 90 days or are still unreleased after 90.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; fewer than two fixes name an advisory (not-published), or the
    record is mixed (inconclusive).
Limits
    A message may name an advisory for other reasons (a note, a test, a bumped dependency). Silent fixes are
    not seen. The time before the commit is not seen either: that is asked of advisories.
References
    Measurements in docs/evaluation-git.md; arXiv 2403.17382 (mean time to update and to remediate).
"""

from __future__ import annotations

from supplytrust.model.claims.history import FixHistory, FixRelease
from supplytrust.model.evidence import GapReason, Observation, SubjectEvidence
from supplytrust.model.finding import Finding, Moment, SignalMeta
from supplytrust.model.sourcing import judged_by
from supplytrust.model.subject import Subject

META = SignalMeta(id="responsiveness/fixes_released_promptly", claims=(FixHistory,))
_PROMPT, _LATE = 7.0, 90.0


def ask(subject: Subject, evidence: SubjectEvidence, moment: Moment) -> Finding:
    """Look at the times from commit to release."""
    return judged_by(META, evidence, FixHistory, _judge)


def _judge(seen: Observation[FixHistory]) -> Finding:
    waited = [_days(f, seen) for f in seen.claim.fixes]
    known = [d for d in waited if d is not None]
    if len(known) < 2:
        told = f"{len(known)} released fixes of {seen.claim.years} years name an advisory"
        return META.not_observed(GapReason.NOT_PUBLISHED, told, (seen,))
    prompt, late = sum(d <= _PROMPT for d in known), sum(d > _LATE for d in known)
    told = f"{prompt} of {len(known)} fixes were released within {_PROMPT:.0f} days, {late} after {_LATE:.0f}"
    if prompt >= 0.75 * len(known):
        return META.supports(told, (seen,))
    if len(known) >= 3 and late >= 0.5 * len(known):
        return META.opposes(told, (seen,))
    return META.not_observed(GapReason.INCONCLUSIVE, told, (seen,))


def _days(fix: FixRelease, seen: Observation[FixHistory]) -> float | None:
    """Days from commit to release; for one that waits longer than the limit, the days it waits."""
    if fix.days is not None:
        return fix.days
    waits = (seen.observed_at - fix.at).days
    return float(waits) if waits > _LATE else None
