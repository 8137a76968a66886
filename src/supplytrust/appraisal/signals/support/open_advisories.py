"""What is open against one version, from merged databases and from an index's own list alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from supplytrust.appraisal.signals.support.select import current, first_of
from supplytrust.model.claims.advisory import Advisory, AdvisoryKind, AskedDatabase, OpenAdvisories, Unread
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import KnownVulnerabilities, KnownVulnerability
from supplytrust.model.evidence import Observation, SubjectEvidence
from supplytrust.model.subject import same_version

SEVERITIES = ("low", "", "medium", "high", "critical")  # not rated may be anything: it stands between


@dataclass(frozen=True, slots=True)
class OpenList:
    """Advisories that one look found open against a version, and how complete that look was.

    Every database has the day its answer is of, services that of the look.
    """

    seen: Observation[Claim]
    advisories: tuple[Advisory, ...]
    databases: tuple[AskedDatabase, ...]
    undecided: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()


def open_lists(evidence: SubjectEvidence, version: str) -> tuple[OpenList, ...]:
    """Every look at this version; an index's list counts with what merged ones lack, and whole when it is alone."""
    merged = [
        OpenList(o, o.claim.advisories, _with_dates(o), o.claim.undecided, o.claim.unread)
        for o in current(evidence, OpenAdvisories, lambda c: same_version(c.version, version))
    ]
    covered = {name for one in merged for a in one.advisories for name in (a.id, *a.aliases)}
    covered |= {name for one in merged for name in one.undecided}
    found = list(merged)
    for seen in current(evidence, KnownVulnerabilities, lambda c: same_version(c.version, version)):
        standing = tuple(_advisory(v) for v in seen.claim.vulnerabilities if not v.withdrawn)
        left = tuple(a for a in standing if not covered & {a.id, *a.aliases})
        if left or not merged:
            found.append(OpenList(seen, left, (AskedDatabase(seen.source, seen.observed_at, len(left)),)))
    return tuple(found)


def _with_dates(seen: Observation[OpenAdvisories]) -> tuple[AskedDatabase, ...]:
    return tuple(replace(d, newest=d.current_at(seen.observed_at)) for d in seen.claim.databases)


def incomplete(one: OpenList) -> str:
    """What keeps a look from being a whole answer; empty when nothing does."""
    unread = {u.reason: u.count for u in one.unread}
    if one.undecided:
        return f"it cannot be told whether {first_of(one.undecided, 30)} affects this version"
    if unread.get("database"):
        return "a configured advisory database could not be read"
    count = unread.get("malformed")
    return f"{count} records about the package could not be read" if count else ""


def usable(one: OpenList, uploaded: datetime | None) -> tuple[AskedDatabase, ...]:
    """The databases that can know the release: dated, and not before its upload."""
    return tuple(d for d in one.databases if d.newest is not None and (uploaded is None or d.newest >= uploaded))


def _advisory(one: KnownVulnerability) -> Advisory:
    kind = AdvisoryKind.MALICIOUS if one.malicious else AdvisoryKind.VULNERABILITY
    return Advisory(one.id, one.aliases, kind, one.published, severity=_word(one.severity), fixed_in=one.fixed_in)


def _word(text: str) -> str:
    """Severity by word or by CVSS base score; what is neither stays unrated."""
    word = {"none": "low", "moderate": "medium"}.get(text.strip().lower(), text.strip().lower())
    if word in SEVERITIES:
        return word
    whole, _, part = word.partition(".")
    if not (whole.isascii() and whole.isdigit() and (part == "" or (part.isascii() and part.isdigit()))):
        return ""
    return "low" if int(whole) < 4 else "medium" if int(whole) < 7 else "high" if int(whole) < 9 else "critical"
