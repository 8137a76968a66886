"""Question
    Did nobody new rewrite or remove the disclosure policy since the release before?
Why it matters
    Where reports go decides who learns of a backdoor first. In xz the newcomer had changed the policy and
    the contact of a fuzzing service before he was found out.
Evidence used
    DisclosurePolicy (commits that touched the policy since the release before).
Supports when
    The tree has a policy and it was not changed, or by people who have been here for three years.
Opposes when
    Never. Whatever history shows only holds.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; there is no policy in the tree; it was removed, or changed by a
    newcomer (inconclusive): read the change.
Limits
    Most changes are improvements. A policy kept elsewhere can be changed unseen. Names, addresses and dates
    are whatever the judged project wrote: a borrowed name inherits tenure and a back-dated commit fakes it;
    merged names are listed in the claim.
References
    xz, .github/SECURITY.md, commits of 2023 and 2024-03-26.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_by, show_text, with_endorsement
from supplytrust.model.claims.history import DisclosurePolicy
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(
    id="responsiveness/disclosure_policy_unweakened",
    claims=(
        DisclosurePolicy,
        Endorsement,
    ),
)
_NEWCOMER_DAYS = 3 * 365


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look at who changed it."""
    return with_endorsement(META, judged_by(META, evidence, DisclosurePolicy, _judge), subject, evidence, moment)


def _judge(seen: Observation[DisclosurePolicy]) -> Finding:
    claim = seen.claim
    removed = [c for c in claim.changes if c.removed]
    new = [c for c in claim.changes if c.tenure_days < _NEWCOMER_DAYS]
    if removed and claim.state != "present":
        told = f"removed by {show_text(removed[-1].author, 30)} in {removed[-1].commit[:12]}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, told, (seen,))
    if claim.state != "present":
        return META.not_observed(
            NotObservedReason.NOT_PUBLISHED, "no policy text in the tree; it may be elsewhere", (seen,)
        )
    if new:
        told = f"changed by {show_text(new[-1].author, 30)}, here {new[-1].tenure_days} days, in {new[-1].commit[:12]}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, told, (seen,))
    return META.supports(f"{len(claim.changes)} changes since the release before, none by a newcomer", (seen,))
