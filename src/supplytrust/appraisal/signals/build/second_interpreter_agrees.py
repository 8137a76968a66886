"""Question
    Does another interpreter give the same result from the same sdist?
Why it matters
    An interpreter that puts something into what it builds would have to be matched by another version of
    it. Two that agree make that less likely, cheaply.
Evidence used
    SecondInterpreter: both versions, both levels, and whether the two built files are equal.
Supports when
    Both levels are normalized or better.
Opposes when
    Never: backends differ between versions for honest reasons.
Not observed when
    Not asked for, not built, or the second result is not as close.
Limits
    Two releases of one implementation share most of their code and their publisher. True diversity would
    need another implementation on another system.
References
    Wheeler, "Countering Trusting Trust through Diverse Double-Compiling" (ACSAC 2005).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import of_judged_file, show_text
from supplytrust.model.claims.rebuild import SecondInterpreter
from supplytrust.model.evidence import NotObservedReason, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="build/second_interpreter_agrees", claims=(SecondInterpreter,), trait="rebuild")


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Compare the levels on both interpreters."""
    found = of_judged_file(META, subject, evidence, SecondInterpreter)
    if isinstance(found, Finding):
        return found
    for seen in found:
        claim = seen.claim
        if not (claim.first_level.reproduced and claim.second_level.reproduced):
            text = f"{show_text(claim.second, 24)} gives {claim.second_level.value}"
            return META.not_observed(NotObservedReason.INCONCLUSIVE, text, (seen,))
    claim = found[0].claim
    return META.supports(f"{show_text(claim.first, 24)} and {show_text(claim.second, 24)} agree", found)
