"""Question
    Did the project answer its past vulnerabilities with a release?
Why it matters
    The next defect will come. Whether the last ones ended in a fixed release is the best sign of how that will go, and
    needs no promise: every answer has a number and a date.
Evidence used
    AdvisoryHistory (all vulnerabilities that databases know of the project, with the first fixed release).
Supports when
    Every one that was published in five years and is older than 90 days has a fixed release. Grade `few`: there are
    less than three of them, or one of more than three is left open, or some records could not be read.
Opposes when
    More than a quarter of them have none, and these are two or more, or one of high or critical severity.
Not observed when
    No database knows the project's past (its source's reason); there was nothing to answer in five years
    (not-applicable), which is neither good nor bad: small and finished projects have few advisories; the record is
    mixed (inconclusive).
Limits
    A database may lack a fixed version that exists, above all for old entries. Silent fixes and silent defects are not
    seen: a project that never admits one has nothing to answer. Whether the fix was right is not asked. Publication is
    the day of the entry, not of the report.
References
    PyPA advisory database (93 % of 2,661 entries name a fixed version); RustSec database; ISO/IEC 30111; arXiv
    2403.17382.
"""

from __future__ import annotations

from datetime import datetime

from supplytrust.appraisal.signals.support.select import current, least_favourable, looked_at, show_text
from supplytrust.model.claims.advisory import AdvisoryHistory, PastAdvisory
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="responsiveness/advisories_answered", claims=(AdvisoryHistory,))
_WINDOW_DAYS, _WAIT_DAYS = 5 * 365, 90


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Count answers among what had to be answered."""
    seen = current(evidence, AdvisoryHistory)
    if not seen:
        return META.missing(evidence, AdvisoryHistory)
    return least_favourable((_judge(one, looked_at(one, moment)) for one in seen), grades=("", "few"))


def _judge(seen: Observation[AdvisoryHistory], looked: datetime) -> Finding:
    due = [p for p in seen.claim.advisories if _age(p, looked) <= _WINDOW_DAYS and _is_due(p, looked)]
    left = [p for p in due if not _is_answered(p)]
    if not due:
        return META.not_observed(
            NotObservedReason.NOT_APPLICABLE, f"no advisory to answer in 5 years{_of(seen)}", (seen,)
        )
    told = f"{len(due) - len(left)} of {len(due)} advisories in 5 years were fixed"
    if not left or (len(left) == 1 and len(due) > 3):
        blurred = any(u.reason in ("malformed", "database") for u in seen.claim.unread)
        grade = "few" if left or blurred or len(due) < 3 else ""
        return META.supports(f"{told}{_of(seen)}", (seen,), grade=grade, at=_last(due, looked))
    grave = any(p.advisory.severity in ("high", "critical") for p in left)
    named = f"{told}; open: {show_text(left[0].advisory.id, 22)}"
    if len(left) > len(due) / 4 and (len(left) > 1 or grave):
        return META.opposes(named, (seen,))
    return META.not_observed(NotObservedReason.INCONCLUSIVE, named, (seen,))


def _age(past: PastAdvisory, looked: datetime) -> float:
    """Days since publication; infinite when the day is not known."""
    published = past.advisory.published
    return float("inf") if published is None else (looked - published).days


def _is_answered(past: PastAdvisory) -> bool:
    return past.answered and past.released is not False


def _is_due(past: PastAdvisory, looked: datetime) -> bool:
    """An unanswered one counts once it has waited; an answered one at once."""
    return _is_answered(past) or _age(past, looked) > _WAIT_DAYS


def _last(due: list[PastAdvisory], looked: datetime) -> datetime:
    """When an answer was last seen: the newest of release and publication."""
    days = [d for p in due if _is_answered(p) for d in (p.fixed_at, p.advisory.published) if d is not None]
    return min(max(days, default=looked), looked)


def _of(seen: Observation[AdvisoryHistory]) -> str:
    """The newest database with its day."""
    dated = [(day, d.name) for d in seen.claim.databases if (day := d.current_at(seen.observed_at)) is not None]
    return f" ({show_text(max(dated)[1], 24)} of {max(dated)[0]:%Y-%m-%d})" if dated else ""
