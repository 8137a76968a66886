"""Question
    Does the tag of this release still name the commit it named when we saw it first?
Why it matters
    A published version is one source for ever. Eight of 64 documented attacks move an existing tag or
    version to other content, so that everybody who names it gets something else.
Evidence used
    ReleaseTag, with the pin that the ledger keeps from the first look.
Supports when
    The tag names the same commit as at an earlier look.
Opposes when
    The tag names another commit than at the first look: a veto (tampered), which no weight answers.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; there is no one tag; no ledger is kept (not-looked); this is the
    first look (first-sight).
Limits
    Says nothing about the time before the first look. A mistaken tag that its author corrected looks the
    same and needs a new release.
References
    tj-actions/changed-files (2025-03, CVE-2025-30066); trivy-action (2026-03-19); git-tag(1), "On re-
    tagging".
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_by, show_text
from supplytrust.model.claims.source_tree import ReleaseTag
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import Veto

META = SignalMeta(id="integrity/tag_unmoved", claims=(ReleaseTag,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Compare with the first look."""
    return judged_by(META, evidence, ReleaseTag, _judge)


def _judge(seen: Observation[ReleaseTag]) -> Finding:
    claim = seen.claim
    if claim.state != "found":
        return META.not_observed(NotObservedReason.NOT_FOUND, "no one tag of this version", (seen,))
    if claim.pinned_at is None:
        return META.not_observed(NotObservedReason.NOT_LOOKED, "no ledger is kept to compare with", (seen,))
    if claim.pinned != claim.commit:
        name = show_text(claim.name, 20)
        text = f"tag {name}: {claim.pinned[:12]} on {claim.pinned_at:%Y-%m-%d}, now {claim.commit[:12]}"
        return META.opposes(text, (seen,), veto=Veto.TAMPERED)
    if claim.pinned_at >= seen.observed_at:
        return META.not_observed(
            NotObservedReason.FIRST_SIGHT, f"commit {claim.commit[:12]} is seen for the first time", (seen,)
        )
    return META.supports(f"commit {claim.commit[:12]} since {claim.pinned_at:%Y-%m-%d}", (seen,))
