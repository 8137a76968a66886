"""Question
    Were the year's changes approved before the merge by somebody other than their author?
Why it matters
    A second pair of eyes on every change is what a newcomer with a plan has to get past. The commits do not tell it:
    who approved stands on the forge.
Evidence used
    ForgeReviews (changes that were merged, by who approved or merged them).
Supports when
    Of at least 20 merged changes, eight of ten were approved before the merge by somebody else who had contributed
    before and whose account was half a year old. Grade `landed`: half or more were so approved, or merged by a second
    person. Both weigh within the group of changes_landed_by_second_person, so that of what the forge and the commits
    tell the stronger counts, once.
Opposes when
    Never. Whatever history shows only holds.
Not observed when
    No forge was asked, or it does not tell reviews to this reader (its source's reason); the declared repository was
    not confirmed by the artifact's files; fewer than 20 were merged, or most came in otherwise (inconclusive).
Limits
    An approval is a click: two accounts of one person approve each other, and nobody knows what was read. Approvals
    by bots, by the author, after the merge, and by accounts younger than half a year do not count. Commits that were
    pushed without a change on the forge are not among these: the commits tell of them.
References
    SLSA v1.0 source track, two-party review; OpenSSF Scorecard, Code-Review.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_by
from supplytrust.model.claims.forge import ForgeReviews
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="provenance/changes_reviewed", claims=(ForgeReviews,))
_ENOUGH, _MOST, _HALF = 20, 0.8, 0.5


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Count changes by who approved them."""
    return judged_by(META, evidence, ForgeReviews, _judge)


def _judge(seen: Observation[ForgeReviews]) -> Finding:
    claim = seen.claim
    told = f"{claim.approved} of {claim.merged} merged changes approved by a second person with a history"
    if claim.merged < _ENOUGH:
        return META.not_observed(NotObservedReason.INCONCLUSIVE, f"only {claim.merged} changes were merged", (seen,))
    if claim.approved >= _MOST * claim.merged:
        return META.supports(told, (seen,), at=claim.until)
    both = claim.approved + claim.second_merged
    if both >= _HALF * claim.merged:
        told = f"{both} of {claim.merged} changes approved or merged by a second person"
        return META.supports(told, (seen,), grade="landed", at=claim.until)
    return META.not_observed(NotObservedReason.INCONCLUSIVE, told, (seen,))
