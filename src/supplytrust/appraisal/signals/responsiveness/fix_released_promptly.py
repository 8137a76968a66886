"""Question
    Do fixes of vulnerabilities reach a release soon after they are public?
Why it matters
    From the day an advisory or a fix commit is public until a release has the fix, everybody who looks knows the defect
    and nobody can update. Of 102 advisories of 15 healthy projects 89 % were fixed on or before publication, 91 %
    within seven days; from fix commit to release the median was .1 day, 75 % within 1.1 days.
Evidence used
    AdvisoryHistory (publication and first fixed release of each past vulnerability); FixHistory (commits of five
    years whose message names an advisory, and the first release that contains them). Where a database was asked,
    only commits that name an advisory it has about the project support: anybody can write a number into a message.
Supports when
    At least two advisories of five years have a known wait, and three of four were fixed in a release within seven
    days of publication. Grade `commits`: the same is only known from fix commits to releases.
Opposes when
    At least three are known by either way, and half of them took more than 90 days or still wait after 90.
Not observed when
    Neither a database nor a repository tells (its source's reason); the declared repository was not confirmed by the
    artifact's files; fewer than two waits are known (not-published), or the record is mixed (inconclusive).
Limits
    Publication is the day of the database entry, not of the report: entries filled in years later, and fixes made
    before, count as prompt, and a long wait between report and publication is not seen. A message may name an advisory
    for other reasons (a note, a test, a bumped dependency). Silent fixes are not seen.
References
    Measurements in docs/evaluation-git.md; arXiv 2403.17382 (mean time to update and to remediate); PEP 700 (upload
    times).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from supplytrust.appraisal.signals.support.select import current, judged_by, least_favourable, looked_at
from supplytrust.model.claims.advisory import AdvisoryHistory, PastAdvisory
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.history import FixHistory, FixRelease
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import Status

META = SignalMeta(id="responsiveness/fix_released_promptly", claims=(AdvisoryHistory, FixHistory))
_PROMPT, _LATE, _WINDOW = 7.0, 90.0, 5 * 365


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look at the waits by both ways: one that opposes counts, else one that supports, else why nothing is known."""
    histories = current(evidence, AdvisoryHistory)
    by_advisory = [_advisories(seen, looked_at(seen, moment)) for seen in histories]
    known = _names(histories) if histories else None
    by_commit = judged_by(META, evidence, FixHistory, lambda seen: _commits(seen, known))
    told = [*by_advisory, by_commit]
    decided = [f for f in told if f.status is not Status.NOT_OBSERVED]
    if decided:
        return least_favourable(decided, grades=("commits", ""))
    looked_into = [f for f in told if f.evidence]
    return least_favourable(looked_into) if looked_into else _nothing(evidence, by_commit)


def _names(histories: Sequence[Observation[AdvisoryHistory]]) -> frozenset[str]:
    past = (p.advisory for seen in histories for p in seen.claim.advisories)
    return frozenset(name.upper() for advisory in past for name in (advisory.id, *advisory.aliases))


def _nothing(evidence: SubjectEvidence, by_commit: Finding) -> Finding:
    asked = any(gap.claim == AdvisoryHistory.__name__ for gap in evidence.gaps)
    return META.missing(evidence, AdvisoryHistory) if asked else by_commit


def _advisories(seen: Observation[AdvisoryHistory], looked: datetime) -> Finding:
    recent = [p for p in seen.claim.advisories if p.advisory.published and _age(p, looked) <= _WINDOW]
    waits = [w for w in (_wait(p, looked) for p in recent) if w is not None]
    last = [d for p in recent for d in (p.fixed_at, p.advisory.published) if d is not None and p.days is not None]
    return _judge(waits, "advisories", seen, at=min(max(last), looked) if last else None)


def _age(past: PastAdvisory, looked: datetime) -> float:
    published = past.advisory.published
    return float("inf") if published is None else float((looked - published).days)


def _wait(past: PastAdvisory, looked: datetime) -> float | None:
    """Days from publication to release; for one that still waits, the days it waits once they are too many."""
    if past.days is not None:
        return past.days
    waits = not past.answered or past.released is False
    return _age(past, looked) if waits and _age(past, looked) > _LATE else None


def _commits(seen: Observation[FixHistory], known: frozenset[str] | None) -> Finding:
    """`known`: the names that databases have, None when none was asked. What speaks against the project counts all."""
    every = _judge(_waits(seen.claim.fixes, seen), "fix commits", seen, grade="commits")
    if known is None or every.status is not Status.SUPPORTS:
        return every
    named = [f for f in seen.claim.fixes if known.intersection(n.upper() for n in f.names)]
    return _judge(_waits(named, seen), "fix commits of known advisories", seen, grade="commits")


def _waits(fixes: Sequence[FixRelease], seen: Observation[FixHistory]) -> list[float]:
    return [w for w in (_days(f, seen) for f in fixes) if w is not None]


def _days(fix: FixRelease, seen: Observation[FixHistory]) -> float | None:
    """Days from commit to release; for one that waits longer than the limit, the days it waits."""
    if fix.days is not None:
        return fix.days
    waits = (seen.observed_at - fix.at).days
    return float(waits) if waits > _LATE else None


def _judge(
    waits: Sequence[float], what: str, seen: Observation[Claim], *, grade: str = "", at: datetime | None = None
) -> Finding:
    if len(waits) < 2:
        told = f"{len(waits)} {what} of five years tell how long a fix took"
        return META.not_observed(NotObservedReason.NOT_PUBLISHED, told, (seen,))
    prompt, late = sum(w <= _PROMPT for w in waits), sum(w > _LATE for w in waits)
    told = f"{prompt} of {len(waits)} {what} were in a release within {_PROMPT:.0f} days, {late} after {_LATE:.0f}"
    if prompt >= 0.75 * len(waits):
        return META.supports(told, (seen,), grade=grade, at=at)
    if len(waits) >= 3 and late >= 0.5 * len(waits):
        return META.opposes(told, (seen,))
    return META.not_observed(NotObservedReason.INCONCLUSIVE, told, (seen,))
