"""Question
    Does this release carry an attestation, as the releases before it did?
Why it matters
    A stolen upload token can publish, but cannot attest in the name of the project's pipeline. The missing
    attestation is then the one visible difference: 3 of 64 documented attacks drop what was there before.
Evidence used
    AttestationPresence: which releases the index lists with an attestation.
Supports when
    The file is listed with one, and so are the releases before it.
Opposes when
    The two releases before it are attested, and this file is listed without. Releases of the seven days before it
    are not counted, nor are files that were added to an old one since.
Not observed when
    The index does not say (incomplete, or its source's reason); fewer than two releases came before
    (no-predecessor); those before it were not attested (not-applicable).
Limits
    Takes the index's word for what is attested; `provenance_verified` looks at the signature. A project may
    give up attesting for reasons of its own, and has to be asked then.
References
    PEP 740; ultralytics (2024-12), where releases by token followed attested ones; RFC 9162, on absence.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judge_file, show_text
from supplytrust.model.claims.attestation import AttestationPresence
from supplytrust.model.claims.release import not_counted
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="integrity/attestation_not_dropped", claims=(AttestationPresence,), trait="attestations")
ENOUGH = 2


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Compare with the releases just before."""
    return judge_file(META, subject, evidence, AttestationPresence, _answer)


def _answer(seen: Observation[AttestationPresence]) -> Finding:
    claim, before = seen.claim, seen.claim.before[-ENOUGH:]
    if claim.present is None or any(attested is None for _, attested in before):
        return META.not_observed(NotObservedReason.INCOMPLETE, "the index does not say what is attested", (seen,))
    left_out = f" ({not_counted(len(claim.recent))})" if claim.recent else ""
    if len(before) < ENOUGH:
        text = f"fewer than {ENOUGH} releases came before{left_out}"
        return META.not_observed(NotObservedReason.NO_PREDECESSOR, text, (seen,))
    names = " and ".join(show_text(version, 16) for version, _ in before) + left_out
    if not all(attested for _, attested in before):
        return META.not_observed(NotObservedReason.NOT_APPLICABLE, f"{names} were not both attested", (seen,))
    if not claim.present:
        return META.opposes(f"no attestation, while {names} have one", (seen,))
    if {version for version, _ in before} & set(claim.undated):
        return META.not_observed(
            NotObservedReason.INCOMPLETE, f"attested; when {names} were released is not known", (seen,)
        )
    return META.supports(f"attested, as {names} were", (seen,))
