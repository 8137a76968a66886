"""Question
    Were the year's changes let in by somebody other than their author?
Why it matters
    Two people must agree to do harm, or one must be deceived. In xz the newcomer let in 99 % of his own
    work in the end; the founder had let in all of it at first.
Evidence used
    CommitHistory (first-parent walk: who merged or committed each change) and Endorsement.
Supports when
    Of the changes whose lander is known (at least 20, and half of all), half or more were let in by a
    second person.
Opposes when
    Never. Whatever history shows only holds.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; for too many changes the lander is not known (web interface
    squash merges); most changes were let in by their author (inconclusive), as in every project of one.
Limits
    A second name may be the same person. Who pressed a button in a forge's web interface is not in the
    repository. Letting in is not reviewing. Names, addresses and dates are whatever the judged project
    wrote: a borrowed name inherits tenure and a back-dated commit fakes it; merged names are listed in the
    claim.
References
    SLSA v1.0 source track, two-party review; OpenSSF Scorecard, Code-Review; git-history measurements in
    docs/evaluation-git.md.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_by, with_endorsement
from supplytrust.model.claims.history import CommitHistory
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(
    id="provenance/changes_landed_by_second_person",
    claims=(
        CommitHistory,
        Endorsement,
    ),
)
_ENOUGH, _HALF = 20, 0.5


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Count changes by who let them in."""
    return with_endorsement(META, judged_by(META, evidence, CommitHistory, _judge), subject, evidence, moment)


def _judge(seen: Observation[CommitHistory]) -> Finding:
    claim = seen.claim
    known = claim.second_landed + claim.self_landed
    if known < _ENOUGH or known < _HALF * claim.window_commits:
        told = f"who let changes in is known for {known} of {claim.window_commits} in the year"
        return META.not_observed(NotObservedReason.INCOMPLETE, told, (seen,))
    told = f"{claim.second_landed} of {known} changes of the year were let in by a second person"
    if claim.second_landed >= _HALF * known:
        return META.supports(told, (seen,))
    return META.not_observed(NotObservedReason.INCONCLUSIVE, told, (seen,))
