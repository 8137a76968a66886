"""What the questions about answer times have in common: enough asked, and how soon half and most are answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from supplytrust.appraisal.signals.support.select import judged_by
from supplytrust.model.claims.forge import AnswerKind, AnswerTimes, ForgeAnswers
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import Finding, SignalMeta


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """How many have to be asked, and the most days until half (`slow`: the weaker grade) and nine of ten."""

    least: int
    median: float
    ninety: float
    slow: float


Support = Callable[[str, Observation[ForgeAnswers], str], Finding]  # how a card says it: text, what was seen, grade


def judge_answers(
    meta: SignalMeta, evidence: SubjectEvidence, kind: AnswerKind, limits: AnswerLimits, support: Support
) -> Finding:
    """The least favourable answer over what forges say about one kind of question."""
    return judged_by(meta, evidence, ForgeAnswers, lambda seen: _judge(meta, seen, kind, limits, support))


def _judge(
    meta: SignalMeta, seen: Observation[ForgeAnswers], kind: AnswerKind, limits: AnswerLimits, support: Support
) -> Finding:
    times = seen.claim.of(kind)
    if times is None:
        return meta.not_observed(NotObservedReason.NOT_PUBLISHED, "the forge does not tell this reader", (seen,))
    if times.asked < limits.least:
        reason = NotObservedReason.INCONCLUSIVE if times.asked else NotObservedReason.NOT_APPLICABLE
        return meta.not_observed(reason, f"{times.asked} were asked in the time that was read: too few", (seen,))
    told = show_times(times)
    if times.median_days is None or times.median_days > limits.slow:
        return meta.not_observed(NotObservedReason.INCONCLUSIVE, told, (seen,))
    quick = times.median_days <= limits.median and times.ninety_days is not None and times.ninety_days <= limits.ninety
    return support(told, seen, "" if quick else "slow")


def show_times(times: AnswerTimes) -> str:
    """Counts and days in a few words."""
    median = "half never" if times.median_days is None else f"half within {times.median_days:.1f} days"
    ninety = "" if times.ninety_days is None else f", 9 of 10 within {times.ninety_days:.0f}"
    return f"{times.answered} of {times.asked} answered, {times.waiting} wait: {median}{ninety}"
