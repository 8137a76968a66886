"""Question
    Is every attestation that is offered for this file one that was verified, by the publisher we know?
Why it matters
    An attestation is no proof of good contents, so its absence is no fault. One that is offered and does not
    fit is another matter: it was made for other bytes, or in another repository, and somebody put it here.
Evidence used
    AttestationPresence, VerifiedAttestation, UnverifiedAttestation and PublisherComparison of the judged file.
Supports when
    The index offers none, or all it offers were verified here and by no other publisher than the expected one. What
    the registry signed with a key that is not pinned here is left aside when another was verified.
Opposes when
    Never: projects move, and formats and logs are newer than what is read here. A wrong signature is the
    veto of `provenance_verified`.
Not observed when
    One was not accepted, or another publisher signed it (inconclusive); what is offered could not be had, was
    not judged, or could not be compared with the publisher that is expected (its source's reason).
Limits
    Says nothing about files without attestations, and nothing against a pipeline under foreign control.
    Weighs nothing: a policy asks for it so that a misfit is looked at by a person.
References
    PEP 740; docs/decisions/0030-attestations-and-layouts.md; Fulcio extensions 1.3.6.1.4.1.57264.1.15 and .17.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import first_of, judged_file, nothing_about, of_file, show_text
from supplytrust.model.claims.attestation import (
    AttestationPresence,
    PublisherComparison,
    UnverifiedAttestation,
    VerifiedAttestation,
)
from supplytrust.model.evidence import NotObservedReason, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(
    id="integrity/offered_attestations_fit",
    claims=(AttestationPresence, VerifiedAttestation, UnverifiedAttestation, PublisherComparison),
    trait="attestations",
)
UNPINNED = "unpinned-key"  # of `evidence.attestations.verdict`
NONE = frozenset({NotObservedReason.NOT_FOUND, NotObservedReason.NOT_PUBLISHED})


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """What does not fit comes first, then what was verified, then that nothing is offered."""
    name = judged_file(subject)
    verified = of_file(evidence, VerifiedAttestation, name)
    refused = of_file(evidence, UnverifiedAttestation, name)
    aside = [seen for seen in refused if verified and seen.claim.reason == UNPINNED]
    if len(refused) > len(aside):
        text = f"an attestation of {show_text(name)} was not accepted: {show_text(refused[0].claim.reason, 20)}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, refused)
    other = [seen for seen in of_file(evidence, PublisherComparison, name) if seen.claim.differs]
    if other:
        text = f"attested by another publisher than expected: {first_of(other[0].claim.differs)}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, other)
    if verified and not of_file(evidence, PublisherComparison, name) and not _nobody_expected(evidence):
        return META.missing(evidence, PublisherComparison)
    if verified:
        text = f"verified {len(verified)} of {len(verified) + len(aside)} attestations of {show_text(name)}"
        return META.supports(text, [*verified, *aside])
    return _without(name or subject.purl, evidence)


def _nobody_expected(evidence: SubjectEvidence) -> bool:
    """No publisher is configured, and no ledger is kept that could have seen one."""
    return evidence.gap(PublisherComparison).reason is NotObservedReason.DEPENDS


def _without(name: str, evidence: SubjectEvidence) -> Finding:
    """No statement was read: because there is none, or because it could not be had."""
    present = of_file(evidence, AttestationPresence, name)
    if not present:
        return nothing_about(META, evidence, AttestationPresence, name)
    gap = evidence.gap(VerifiedAttestation)
    if gap.reason in NONE and not any(seen.claim.present for seen in present):
        return META.supports(f"no attestation is offered for {show_text(name)}", present)
    return META.not_observed(gap.reason, gap.detail or "the attestation was not judged", present)
