"""Question
    Is what is secret compared in a time that does not depend on it?
Why it matters
    `==` stops at the first difference. Whoever can try often and measure learns a MAC or token byte by byte,
    over a network too.
Evidence used
    CodeFindings of the judged file; rule variable-time-compare: comparisons of MACs and of digests of
    passwords by where the value comes from, of tokens and signatures by their names.
Supports when
    Secrets are compared in constant time and nothing is remarked in library code. Grade `minor`: only
    comparisons that their names make suspect. Grade `unused`: no comparison of secrets was seen.
Opposes when
    Library code compares a MAC, or the digest of a password, with `==` or `!=`.
Not observed when
    The code was not read (its source's reason); only other files were (incomplete); it has no source text in
    a language that is read (not-applicable); more than one file in twenty could not be read, or findings were
    left out (incomplete); a vendored copy has a grave use, or a severity is unknown (inconclusive).
Limits
    What is secret is told by names and by calls in the same function: renamed or passed on, it is not seen.
    Compared values may be public after all. Whether compiled code takes constant time is not seen, nor other
    channels such as table look-ups.
References
    CWE-208; Python documentation, "hmac.compare_digest"; N. Lawson, "Timing attack in Google Keyczar library"
    (2009); Crosby, Wallach and Riedi, "Opportunities and limits of remote timing attacks" (TISSEC 2009).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.code_findings import RuleFindings, of_code
from supplytrust.model.claims.code import CodeFindings, Family
from supplytrust.model.evidence import Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="expertise/constant_time_compared", claims=(CodeFindings,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Judge the remarks about comparisons of what is secret."""
    return of_code(META, subject, evidence, Family.COMPARISON, _fit)


def _fit(found: RuleFindings, seen: Observation[CodeFindings]) -> Finding:
    if not found.places:
        return META.supports(f"no comparison of secrets seen ({found.read})", (seen,), grade="unused")
    return META.supports(f"secrets compared {found.where}, never in variable time", (seen,))
