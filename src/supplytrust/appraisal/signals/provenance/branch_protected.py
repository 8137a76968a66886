"""Question
    Does the forge itself refuse changes to the main branch that no second person approved?
Why it matters
    A habit ends on the day it matters; a rule has to be taken down first, by somebody with the right to, and that is
    seen.
Evidence used
    BranchRules (what the forge shows of the rules of the main branch to a reader without rights).
Supports when
    At least one approval is required, history cannot be rewritten as far as it is told, and nobody is named who may
    go round the rules. Grade `checks`: no approval is required, but checks have to pass; or some may go round.
Opposes when
    Never. Not every forge shows its rules, and a project of one person has nobody to approve.
Not observed when
    No forge was asked or no rule is visible (its source's reason: rules may be there and be shown to members only);
    the declared repository was not confirmed by the artifact's files; neither approval nor checks are required
    (inconclusive).
Limits
    Administrators can lift a rule for a minute; that is seen by administrators. A rule of today says nothing about
    the day of the release. A second account satisfies it. Tags, from which releases are made, have rules of their
    own, which are not read.
References
    The forges' documentation, "Rulesets" and "Protected branches"; SLSA v1.0 source track; OpenSSF Scorecard,
    Branch-Protection.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import first_of, judged_by
from supplytrust.model.claims.forge import BranchRules
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="provenance/branch_protected", claims=(BranchRules,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look at the rules that are visible."""
    return judged_by(META, evidence, BranchRules, _judge)


def _judge(seen: Observation[BranchRules]) -> Finding:
    claim = seen.claim
    approvals, checks = claim.approvals or 0, claim.checks or ()
    if not approvals and not checks:
        return META.not_observed(NotObservedReason.INCONCLUSIVE, "the visible rules require no approval", (seen,))
    if not approvals:
        told = f"checks are required: {first_of(checks)}"
        return META.supports(told, (seen,), grade="checks", at=claim.seen_at)
    told = f"{approvals} approvals are required" if approvals > 1 else "one approval is required"
    round_about = claim.force_push is True or bool(claim.bypass)
    why = ", history can be rewritten" if claim.force_push else f", {claim.bypass} may go round" if claim.bypass else ""
    return META.supports(told + why, (seen,), grade="checks" if round_about else "", at=claim.seen_at)
