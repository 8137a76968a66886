"""Question
    Do the year's changes show that somebody else looked at them?
Why it matters
    A second pair of eyes finds what the first overlooked, and makes harm take two.
Evidence used
    CommitHistory (review trailers of other people, and changes let in by a second person).
Supports when
    At least 20 changes, and half or more were reviewed by a named other person. Grade `landed`: half or
    more were let in by a second person.
Opposes when
    Never. Whatever history shows only holds.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; there were fewer than 20 changes, or most show no second person
    (not-published): forges keep reviews outside the repository.
Limits
    A trailer is text that the author can write; letting in is not reading. Reviews on a forge are not in
    the repository and are not asked for here. Names, addresses and dates are whatever the judged project
    wrote: a borrowed name inherits tenure and a back-dated commit fakes it; merged names are listed in the
    claim.
References
    Linux kernel, "Submitting patches" (Reviewed-by); OpenSSF Scorecard, Code-Review.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_by, with_endorsement
from supplytrust.model.claims.history import CommitHistory
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(
    id="expertise/reviewed_by_others",
    claims=(
        CommitHistory,
        Endorsement,
    ),
)
_ENOUGH, _HALF = 20, 0.5


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Count changes that somebody else looked at."""
    return with_endorsement(META, judged_by(META, evidence, CommitHistory, _judge), subject, evidence, moment)


def _judge(seen: Observation[CommitHistory]) -> Finding:
    claim = seen.claim
    if claim.window_commits < _ENOUGH:
        return META.not_observed(
            NotObservedReason.INCONCLUSIVE, f"only {claim.window_commits} commits in the year", (seen,)
        )
    if claim.reviewed >= _HALF * claim.window_commits:
        return META.supports(f"{claim.reviewed} of {claim.window_commits} changes name another reviewer", (seen,))
    told = f"{claim.second_landed} of {claim.window_commits} changes were let in by a second person"
    if claim.second_landed >= _HALF * claim.window_commits:
        return META.supports(told, (seen,), grade="landed")
    return META.not_observed(NotObservedReason.NOT_PUBLISHED, f"{told}, {claim.reviewed} reviewed by name", (seen,))
