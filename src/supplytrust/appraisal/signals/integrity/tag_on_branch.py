"""Question
    Is the tagged commit part of a branch of the repository?
Why it matters
    A tag can name a commit that nobody ever merged or could have reviewed: four of 64 documented attacks
    tag a commit of no branch.
Evidence used
    ReleaseTag.
Supports when
    A branch that exists contains the tag's commit.
Opposes when
    Never. Honest projects tag release commits that no branch keeps: 20 of 990 version tags
    of eleven healthy repositories.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; there is no one tag; no branch contains the commit
    (inconclusive).
Limits
    Branches come and go: a release branch deleted after tagging looks the same. Whoever can push to a
    branch passes.
References
    SLSA v1.0, source track; reviewdog/action-setup (2025-03-11) and trivy-action (2026-03-19), tags moved
    to commits of no branch.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_by, show_text
from supplytrust.model.claims.source_tree import ReleaseTag
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="integrity/tag_on_branch", claims=(ReleaseTag,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look for a branch that contains the commit."""
    return judged_by(META, evidence, ReleaseTag, _judge)


def _judge(seen: Observation[ReleaseTag]) -> Finding:
    claim = seen.claim
    if claim.on_branch is None:
        return META.not_observed(
            NotObservedReason.NOT_FOUND, "no one tag of this version, or no branch to look in", (seen,)
        )
    if claim.on_branch:
        return META.supports(f"a branch contains {claim.commit[:12]}", (seen,))
    told = f"no branch contains {claim.commit[:12]} of tag {show_text(claim.name, 30)}"
    return META.not_observed(NotObservedReason.INCONCLUSIVE, told, (seen,))
