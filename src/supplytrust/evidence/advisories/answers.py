"""How a project answered its past vulnerabilities: which release had the fix, and how long users waited for it.

Publication is the day of the database entry, not of the report; entries that were filled in years later would give
negative waits, which count as none. Time of a release: the index's upload, else the tag's date, else unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from supplytrust.evidence.advisories.merging import Defect
from supplytrust.model.claims.advisory import Advisory, AdvisoryKind, PastAdvisory
from supplytrust.model.claims.history import FixRelease
from supplytrust.model.claims.release import ReleaseMoment
from supplytrust.model.version_scheme import VersionScheme

_DAY = timedelta(days=1)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ReleaseContext:
    """What else is known of the project: its releases (None: they were not read) and fix commits of its repository."""

    scheme: VersionScheme
    releases: tuple[ReleaseMoment, ...] | None
    fixes: tuple[FixRelease, ...]


def history(defects: Iterable[Defect], known: ReleaseContext) -> tuple[PastAdvisory, ...]:
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
