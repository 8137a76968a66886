"""Question
    Was this release made by somebody who had made releases of the project before?
Why it matters
    Releasing is the most powerful right in a project. 15 of 15 releases of two documented takeovers had a
    releaser without releases older than 540 days; 11.1 % of healthy releases have.
Evidence used
    CommitHistory (tagger of an annotated tag, else committer of the release commit) and Endorsement.
Supports when
    The releaser made releases before, also before the last 540 days.
Opposes when
    Never. Whatever history shows only holds.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; the release was made in a web interface or by a bot; fewer than
    three releases came before; all releases older than a year or 540 days are by others (inconclusive).
Limits
    Who publishes to the index is another account, which git does not see. Names, addresses and dates are
    whatever the judged project wrote: a borrowed name inherits tenure and a back-dated commit fakes it;
    merged names are listed in the claim.
References
    reference rules R1 and R2 of docs/evaluation-git.md; event-stream 3.3.5 (2018-09-05); xz v5.4.2
    (2023-03-18).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_by, show_text, with_endorsement
from supplytrust.model.claims.history import CommitHistory
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(
    id="provenance/releaser_known",
    claims=(
        CommitHistory,
        Endorsement,
    ),
)


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Compare with earlier releasers."""
    return with_endorsement(META, judged_by(META, evidence, CommitHistory, _judge), subject, evidence, moment)


def _judge(seen: Observation[CommitHistory]) -> Finding:
    who, name = seen.claim.releaser, show_text(seen.claim.releaser.name, 30)
    if not who.name:
        return META.not_observed(
            NotObservedReason.NOT_PUBLISHED, "made in a web interface, by a bot, or without a tag", (seen,)
        )
    if who.new_for_days is None:
        told = f"{who.prior} releases before this one: too few or too recent to compare with"
        return META.not_observed(NotObservedReason.NO_PREDECESSOR, told, (seen,))
    if who.new_for_days == 0:
        return META.supports(f"{name} made {who.prior_own} of {who.prior} releases before", (seen,))
    told = f"{name} made no release before the last {who.new_for_days} days, others made {who.prior - who.prior_own}"
    return META.not_observed(NotObservedReason.INCONCLUSIVE, told, (seen,))
