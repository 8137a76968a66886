"""Question
    Do the workflows that test and release this version keep strangers from steering them?
Why it matters
    A pull request's title in a shell command, a run with the project's rights that builds a stranger's change, an
    action whose tag was moved: each was the way into releases (tj-actions in 2025, ultralytics in 2024).
Evidence used
    WorkflowWeaknesses (the CI workflows of the tagged tree, read as text).
Supports when
    Every workflow was read and none takes text or code of strangers into a run with rights, hands secrets on, or lets
    them on the project's machines. `pinned`: and all foreign actions and images are named by digest. Weak: rules of
    the repository and of the organization are not in the tree.
Opposes when
    Never: a weakness that nobody used is no harm yet.
Not observed when
    There is no tag or workflow (its source's reason); the declared repository was not confirmed by the artifact's
    files (depends); a file could not be read (incomplete); there is such a weakness (inconclusive), which is named.
Limits
    Only workflows in the form of GitHub Actions. A foreign action is not looked into. The same file may be changed
    after the tag; what publishes is told by attestations.
References
    GitHub, Security hardening for GitHub Actions; OpenSSF Scorecard, Dangerous-Workflow and Pinned-Dependencies.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_by, show_text
from supplytrust.model.claims.code import WorkflowWeaknesses
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="build/workflows_keep_strangers_out", claims=(WorkflowWeaknesses,))
_MOVABLE = frozenset({"unpinned-action", "unpinned-image"})  # common, and for others than its owners no way in


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look for what is more than a reference that its owner could move."""
    return judged_by(META, evidence, WorkflowWeaknesses, _judge)


def _judge(seen: Observation[WorkflowWeaknesses]) -> Finding:
    claim = seen.claim
    grave = [one for one in claim.found if one.kind not in _MOVABLE]
    if grave:
        first = sorted(grave, key=lambda one: (one.path not in claim.publishers, one.path, one.place))[0]
        more = f" and {len(grave) - 1} more" if len(grave) > 1 else ""
        told = f"{first.kind} in {show_text(first.path.rpartition('/')[2], 30)}{more}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, told, (seen,))
    if claim.unread or claim.total > len(claim.found):
        told = f"{claim.unread} of {claim.files} workflows could not be read"
        return META.not_observed(NotObservedReason.INCOMPLETE, told, (seen,))
    if claim.total:
        told = f"{claim.files} workflows let no stranger in; {claim.total} of {claim.actions} actions can be moved"
        return META.supports(told, (seen,))
    told = f"{claim.files} workflows let no stranger in; all actions by digest"
    return META.supports(told + (f"; {claim.analysers[0]}" if claim.analysers else ""), (seen,), grade="pinned")
