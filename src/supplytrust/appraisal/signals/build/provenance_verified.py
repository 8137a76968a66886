"""Question
    Does a signed statement, verified here, say how or by whom exactly this file was made?
Why it matters
    It ties the file to an identity that a certificate authority checked and a public log recorded, so that
    a file from elsewhere cannot claim the same origin. It says where the file comes from, not what is in it.
Evidence used
    VerifiedAttestation and UnverifiedAttestation of the judged file; PublisherComparison.
Supports when
    An attestation of this file was verified under the pinned trust root, and its publisher does not differ
    from the one that is configured or was seen first.
Opposes when
    An attestation that names this very file has a wrong signature, log entry or time. This is a veto
    (bad-signature).
Not observed when
    There is none, or it could not be had (its source's reason); the trust root is stale; it is from a log
    or authority that the root does not know, or of a form that is not read (inconclusive); another
    publisher than expected signed it (inconclusive).
Limits
    A pipeline under foreign control attests what it builds like any other: 3 of 64 documented attacks
    carried a verified attestation. Keys that were stolen and not yet withdrawn verify as well.
References
    PEP 740; SLSA v1.0, "Verifying artifacts"; sigstore client specification; CVE-2022-36056.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_file, nothing_about, of_file, show_text
from supplytrust.model.claims.attestation import PublisherComparison, UnverifiedAttestation, VerifiedAttestation
from supplytrust.model.evidence import NotObservedReason, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import Veto

META = SignalMeta(
    id="build/provenance_verified",
    claims=(VerifiedAttestation, UnverifiedAttestation, PublisherComparison),
    trait="attestations",
)


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """A wrong one counts before a verified one, and both before one that was not judged."""
    name = judged_file(subject)
    verified = of_file(evidence, VerifiedAttestation, name)
    refused = of_file(evidence, UnverifiedAttestation, name)
    wrong = [seen for seen in refused if seen.claim.failed]
    if wrong:
        text = f"attestation of {show_text(name)} is wrong: {wrong[0].claim.reason}"
        return META.opposes(text, wrong, veto=Veto.BAD_SIGNATURE)
    other = [seen for seen in of_file(evidence, PublisherComparison, name) if seen.claim.differs]
    if verified and other:
        parts = ", ".join(other[0].claim.differs)[:40]
        return META.not_observed(
            NotObservedReason.INCONCLUSIVE, f"signed by another publisher: {parts}", (*verified, *other)
        )
    if verified:
        claim = verified[0].claim
        text = f"attested by {show_text(claim.repository or claim.identity, 44)} on {claim.signed_at:%Y-%m-%d}"
        return META.supports(text, verified)
    if refused:
        text = f"an attestation was not judged: {refused[0].claim.reason}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, refused)
    return nothing_about(META, evidence, VerifiedAttestation, name or subject.purl)
