"""Question
    Is the repository still open for work, at the address that the release declares?
Why it matters
    Who archives a repository says that nobody will answer there any more. A fix, if one comes, comes elsewhere.
Evidence used
    ForgeRepository (the forge's own mark, and where the declared address leads).
Supports when
    The forge says that it is not archived. Weak: most abandoned repositories are never archived.
Opposes when
    It is archived.
Not observed when
    No forge was asked (its source's reason); the declared repository was not confirmed by the artifact's files; the
    address leads to another one, which may be a renaming or a hand-over (inconclusive); for a past day the forge
    gives no date (incomplete).
Limits
    An archived repository may have been moved on purpose, with a new one that the release does not declare yet. A
    redirect ends when somebody takes the old name: then another repository answers under the declared address.
References
    The forges' documentation, "Archiving repositories" and "Renaming a repository".
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_by, show_text
from supplytrust.model.claims.forge import ForgeRepository
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="responsiveness/repository_not_archived", claims=(ForgeRepository,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look at the mark."""
    return judged_by(META, evidence, ForgeRepository, _judge)


def _judge(seen: Observation[ForgeRepository]) -> Finding:
    claim = seen.claim
    if claim.archived is None:
        return META.not_observed(NotObservedReason.INCOMPLETE, "whether it was archived then is not told", (seen,))
    if claim.archived:
        since = f" since {claim.archived_at:%Y-%m-%d}" if claim.archived_at else ""
        return META.opposes(f"the repository is archived{since}", (seen,))
    if claim.moved_to:
        where = show_text(claim.moved_to.split("://")[-1], 48)
        return META.not_observed(NotObservedReason.INCONCLUSIVE, f"moved to {where}", (seen,))
    return META.supports("the repository is not archived", (seen,), at=claim.seen_at)
