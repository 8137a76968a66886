"""Question
    Did somebody whose identity was checked sign the manifest that leads to exactly this workload?
Why it matters
    In a registry a tag can be moved to other bytes. What is signed is the manifest: with a signature and the chain of
    digests below it, the workload has an origin that a public log recorded.
Evidence used
    ContainerSignature and ContainerChain of the judged workload.
Supports when
    A signature over the manifest, or a statement about it, was verified under the pinned trust root.
Opposes when
    A signature that names this very manifest has a wrong signature, log entry or time. This is a veto
    (bad-signature).
Not observed when
    The workload was not taken from an OCI layout (not-applicable), nothing signs its manifest there, or what does
    could not be judged (inconclusive).
Limits
    Says who signed, and not that they may: whom a place expects is its own rule. Signers of any identity get a
    certificate. Signatures by keys alone are not judged.
References
    cosign SIGNATURE_SPEC; OCI image-spec v1.1, "subject"; docs/decisions/0046-workloads-in-oci-layouts.md.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_file, nothing_about, of_file, show_text
from supplytrust.model.claims.workload import ContainerChain, ContainerSignature
from supplytrust.model.evidence import NotObservedReason, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import Veto

META = SignalMeta(
    id="build/container_signature_verified", claims=(ContainerSignature, ContainerChain), trait="workload"
)


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """A wrong one counts before a verified one, and both before one that was not judged."""
    name = judged_file(subject)
    seen = of_file(evidence, ContainerSignature, name)
    wrong = [one for one in seen if one.claim.failed]
    if wrong:
        text = f"signature over the manifest of {show_text(name)} is wrong: {show_text(wrong[0].claim.reason, 20)}"
        return META.opposes(text, wrong, veto=Veto.BAD_SIGNATURE)
    verified = [one for one in seen if one.claim.says]
    if verified:
        who = verified[0].claim.repository or verified[0].claim.identity
        return META.supports(f"manifest signed by {show_text(who, 60)}", verified)
    if seen:
        text = f"a signature was not judged: {show_text(seen[0].claim.reason, 20)}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, seen)
    return nothing_about(META, evidence, ContainerSignature, name or subject.purl)
