"""Question
    Is the one commit known that this release was made from?
Why it matters
    Only what is traced to a commit can be compared, reviewed and rebuilt. Without it an artifact has an
    author at most, and no source.
Evidence used
    ReleaseTag.
Supports when
    The repository has one tag of the judged version, and its commit was read.
Opposes when
    Never. Whatever history shows only holds.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; there is no tag of the version (not-found), or several that name
    different commits (inconclusive).
Limits
    Anyone who can push can make a tag. It says which commit is claimed, not that the artifact was built
    from it: that is asked by artifact_matches_source_tree.
References
    SLSA v1.0, "Source threats"; Gao et al., PyRadar (FSE 2024); in-toto attestation framework, resource
    descriptors.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import first_of, judged_by, show_text
from supplytrust.model.claims.source_tree import ReleaseTag
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="integrity/source_commit_known", claims=(ReleaseTag,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Take the tag's commit."""
    return judged_by(META, evidence, ReleaseTag, _judge)


def _judge(seen: Observation[ReleaseTag]) -> Finding:
    claim = seen.claim
    if claim.state == "found":
        return META.supports(f"tag {show_text(claim.name, 30)} is commit {claim.commit[:12]}", (seen,))
    if claim.state == "ambiguous":
        told = f"several tags of this version: {first_of(claim.candidates)}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, told, (seen,))
    return META.not_observed(NotObservedReason.NOT_FOUND, f"no tag of version {show_text(claim.version, 30)}", (seen,))
