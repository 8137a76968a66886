"""Question
    Was the project awake before this release, or released by somebody it knows?
Why it matters
    A package that slept for years and wakes up under a new hand is the pattern of event-stream: dormant for
    more than 540 days and then a new releaser occurs in 0.3 % of healthy releases.
Evidence used
    CommitHistory (time since the release before, releaser) and Endorsement.
Supports when
    The release before is at most 540 days old, or the releaser has released before.
Opposes when
    Never. Whatever history shows only holds.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; there is no earlier release in the repository (no-predecessor);
    it slept and the releaser is new or not known (inconclusive).
Limits
    Finished packages sleep, honestly. A burst of releases resets the clock: ask it of each. Names,
    addresses and dates are whatever the judged project wrote: a borrowed name inherits tenure and a back-
    dated commit fakes it; merged names are listed in the claim.
References
    event-stream 3.3.5 (2018-09-05), first release in over two years; reference rule R10 of docs/evaluation-
    git.md.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_by, show_text, with_endorsement
from supplytrust.model.claims.history import CommitHistory
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(
    id="provenance/active_before_release",
    claims=(
        CommitHistory,
        Endorsement,
    ),
)
_DORMANT_DAYS = 540


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look at the time since the release before."""
    return with_endorsement(META, judged_by(META, evidence, CommitHistory, _judge), subject, evidence, moment)


def _judge(seen: Observation[CommitHistory]) -> Finding:
    claim = seen.claim
    if claim.dormant_days is None:
        return META.not_observed(NotObservedReason.NO_PREDECESSOR, "no earlier release in the repository", (seen,))
    if claim.dormant_days <= _DORMANT_DAYS:
        return META.supports(f"{claim.dormant_days} days after the release before", (seen,))
    told, name = f"silent for {claim.dormant_days:,} days before it", show_text(claim.releaser.name, 24)
    if claim.releaser.new_for_days == 0:
        return META.supports(f"{told}; released by {name}, as before", (seen,), grade="known-releaser")
    who = f"{name}, who is new to releasing" if name else "somebody unknown"
    return META.not_observed(NotObservedReason.INCONCLUSIVE, f"{told}; released by {who}", (seen,))
