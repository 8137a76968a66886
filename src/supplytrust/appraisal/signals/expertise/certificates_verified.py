"""Question
    Does the code verify whom it talks to when it uses TLS or SSH?
Why it matters
    Encryption to an unverified peer protects against nobody who is on the path: the answer, and with it what
    is installed or believed, can be another's.
Evidence used
    CodeFindings of the judged file; rules peer-unverified, host-unverified, old-tls, warnings-disabled:
    switches that are constants in the text of calls and assignments.
Supports when
    TLS or SSH clients are used and nothing is remarked in library code. Grade `minor`: only remarks of low
    severity. Grade `unused`: no client is used that the rules know.
Opposes when
    Library code switches verification off, accepts host keys unseen, or asks for SSL or TLS below 1.2, and no
    condition around leaves that to the caller.
Not observed when
    The code was not read (its source's reason); only other files were (incomplete); it has no source text in
    a language that is read (not-applicable); more than one file in twenty could not be read, or findings were
    left out (incomplete); a vendored copy has a grave use, or a severity is unknown (inconclusive).
Limits
    What stands under a condition is taken as the caller's choice and only told, though the condition may
    always hold. Switches handed through dictionaries, variables, the environment or configuration are not
    seen. Servers and tools for pinned or local peers have reasons of their own.
References
    RFC 9525 (service identity), RFC 8996 (TLS 1.0 and 1.1), RFC 4251 §4.1 (host keys); CWE-295, CWE-297;
    Georgiev et al., "The most dangerous code in the world" (CCS 2012).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.code_findings import RuleFindings, of_code
from supplytrust.model.claims.code import CodeFindings, Family
from supplytrust.model.evidence import Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="expertise/certificates_verified", claims=(CodeFindings,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Judge the remarks about peers that are not verified."""
    return of_code(META, subject, evidence, Family.CERTIFICATES, _fit)


def _fit(found: RuleFindings, seen: Observation[CodeFindings]) -> Finding:
    if not found.places:
        return META.supports(f"no TLS or SSH client seen ({found.read})", (seen,), grade="unused")
    return META.supports(f"TLS or SSH clients {found.where}, none with verification off", (seen,))
