"""Question
    Is whoever led the project before still the one who leads, or did no newcomer take the place?
Why it matters
    A hand-over under pressure is the hinge of the long game: the founder of xz went from 90 % to 46 % of
    the commits within a year.
Evidence used
    CommitHistory (shares of years two to four before against the last year) and Endorsement.
Supports when
    Nobody held half of the commits before, or the one who did still does, or no newcomer holds 30 % now.
Opposes when
    Never. Whatever history shows only holds.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; the project is younger than three years, or has fewer than 20
    commits in the year (inconclusive); a newcomer with 30 % or more has displaced the former majority
    (inconclusive).
Limits
    People retire, and others step in: 1.9 % of healthy releases. Names, addresses and dates are whatever
    the judged project wrote: a borrowed name inherits tenure and a back-dated commit fakes it; merged names
    are listed in the claim.
References
    reference rule R8 of docs/evaluation-git.md; Avelino et al., "On the abandonment and survival of open
    source projects" (arXiv 1906.08058).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_by, show_text, too_young, with_endorsement
from supplytrust.model.claims.history import CommitHistory
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(
    id="provenance/no_sudden_displacement",
    claims=(
        CommitHistory,
        Endorsement,
    ),
)
_HALF, _NEWCOMER, _ENOUGH = 0.5, 0.3, 20


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Compare shares then and now."""
    return with_endorsement(META, judged_by(META, evidence, CommitHistory, _judge), subject, evidence, moment)


def _judge(seen: Observation[CommitHistory]) -> Finding:
    claim, lead = seen.claim, show_text(seen.claim.incumbent, 24)
    young = too_young(META, seen)
    if young is not None:
        return young
    if claim.window_commits < _ENOUGH:
        return META.not_observed(
            NotObservedReason.INCONCLUSIVE, f"only {claim.window_commits} commits in the year", (seen,)
        )
    told = f"{lead}: {claim.incumbent_before:.0%} before, {claim.incumbent_now:.0%} now"
    displaced = claim.incumbent_before >= _HALF > claim.incumbent_now
    if displaced and claim.newcomer_share >= _NEWCOMER:
        told += f"; a newcomer has {claim.newcomer_share:.0%}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, told, (seen,))
    return META.supports(told, (seen,))
