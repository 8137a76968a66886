"""Question
    Do secrets come from a source that cannot be predicted?
Why it matters
    The outputs of `random` can be computed from 624 of them, `uuid1` names host and time, and a clock can be
    guessed: tokens made of them can be made by others too.
Evidence used
    CodeFindings of the judged file; rule predictable-secret: draws from `random`, `numpy.random`, `uuid1` or
    the clock for what is named as a password, token, key, nonce or salt; `rand` and `Math.random` by pattern.
Supports when
    Secrets are drawn from the system's source and nothing is remarked in library code. Grade `minor`: only
    nonces, salts and the like, or places found by pattern. Grade `unused`: nothing is drawn that a name calls
    secret.
Opposes when
    Library code draws a password, token or key from a predictable source.
Not observed when
    The code was not read (its source's reason); only other files were (incomplete); it has no source text in
    a language that is read (not-applicable); more than one file in twenty could not be read, or findings were
    left out (incomplete); a vendored copy has a grave use, or a severity is unknown (inconclusive).
Limits
    Purpose is told by names of variables and functions: a neutral name hides a secret, and a word such as
    token means other things too. Values passed on to another function are not followed. How a good source is
    used afterwards is not seen.
References
    PEP 506; Python documentation, "secrets" and "random"; RFC 4086; RFC 9562 §6.9; CWE-338, CWE-330;
    Matsumoto and Nishimura, "Mersenne Twister" (TOMACS 1998).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.code_findings import RuleFindings, of_code
from supplytrust.model.claims.code import CodeFindings, Family
from supplytrust.model.evidence import Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="expertise/randomness_fit", claims=(CodeFindings,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Judge the remarks about where secrets come from."""
    return of_code(META, subject, evidence, Family.RANDOMNESS, _fit)


def _fit(found: RuleFindings, seen: Observation[CodeFindings]) -> Finding:
    if not found.places:
        return META.supports(f"no secret is drawn ({found.read})", (seen,), grade="unused")
    return META.supports(f"secrets drawn {found.where}, none from a predictable source", (seen,))
