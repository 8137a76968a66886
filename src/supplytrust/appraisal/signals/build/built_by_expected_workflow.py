"""Question
    Was this file attested by the publishing identity that the relying party configured?
Why it matters
    Anybody can attest anything under an own identity. Only the comparison with an expectation that comes
    from elsewhere makes an attestation say something about this package.
Evidence used
    PublisherComparison with the configured publisher: issuer always, repository and workflow as configured.
Supports when
    The verified certificate has every configured part.
Opposes when
    Never: workflows are renamed and repositories move. A difference holds the package back.
Not observed when
    No publisher is configured (not-looked); a part differs (inconclusive); there is no verified attestation
    (its source's reason).
Limits
    Compares what is configured only: without a workflow, any workflow of the repository passes. An intruder
    who can change the expected workflow is the expected workflow.
References
    PEP 740, "Verification"; SLSA v1.0, "Verifying artifacts", step 2; Fulcio certificate specification.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import least_favourable, of_judged_file, show_text
from supplytrust.model.claims.attestation import KnownPublisher, PublisherComparison
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="build/built_by_expected_workflow", claims=(PublisherComparison,), trait="attestations")


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Every comparison with the configuration has to hold."""
    compared = of_judged_file(META, subject, evidence, PublisherComparison)
    if isinstance(compared, Finding):
        return compared
    configured = [seen for seen in compared if seen.claim.known_by is KnownPublisher.CONFIGURED]
    if not configured:
        return META.not_observed(NotObservedReason.NOT_LOOKED, "no publisher is configured for this package", compared)
    return least_favourable(_answer(seen) for seen in configured)


def _answer(seen: Observation[PublisherComparison]) -> Finding:
    if seen.claim.differs:
        parts = ", ".join(seen.claim.differs)[:50]
        return META.not_observed(NotObservedReason.INCONCLUSIVE, f"not the configured publisher: {parts}", (seen,))
    return META.supports(f"by the configured publisher {show_text(seen.claim.expected, 56)}", (seen,))
