"""Question
    Is no public advisory open against exactly this version?
Why it matters
    A known defect is the cheapest one to attack: the description and often the attack are public. How grave it is,
    and how long it has been public, tell a note of last week from a door that has stood open for a year.
Evidence used
    OpenAdvisories (databases on disk, an OSV service and the index, aliases merged, matched with the version);
    KnownVulnerabilities, the index's own list, for what the databases do not have; ReleaseFiles (day of upload).
Supports when
    None affects the version, and at least one database that was asked is newer than the release. Grade
    `partial`: none of these databases is younger than 30 days, holds 100 records of this kind of package and could
    be read but for one record in a hundred.
Opposes when
    One does. Grade `severe`: of high or critical severity and public for 90 days or more; grade `low`: all are of
    low severity, notes of unsoundness, or public for less than 14 days and not of high severity. A record that
    calls the release malicious is a veto (malicious).
Not observed when
    No database was asked or none answered (its source's reason); all are older than the release (stale); for some
    advisory it cannot be told whether the version is affected, or records about the package could not be read
    (incomplete).
Limits
    Advisories come late, days after a hijacked release is gone, and cover what somebody reported; none known is
    weak support. An advisory may concern a function that is never called here (VEX answers that), be disputed, or
    name wrong version ranges. A project hides defects by fixing them silently. Severity is the database's.
References
    OSV schema 1.7, "affected" and "withdrawn"; CVSS v3.1 and v4.0 (FIRST); PyPA and RustSec advisory databases; OASIS
    CSAF 2.0, profile VEX; Decan et al., "On the impact of security vulnerabilities in the npm package dependency
    network" (MSR 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from supplytrust.appraisal.signals.support.open_advisories import SEVERITIES, OpenList, incomplete, open_lists, usable
from supplytrust.appraisal.signals.support.select import (
    first_of,
    least_favourable,
    looked_at,
    nothing_about,
    of_release,
    show_text,
)
from supplytrust.model.claims.advisory import Advisory, AdvisoryKind, AskedDatabase, OpenAdvisories
from supplytrust.model.claims.release import KnownVulnerabilities, ReleaseFiles
from supplytrust.model.evidence import NotObservedReason, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Cited, Finding, SignalMeta
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import Veto

META = SignalMeta(id="responsiveness/no_open_advisory", claims=(OpenAdvisories, KnownVulnerabilities, ReleaseFiles))
_FRESH_DAYS, _NEW_DAYS, _LONG_DAYS, _MANY = 30, 14, 90, 100
_GRADES = ("partial", "low", "", "severe")


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Judge every look at the judged version; the least favourable one counts."""
    looks = open_lists(evidence, subject.version)
    if not looks:
        asked = evidence.newest(OpenAdvisories) or any(g.claim == OpenAdvisories.__name__ for g in evidence.gaps)
        kind = OpenAdvisories if asked else KnownVulnerabilities
        return nothing_about(META, evidence, kind, f"version {subject.version}")
    days = [o.claim.uploaded_at for o in of_release(evidence, subject)]
    uploaded = max((d for d in days if d is not None), default=None)
    return least_favourable(
        (_answer(subject.version, one, looked_at(one.seen, moment), uploaded) for one in looks), _GRADES
    )


def _answer(version: str, one: OpenList, looked: datetime, uploaded: datetime | None) -> Finding:
    if one.advisories:
        return _standing(version, one.advisories, (one.seen,), looked)
    missing = incomplete(one)
    if missing:
        return META.not_observed(NotObservedReason.INCOMPLETE, missing, (one.seen,))
    fitting = usable(one, uploaded)
    if not fitting:
        newest = max((a for a in one.databases if a.newest), key=lambda a: a.newest or looked, default=None)
        told = f"{_name_with_date(newest)} is older than the release" if newest else "no database says its day"
        return META.not_observed(NotObservedReason.STALE, told, (one.seen,))
    whole = [a for a in fitting if _is_whole(a, looked)]
    best = max(whole or fitting, key=lambda a: (a.newest or looked, a.name))
    told = f"no advisory affects {show_text(version, 20)} ({_name_with_date(best)})"
    return META.supports(told, (one.seen,), grade="" if whole else "partial")


def _is_whole(asked: AskedDatabase, looked: datetime) -> bool:
    fresh = asked.newest is not None and (looked - asked.newest).days <= _FRESH_DAYS
    return fresh and (asked.records is None or (asked.records >= _MANY and asked.unread <= asked.records / 100))


def _name_with_date(asked: AskedDatabase) -> str:
    return f"{show_text(asked.name, 24)} of {asked.newest:%Y-%m-%d}"


def _standing(version: str, standing: Sequence[Advisory], cited: Cited, looked: datetime) -> Finding:
    malicious = sorted(a.id for a in standing if a.kind is AdvisoryKind.MALICIOUS)
    if malicious:
        text = f"{show_text(version, 20)} is reported as malicious: {first_of(malicious, 30)}"
        return META.opposes(text, cited, veto=Veto.MALICIOUS)
    worst = max(standing, key=lambda a: (SEVERITIES.index(a.severity), _age(a, looked), a.id))
    minor = all(_is_minor(a, looked) for a in standing)
    severe = any(_is_severe(a, looked) for a in standing)
    days = f"{_age(worst, looked)} days" if worst.published else "no date"
    fixed = f"fixed in {show_text(worst.fixed_in[0], 12)}" if worst.fixed_in else "no fix named"
    more = f"; {len(standing) - 1} more" if len(standing) > 1 else ""
    told = f"open: {show_text(worst.id, 22)} ({worst.severity or 'not rated'}, {days}, {fixed}){more}"
    return META.opposes(told, cited, grade="severe" if severe else "low" if minor else "")


def _age(advisory: Advisory, looked: datetime) -> int:
    """Days since publication; without a day as long as need be to count as old."""
    return max(0, (looked - advisory.published).days) if advisory.published else _LONG_DAYS


def _is_minor(advisory: Advisory, looked: datetime) -> bool:
    new = _age(advisory, looked) < _NEW_DAYS and advisory.severity in ("", "medium")
    return advisory.severity == "low" or advisory.kind is AdvisoryKind.UNSOUND or new


def _is_severe(advisory: Advisory, looked: datetime) -> bool:
    return advisory.severity in ("high", "critical") and _age(advisory, looked) >= _LONG_DAYS
