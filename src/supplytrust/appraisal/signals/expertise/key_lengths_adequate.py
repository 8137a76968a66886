"""Question
    Are the keys that the code makes long enough, and passwords turned into keys at sufficient cost?
Why it matters
    A short key or a cheap derivation undoes good primitives: 1024-bit RSA is within reach of a rich attacker,
    and a thousand rounds of PBKDF2 cost a graphics card a microsecond.
Evidence used
    CodeFindings of the judged file; rules short-key, few-rounds, short-mac-key: sizes, curves, rounds and
    literal keys that are constants in the text, module constants followed.
Supports when
    Keys are made or derived and nothing is remarked in library code. Grade `minor`: only remarks of low
    severity (rounds below present advice, or to read an old format). Grade `unused`: no key is made or
    derived.
Opposes when
    Library code makes RSA, DSA or DH keys below 2048 bits or a curve below 224, derives with fewer than
    10,000 rounds, bcrypt cost below 10 or scrypt N below 4096, or signs under a literal key.
Not observed when
    The code was not read (its source's reason); only other files were (incomplete); it has no source text in
    a language that is read (not-applicable); more than one file in twenty could not be read, or findings were
    left out (incomplete); a vendored copy has a grave use, or a severity is unknown (inconclusive).
Limits
    Lengths and rounds given at run time are not seen, nor keys read from files. A literal in a key's place
    may be a public label of a protocol. Few rounds are fit where the input is itself a full-length key. Code
    in tests, examples and build scripts is left out.
References
    NIST SP 800-57 part 1 rev. 5 (key lengths), SP 800-131A rev. 2, SP 800-132; RFC 8018 §4.2, RFC 7914, RFC
    5869; OWASP, "Password Storage Cheat Sheet"; CWE-326, CWE-321, CWE-916.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.code_findings import RuleFindings, of_code
from supplytrust.model.claims.code import CodeFindings, Family
from supplytrust.model.evidence import Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="expertise/key_lengths_adequate", claims=(CodeFindings,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Judge the remarks about lengths of keys and rounds of key derivation."""
    return of_code(META, subject, evidence, Family.KEYS, _fit)


def _fit(found: RuleFindings, seen: Observation[CodeFindings]) -> Finding:
    if not found.places:
        return META.supports(f"no key is made or derived ({found.read})", (seen,), grade="unused")
    return META.supports(f"keys made or derived {found.where}, no short key or low cost", (seen,))
