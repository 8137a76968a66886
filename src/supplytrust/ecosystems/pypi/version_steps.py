"""What the step from one version to the next promises (SemVer 2.0.0, PEP 440, CalVer). Pure."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.version import InvalidVersion, Version

from supplytrust.model.claims.release import ReleaseHistory, ReleaseMoment, VersionStep

_SEEN = 10


def step(before: str, now: str, history: ReleaseHistory) -> VersionStep:
    """The kind of step; InvalidVersion when one of the two is no version."""
    old, new = Version(before), Version(now)
    if old.is_prerelease or new.is_prerelease:
        return VersionStep.PRE
    recent = history.before(now).recent
    if is_calendar([r for r in history.releases if r not in recent]):
        return VersionStep.CALENDAR
    if new.major != old.major or new.epoch != old.epoch:
        return VersionStep.MAJOR
    if new.major == 0:
        return VersionStep.ZERO
    return VersionStep.MINOR if new.minor != old.minor else VersionStep.PATCH


def is_calendar(releases: Iterable[ReleaseMoment]) -> bool:
    """Whether the last final releases carry the year of their upload, in four digits or two (a year's lag allowed).

    A number that merely looks like a year must also move with the years: three releases, of two years at least,
    or one number of four digits.
    """
    dated = [(v, r.uploaded_at.year) for r in releases if r.uploaded_at and (v := _final(r.version))][-_SEEN:]
    if len(dated) < 2:
        return False
    if not all(0 <= year - (v.major if v.major > 1900 else 2000 + v.major) <= 1 for v, year in dated):
        return False
    return dated[-1][0].major > 1900 or (len(dated) > 2 and len({v.major for v, _ in dated}) > 1)


def _final(text: str) -> Version | None:
    try:
        version = Version(text)
    except InvalidVersion:
        return None
    return None if version.is_prerelease else version
