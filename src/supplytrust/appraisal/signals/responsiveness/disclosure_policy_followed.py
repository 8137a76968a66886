"""Question
    Do the dates of past advisories agree with what the disclosure policy promises?
Why it matters
    A policy is words until somebody has reported something. Whether a release with the fix was there within the term
    the project sets itself, or, where it only asks for private reports, by the day the defect became public, is what
    the next reporter and every user can expect.
Evidence used
    DisclosurePromises (terms and private ways read from the policy text), AdvisoryHistory (publication and first
    fixed release of past vulnerabilities).
Supports when
    Three or more advisories of five years have a known wait, and three of four keep it. Grade `term`: the text sets a
    term for a fix of no more than 90 days, counted from publication. Plain: it sets none, but asks for private
    reports, and fixes were there within seven days of publication.
Opposes when
    The text sets a term for a fix, and three or more, and more than half, took longer, counted from publication; the
    report came earlier still.
Not observed when
    No policy text was read, or no database knows the past (their source's reason); the declared repository was not
    confirmed by the artifact's files; there are fewer than three waits (not-applicable: nothing happened;
    inconclusive: too little did, or what has no fix yet still has time); the text sets no term and names no private
    way (not-published); the record is mixed, or the term is longer than 90 days (inconclusive).
Limits
    The day of the report and the answer to the reporter are seen by nobody else, so a promise of those can be neither
    kept nor broken here; a kept term counted from publication may be a broken one counted from the report. Only plain
    English sentences are understood. The text may be younger than the advisories. Databases fill in old entries late.
References
    ISO/IEC 29147 and 30111; FIRST, "Guidelines and Practices for Multi-Party Vulnerability Coordination"; RFC 9116;
    OpenSSF, "Guide to implementing a coordinated vulnerability disclosure process".
"""

from __future__ import annotations

from datetime import datetime

from supplytrust.appraisal.signals.support.select import current, least_favourable, looked_at, policy_text
from supplytrust.model.claims.advisory import AdvisoryHistory, PastAdvisory
from supplytrust.model.claims.history import DisclosurePromises, PromiseKind
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="responsiveness/disclosure_policy_followed", claims=(DisclosurePromises, AdvisoryHistory))
_WINDOW, _AT_ONCE, _LONGEST, _ENOUGH = 5 * 365, 7.0, 90.0, 3  # days, days, days, advisories


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Put the waits beside the promise."""
    text = policy_text(META, evidence)
    if isinstance(text, Finding):
        return text
    histories = current(evidence, AdvisoryHistory)
    if not histories:
        return META.missing(evidence, AdvisoryHistory)
    return least_favourable((_judge(text, seen, looked_at(seen, moment)) for seen in histories), grades=("term", ""))


def _judge(text: Observation[DisclosurePromises], seen: Observation[AdvisoryHistory], looked: datetime) -> Finding:
    both = (text, seen)
    term = text.claim.within(PromiseKind.FIX)
    limit = max(term or 0.0, _AT_ONCE)
    recent = [p for p in seen.claim.advisories if p.advisory.published and _age(p, looked) <= _WINDOW]
    waits = [w for w in (_wait(p, looked, limit) for p in recent) if w is not None]
    if len(waits) < _ENOUGH:
        reason = NotObservedReason.INCONCLUSIVE if recent else NotObservedReason.NOT_APPLICABLE
        return META.not_observed(reason, f"{len(waits)} advisories of five years with a known wait: too few", both)
    if term is None and not text.claim.private:
        return META.not_observed(
            NotObservedReason.NOT_PUBLISHED, "the policy sets no term and names no private way", both
        )
    kept = sum(w <= limit for w in waits)
    if term is None:
        told = f"{kept} of {len(waits)} fixes were out within {_AT_ONCE:.0f} days of publication, reports go in private"
    else:
        told = f"{kept} of {len(waits)} fixes within the promised {term:.0f} days, counted from publication"
    if kept >= 0.75 * len(waits) and limit <= _LONGEST:
        return META.supports(told, both, grade="" if term is None else "term")
    broken = len(waits) - kept
    if term is not None and broken >= _ENOUGH and broken > len(waits) / 2:
        return META.opposes(told, both)
    return META.not_observed(NotObservedReason.INCONCLUSIVE, told, both)


def _age(past: PastAdvisory, looked: datetime) -> float:
    published = past.advisory.published
    return float("inf") if published is None else float((looked - published).days)


def _wait(past: PastAdvisory, looked: datetime, limit: float) -> float | None:
    """Days from publication to release; of one that has none yet, the days it waits once they are too many."""
    if past.days is not None:
        return past.days
    waits = not past.answered or past.released is False
    return _age(past, looked) if waits and _age(past, looked) > limit else None
