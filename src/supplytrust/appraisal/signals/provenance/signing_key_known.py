"""Question
    Is the release signed with a key the project has signed with before?
Why it matters
    A second key after years with one is how a new person with release rights first shows in a repository:
    for xz on 2023-03-18, a year before the backdoor.
Evidence used
    CommitHistory (key ids of release tags and commits) and Endorsement.
Supports when
    The release is signed and its key is among those of earlier releases.
Opposes when
    Never. Whatever history shows only holds.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; the release is not signed (not-published), no key was used before
    (no-predecessor), or the key is new (inconclusive).
Limits
    11.5 % of healthy releases have a new key. "Not signed" says nothing: it fired on the honest clean-up of
    xz only. Signatures are not checked here.
References
    reference rule R3 of docs/evaluation-git.md; RFC 9580; OpenSSH PROTOCOL.sshsig.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_by, with_endorsement
from supplytrust.model.claims.history import CommitHistory
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(
    id="provenance/signing_key_known",
    claims=(
        CommitHistory,
        Endorsement,
    ),
)


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Compare with earlier keys."""
    return with_endorsement(META, judged_by(META, evidence, CommitHistory, _judge), subject, evidence, moment)


def _judge(seen: Observation[CommitHistory]) -> Finding:
    who = seen.claim.releaser
    if not who.signed:
        return META.not_observed(
            NotObservedReason.NOT_PUBLISHED, "the release is not signed in the repository", (seen,)
        )
    if who.key_new is None:
        return META.not_observed(
            NotObservedReason.NO_PREDECESSOR, "no earlier signed release, or no key is named", (seen,)
        )
    years = who.key_years_before or 0.0
    if who.key_new:
        told = f"{who.signed} key {who.key[-16:]} is new after {years:.0f} years of other keys"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, told, (seen,))
    return META.supports(f"{who.signed} key {who.key[-16:]} signed releases before", (seen,))
