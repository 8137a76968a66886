"""One defect has many names: records that share an id or alias, directly or through others, become one advisory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cmp_to_key

from supplytrust.evidence.advisories import record
from supplytrust.evidence.advisories.record import Record, affects
from supplytrust.model.claims.advisory import Advisory, AdvisoryKind, PastAdvisory
from supplytrust.model.claims.history import FixRelease
from supplytrust.model.claims.release import ReleaseMoment
from supplytrust.model.versions import VersionScheme

_GRAVEST = (
    AdvisoryKind.MALICIOUS,
    AdvisoryKind.VULNERABILITY,
    AdvisoryKind.UNSOUND,
    AdvisoryKind.UNMAINTAINED,
    AdvisoryKind.NOTICE,
)
_FIRST_NAMES = ("MAL-", "CVE-", "GHSA-")  # what readers know, before a database's own numbers


@dataclass(frozen=True, slots=True)
class AdvisoryStatement:
    """A record and the database it was read from."""

    database: str
    record: Record


@dataclass(frozen=True, slots=True)
class Defect:
    """A merged advisory with the records behind it, and how versions of the package are read."""

    advisory: Advisory
    records: tuple[Record, ...]
    scheme: VersionScheme

    def affects(self, version: str) -> bool | None:
        """Whether any record says so; None when none does and one cannot tell."""
        answers = {affects(record, version, self.scheme) for record in self.records}
        return True if True in answers else None if None in answers else False

    def kind_in(self, version: str) -> AdvisoryKind:
        """What it is in this version: the gravest kind of the records that do not leave the version out.

        A takeover that was cleaned up is reported as malicious for a few versions and as a vulnerability for more.
        """
        kinds = [record.kind for record in self.records if affects(record, version, self.scheme) is not False]
        return min(kinds, key=_GRAVEST.index, default=self.advisory.kind)


def merge_records(told: Iterable[AdvisoryStatement], scheme: VersionScheme) -> list[Defect]:
    """Defects of one package in order of id, whatever the order of the records."""
    items = sorted(told, key=lambda t: (t.record.id, t.database, repr(t.record)))
    groups: dict[str, list[AdvisoryStatement]] = {}
    roots = _roots([(t.record.id, *t.record.aliases) for t in items])
    for item in items:
        groups.setdefault(roots[item.record.id], []).append(item)
    return sorted((_defect(group, scheme) for group in groups.values()), key=lambda d: d.advisory.id)


def _roots(names: Iterable[Sequence[str]]) -> dict[str, str]:
    """Every name's representative (disjoint sets with path halving)."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for first, *others in names:
        root(first)
        for other in others:
            parent[root(other)] = root(first)
    return {name: root(name) for name in list(parent)}


def _defect(group: list[AdvisoryStatement], scheme: VersionScheme) -> Defect:
    records = tuple(t.record for t in group)
    names = {name for r in records for name in (r.id, *r.aliases)}
    first = min(names, key=_familiar)
    word, score = record.worst_severity(rating for r in records for rating in r.ratings)
    days = [r.published for r in records if r.published is not None]
    advisory = Advisory(
        first,
        tuple(sorted(names - {first})),
        min((r.kind for r in records), key=_GRAVEST.index),
        min(days, default=None),
        severity=word,
        score=score,
        fixed_in=_sort_versions(scheme, {v for r in records for v in r.fixed_in}),
        fix_commits=tuple(sorted({c for r in records for c in r.fix_commits})),
        databases=tuple(sorted({t.database for t in group})),
        summary=next((r.summary for r in records if r.summary), ""),
    )
    return Defect(advisory, records, scheme)


def _familiar(name: str) -> tuple[int, str]:
    return next((n for n, start in enumerate(_FIRST_NAMES) if name.startswith(start)), len(_FIRST_NAMES)), name


def _sort_versions(scheme: VersionScheme, versions: Iterable[str]) -> tuple[str, ...]:
    """Lowest first where the order is known; by spelling otherwise."""

    def compare(one: str, other: str) -> int:
        above = scheme.at_least(one, other)
        below = scheme.at_least(other, one)
        if above is None or below is None or above == below:
            return 0
        return 1 if above else -1

    plain = sorted(versions)
    known = [v for v in plain if scheme.at_least(v, v)]
    return (*sorted(known, key=cmp_to_key(compare)), *(v for v in plain if v not in known))


# How a project answered its past vulnerabilities: which release had the fix, and how long users waited for it.
#
# Publication is the day of the database entry, not of the report; entries that were filled in years later would give
# negative waits, which count as none. Time of a release: the index's upload, else the tag's date, else unknown.

_DAY = timedelta(days=1)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ReleaseContext:
    """What else is known of the project: its releases (None: they were not read) and fix commits of its repository."""

    scheme: VersionScheme
    releases: tuple[ReleaseMoment, ...] | None
    fixes: tuple[FixRelease, ...]


def advisory_history(defects: Iterable[Defect], known: ReleaseContext) -> tuple[PastAdvisory, ...]:
    """Every vulnerability with its answer, newest publication first (those without a day last)."""
    past = [_answer(d, known) for d in defects if d.advisory.kind is AdvisoryKind.VULNERABILITY]
    return tuple(sorted(past, key=lambda p: (p.advisory.published or _LONG_AGO, p.advisory.id), reverse=True))


def _answer(defect: Defect, known: ReleaseContext) -> PastAdvisory:
    advisory, commit = defect.advisory, _commit(defect.advisory, known.fixes)
    first = _first_fixed(defect, known)
    version, at, source = first.version if first else "", first.uploaded_at if first else None, ""
    if at is not None:
        source = "index"
    elif commit is not None and commit.days is not None:
        version, at, source = commit.release, commit.at + timedelta(days=commit.days), "tag"
    waited = (at - advisory.published) / _DAY if at is not None and advisory.published is not None else None
    return PastAdvisory(
        advisory,
        answered=bool(advisory.fixed_in or first or source),
        released=None if known.releases is None else first is not None,
        fixed_version=version or next(iter(advisory.fixed_in), ""),
        fixed_at=at,
        time_source=source,
        committed_at=commit.at if commit else None,
        days=None if waited is None else max(0.0, waited),
    )


def _first_fixed(defect: Defect, known: ReleaseContext) -> ReleaseMoment | None:
    """The first final release at or above a fixed version that is not affected.

    Without any fixed version: the newest final one, if it is not affected and another one was.
    """
    finals = [r for r in known.releases or () if not r.prerelease and not r.yanked]
    fixed = defect.advisory.fixed_in
    if not fixed:
        left = bool(finals) and defect.affects(finals[-1].version) is False
        return finals[-1] if left and any(defect.affects(r.version) for r in finals[:-1]) else None
    in_time = sorted(finals, key=lambda r: (r.uploaded_at is None, r.uploaded_at or _LONG_AGO))
    fitting = (r for r in in_time if any(known.scheme.at_least(r.version, bound) for bound in fixed))
    return next((r for r in fitting if defect.affects(r.version) is False), None)


def _commit(advisory: Advisory, fixes: Iterable[FixRelease]) -> FixRelease | None:
    """The earliest commit that is named as the fix, or whose message names the advisory."""
    names = {advisory.id.upper(), *(a.upper() for a in advisory.aliases)}
    found = [
        f
        for f in fixes
        if names & {n.upper() for n in f.names} or any(f.commit.startswith(c) for c in advisory.fix_commits)
    ]
    return min(found, key=lambda f: (f.at, f.commit), default=None)
