"""One defect has many names: records that share an id or alias, directly or through others, become one advisory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cmp_to_key

from supplytrust.evidence.advisories import severity
from supplytrust.evidence.advisories.record import Record
from supplytrust.evidence.advisories.version_match import affects
from supplytrust.model.claims.advisory import Advisory, AdvisoryKind
from supplytrust.model.version_scheme import VersionScheme

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
    word, score = severity.worst(rating for r in records for rating in r.ratings)
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
