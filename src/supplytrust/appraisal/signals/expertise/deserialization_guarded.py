"""Question
    Is data from others read only in formats, or with loaders, that cannot name code to run?
Why it matters
    Pickle, marshal, YAML with an open loader and `eval` do what the data says. Where the data comes from a
    peer, the peer runs code.
Evidence used
    CodeFindings of the judged file; rules code-in-data and xml-entities: reads in such formats, and whether
    the data visibly comes from a response or a socket.
Supports when
    Loaders that are limited to plain data are used and nothing is remarked in library code. Grade `minor`:
    such formats are read from files or parameters of unknown origin. Grade `unused`: no such format is read.
Opposes when
    Library code reads what a peer sent with pickle, marshal, an open YAML loader or `eval`, or lets an XML
    parser resolve external entities.
Not observed when
    The code was not read (its source's reason); only other files were (incomplete); it has no source text in
    a language that is read (not-applicable); more than one file in twenty could not be read, or findings were
    left out (incomplete); a vendored copy has a grave use, or a severity is unknown (inconclusive).
Limits
    Only data fetched in the same function is known to be foreign: passed through a parameter or a file it is
    not followed, so most uses end as `minor`. Own restrictions of a loader are believed when a subclass is
    used. Loaders hidden in other libraries are not seen.
References
    CWE-502, CWE-611, CWE-95; Python documentation, "pickle" and "XML vulnerabilities"; OWASP,
    "Deserialization Cheat Sheet".
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.code_findings import RuleFindings, of_code
from supplytrust.model.claims.code import CodeFindings, Family
from supplytrust.model.evidence import Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="expertise/deserialization_guarded", claims=(CodeFindings,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Judge the remarks about formats that can name code."""
    return of_code(META, subject, evidence, Family.DESERIALIZATION, _fit)


def _fit(found: RuleFindings, seen: Observation[CodeFindings]) -> Finding:
    if not found.places:
        return META.supports(f"no format that can name code is read ({found.read})", (seen,), grade="unused")
    return META.supports(f"data read back {found.where}, none open to data of others", (seen,))
