"""Question
    Are the cryptographic primitives that the code uses up to date, and used as they are meant?
Why it matters
    Home-made or outdated cryptography fails silently: the code works, the tests pass, and the protection is
    not there. Which digest, cipher, mode and nonce is used can be read from the code.
Evidence used
    CodeFindings of the judged file: places found by reading syntax trees (Python) and by pattern (C, Rust,
    JavaScript, Go), with severity by use; rules weak-digest, weak-cipher, ecb-mode, fixed-nonce,
    unauthenticated-mode.
Supports when
    Primitives are used and nothing is remarked in library code. Grade `minor`: only remarks of low severity
    (such as a weak digest for a protocol that asks for it). Grade `unused`: no primitive is used.
Opposes when
    Library code has a use of high severity: a weak digest for a password or signature, ECB mode, a weak
    cipher, a constant nonce.
Not observed when
    The code was not read (its source's reason); only other files were (incomplete); it has no source text in
    a language that is read (not-applicable); more than one file in twenty could not be read, or findings were
    left out (incomplete); a vendored copy has a grave use, or a severity is unknown (inconclusive).
Limits
    Compiled code and calls through configuration, wrappers or names made at run time are not seen. The
    purpose of a digest is guessed from names near it, so both kinds of error occur. Current primitives in a
    wrong protocol pass. Patterns for other languages see names only and never oppose. Code in tests, examples
    and build scripts is left out.
References
    NIST SP 800-131A rev. 2 (transitions), SP 800-38A and SP 800-38D (modes, nonces); RFC 6151 (MD5), RFC 6194
    (SHA-1), RFC 7465 (RC4), RFC 9155; CWE-327, CWE-329; Krüger et al., "CrySL" (ECOOP 2018).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.code_findings import RuleFindings, of_code
from supplytrust.model.claims.code import CodeFindings, Family
from supplytrust.model.evidence import Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="expertise/crypto_primitives_current", claims=(CodeFindings,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Judge the remarks about digests, ciphers, modes and nonces."""
    return of_code(META, subject, evidence, Family.PRIMITIVES, _fit)


def _fit(found: RuleFindings, seen: Observation[CodeFindings]) -> Finding:
    if not found.places:
        return META.supports(f"no cryptographic primitive used ({found.read})", (seen,), grade="unused")
    return META.supports(f"primitives used {found.where}, none outdated", (seen,))
