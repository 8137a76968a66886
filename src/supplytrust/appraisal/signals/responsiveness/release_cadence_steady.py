"""Question
    Do releases keep coming at the project's own pace, or is it finished with nothing left open?
Why it matters
    A project that goes on releasing can answer the next defect. One that fell silent may be abandoned, and
    a silent project that suddenly wakes is a favourite of those who took over an account. A small library
    that is done is neither.
Evidence used
    ReleaseHistory (days of all releases), OpenAdvisories and KnownVulnerabilities of the judged version
    (what is left open).
Supports when
    Grade `active`: at least three final releases older than a week, the last one of all no longer ago than a
    year or three times the project's median interval (at most three years). Grade `finished`: longer silent
    than that, the judged version is the newest final one, not yanked, and advisories were looked up in a
    database that is less than a year old and none is open.
Opposes when
    Abandoned: silent for more than two years while an advisory against the newest final release, published
    more than 90 days before the look, names no fixed version.
Not observed when
    No history was collected (its source's reason); no release has a day (incomplete); fewer than three
    final releases; in the last 30 days a release after a silence longer than the project's own pace, or
    three releases within six hours for the first time; a silence that is neither finished nor abandoned
    (inconclusive).
Limits
    Counts releases, not work: a project may repair in its repository and not release, or release by robot.
    Bursts and wake-ups happen in healthy projects (1.5 % and .8 % of releases) and therefore only hold.
    Silence is measured to the day of the look, so that old evidence cannot turn active or finished by
    itself.
References
    CHAOSS, metrics "Release Frequency" and "Time to Close"; OpenSSF Scorecard, check "Maintained" and its
    issue on finished projects (3821); Coelho and Valente, "Why modern open source projects fail" (FSE
    2017); Valiev et al., "Ecosystem-level determinants of sustained activity" (FSE 2018).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from supplytrust.appraisal.signals.support.open_advisories import OpenList, open_lists
from supplytrust.appraisal.signals.support.select import current, least_favourable, looked_at, nothing_about, show_text
from supplytrust.model.claims.advisory import OpenAdvisories
from supplytrust.model.claims.release import HORIZON, KnownVulnerabilities, ReleaseHistory, ReleaseMoment
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Cited, Finding, SignalMeta
from supplytrust.model.subject import Subject, same_version

META = SignalMeta(
    id="responsiveness/release_cadence_steady", claims=(ReleaseHistory, OpenAdvisories, KnownVulnerabilities)
)
YEAR = timedelta(days=365)
RECENT = timedelta(days=30)
PATIENT = timedelta(days=90)
BURST = timedelta(hours=6)
Dated = list[tuple[datetime, ReleaseMoment]]


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Place the project's last release in the rhythm of its releases."""
    histories = current(evidence, ReleaseHistory)
    if not histories:
        return nothing_about(META, evidence, ReleaseHistory, subject.purl)
    advisories = open_lists(evidence, subject.version)
    answers = [_answer(seen, advisories, subject, looked_at(seen, moment)) for seen in histories]
    return least_favourable(answers, grades=("active", "finished"))


def _answer(
    seen: Observation[ReleaseHistory],
    advisories: tuple[OpenList, ...],
    subject: Subject,
    looked: datetime,
) -> Finding:
    finals = _finals(seen.claim, looked)
    if not finals:
        return META.not_observed(NotObservedReason.INCOMPLETE, "no final release has a known day", (seen,))
    unusual = _unusual(finals, looked)
    if unusual:
        return META.not_observed(NotObservedReason.INCONCLUSIVE, unusual, (seen,))
    last, newest = finals[-1]
    if looked - last > _patience(finals):
        return _silent(seen, advisories, newest, subject, looked)
    settled = sum(looked - day >= HORIZON for day, _ in finals)
    young = len(finals) - settled
    left_out = f" ({young} of the last {HORIZON.days} days not counted)" if young else ""
    if settled < 3:
        text = f"{settled} final releases are too few for a rhythm{left_out}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, (seen,))
    text = f"{settled} final releases, the last on {last:%Y-%m-%d}{left_out}"
    return META.supports(text, (seen,), grade="active")


def _finals(history: ReleaseHistory, looked: datetime) -> Dated:
    """Final releases with their days, by day; what came after the look is left out."""
    dated = [(r.uploaded_at, r) for r in history.releases if r.uploaded_at is not None and not r.prerelease]
    return sorted(((day, r) for day, r in dated if day <= looked), key=lambda pair: (pair[0], pair[1].version))


def _patience(finals: Dated) -> timedelta:
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(finals)]
    usual = 3 * median(gap.total_seconds() for gap in gaps) if gaps else 0.0
    return min(max(YEAR, timedelta(seconds=usual)), 3 * YEAR)


def _unusual(finals: Dated, looked: datetime) -> str:
    days = [day for day, _ in finals if looked - day <= RECENT]
    if not days:
        return ""
    before = [pair for pair in finals if pair[0] < days[0]]
    if before and days[0] - before[-1][0] > _patience(before):
        return f"silent for {(days[0] - before[-1][0]).days:,} days, then released again on {days[0]:%Y-%m-%d}"
    if _has_burst(days) and not _has_burst([day for day, _ in before]):
        return f"three releases within six hours, a first, up to {days[-1]:%Y-%m-%d}"
    return ""


def _has_burst(days: list[datetime]) -> bool:
    return any(third - first <= BURST for first, third in zip(days, days[2:], strict=False))


def _silent(
    seen: Observation[ReleaseHistory],
    advisories: tuple[OpenList, ...],
    newest: ReleaseMoment,
    subject: Subject,
    looked: datetime,
) -> Finding:
    cited: Cited = (seen, *(o.seen for o in advisories))
    since = f"no release since {newest.uploaded_at:%Y-%m-%d}"
    if not any(d.newest and looked - d.newest <= YEAR for o in advisories for d in o.databases):
        text = f"{since}, and open advisories were not looked up"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, cited)
    newest_judged = same_version(newest.version, subject.version) and not newest.yanked
    unanswered = [name for o in advisories for name in (*(a.id for a in o.advisories), *o.undecided)]
    blurred = any(u.reason in ("malformed", "database") for o in advisories for u in o.unread)
    if newest_judged and not unanswered and not blurred:
        return META.supports(f"finished: {since}, no advisory open", cited, grade="finished")
    left = newest_judged and _left_open(advisories, looked)
    if left and newest.uploaded_at is not None and looked - newest.uploaded_at > 2 * YEAR:
        return META.opposes(f"{since}, {show_text(left, 24)} is open without a fix", cited)
    return META.not_observed(NotObservedReason.INCONCLUSIVE, f"{since}: finished or abandoned is not clear", cited)


def _left_open(advisories: tuple[OpenList, ...], looked: datetime) -> str:
    """An advisory that has been public for more than 90 days and names no fixed version; empty: none."""
    found = [
        a.id
        for o in advisories
        for a in o.advisories
        if not (a.fixed_in or a.published is None) and looked - a.published > PATIENT
    ]
    return min(found, default="")
