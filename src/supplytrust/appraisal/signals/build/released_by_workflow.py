"""Question
    Are the releases on the forge published by a workflow, and not from somebody's own machine?
Why it matters
    What a workflow publishes was made from the repository, by steps that others can read. What a person uploads was
    made wherever they like.
Evidence used
    WorkflowReleases (who published the forge's releases of a year).
Supports when
    Of at least two releases, all were published by a program's account. Weak: it is not shown to be this file.
Opposes when
    Never: publishing by hand is a habit of many careful people.
Not observed when
    No forge was asked or it tells no releases (its source's reason); the declared repository was not confirmed by the
    artifact's files; there are fewer than two (not-applicable), or a person published one (inconclusive).
Limits
    Anybody with the right to change a workflow can make it publish anything. A release on the forge is not the
    upload to the index; that is told by attestations (built_by_expected_workflow). GitLab shows the person who started
    the pipeline.
References
    SLSA v1.0 build track; OpenSSF Scorecard, Packaging.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_by
from supplytrust.model.claims.forge import WorkflowReleases
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="build/released_by_workflow", claims=(WorkflowReleases,))
_ENOUGH = 2


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Count who published."""
    return judged_by(META, evidence, WorkflowReleases, _judge)


def _judge(seen: Observation[WorkflowReleases]) -> Finding:
    claim = seen.claim
    told = f"{claim.by_workflow} of {claim.releases} releases of the year were published by a workflow"
    if claim.releases < _ENOUGH:
        return META.not_observed(NotObservedReason.NOT_APPLICABLE, f"{claim.releases} releases on the forge", (seen,))
    if claim.by_workflow < claim.releases:
        return META.not_observed(NotObservedReason.INCONCLUSIVE, told, (seen,))
    return META.supports(told, (seen,), at=claim.until)
