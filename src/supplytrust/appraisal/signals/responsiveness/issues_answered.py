"""Question
    Are issues by people from outside answered by a maintainer in good time?
Why it matters
    A report that nobody reads is a fault that stays. Whether somebody looks, and how soon, is seen before the fault is
    one's own.
Evidence used
    ForgeAnswers (of a year on the forge: first answers by maintainers who are no bots, with what still waits).
Supports when
    10 or more issues were asked, and by the Kaplan-Meier estimate half of them are answered within 7
    days and nine of ten within 90. Grade `slow`: half are within 30 days.
Opposes when
    Never. How fast somebody answers is no fault of the code; what is slow holds the support back.
Not observed when
    No forge was asked, or it tells none (its source's reason); the declared repository was not confirmed by the
    artifact's files; there were fewer issues (not-applicable: none; inconclusive: too few); answers take longer, or
    most never come (inconclusive, with the figures).
Limits
    Bots answer at once and stale bots close at will: neither counts, nor does closing ten or more within an hour.
    Whoever wants to look quick can answer with one word, or ask themselves under other names; the weight is small
    for that. Accounts are whatever the forge says they are. Projects that work by mail have nothing to show here.
    GitHub without a token and Gitea tell a part of the comments; what was not read is censored, not counted.
References
    Kaplan and Meier, "Nonparametric estimation from incomplete observations", 1958; CHAOSS, "Time to First Response".
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.answer_times import AnswerLimits, judge_answers
from supplytrust.model.claims.forge import AnswerKind, ForgeAnswers
from supplytrust.model.evidence import Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="responsiveness/issues_answered", claims=(ForgeAnswers,))
_LIMITS = AnswerLimits(least=10, median=7, ninety=90, slow=30)


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look at how long they waited."""
    return judge_answers(META, evidence, AnswerKind.ISSUES, _LIMITS, _support)


def _support(text: str, seen: Observation[ForgeAnswers], grade: str) -> Finding:
    return META.supports(text, (seen,), grade=grade, at=seen.claim.until)
