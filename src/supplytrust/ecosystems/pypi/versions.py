"""Releases in order (PEP 440), what a step between two promises, and which requirements an install follows. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from supplytrust.ecosystems.pypi.files import IndexFile
from supplytrust.errors import InvalidSubjectError
from supplytrust.model.claims.release import HORIZON, ReleaseHistory, ReleaseMoment, VersionStep
from supplytrust.model.subject import ArtifactKind
from supplytrust.model.versions import VersionScheme


@lru_cache(65536)
def read(text: str) -> Version | None:
    """A version by PEP 440, or None."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _public(text: str) -> str:
    version = read(text)
    return version.public if version is not None and version.local else text


def _holds(requirement: str, text: str) -> bool:
    """Whether a version specifier holds a version, pre-releases too; ValueError when either cannot be read."""
    try:
        bounds = SpecifierSet(requirement)
        if not len(bounds):
            raise ValueError("an empty range")
        return bounds.contains(Version(text), prereleases=True)
    except (InvalidSpecifier, InvalidVersion) as error:
        raise ValueError(str(error)) from error


def _is_post_of(here: Any, place: Any) -> bool:
    """Whether a version is a post-release of another one: the same software, released once more."""
    if here.post is None:
        return False
    one, other = ((v.epoch, _without_zeros(v.release), v.pre) for v in (here, place))
    return bool(one == other)


def _without_zeros(release: tuple[int, ...]) -> tuple[int, ...]:
    while len(release) > 1 and release[-1] == 0:
        release = release[:-1]
    return release


VERSIONS = VersionScheme(read, _holds, _public, _is_post_of)


@dataclass(frozen=True, slots=True)
class Release:
    """A version with its files. Yanked (PEP 592) when every file is."""

    version: Version
    files: tuple[IndexFile, ...]

    @property
    def yanked(self) -> bool:
        """Whether every file is withdrawn."""
        return all(f.yanked for f in self.files)

    @property
    def uploaded_at(self) -> datetime | None:
        """First upload; None unless every file has a time."""
        known = [f.uploaded_at for f in self.files if f.uploaded_at is not None]
        return min(known) if len(known) == len(self.files) else None

    def moment(self, cutoff: datetime | None = None) -> ReleaseMoment:
        """The release as a part of the history claim. Whether it is attested its files up to the cutoff say: a file
        that is added to an old release today says nothing about that release's habit."""
        kinds = [f.kind for f in self.files]
        old = [f for f in self.files if cutoff is None or f.uploaded_at is None or f.uploaded_at <= cutoff]
        attested = {f.attested for f in old or self.files if f.kind is not ArtifactKind.OTHER}
        return ReleaseMoment(
            str(self.version),
            self.uploaded_at,
            self.yanked,
            self.version.is_prerelease,
            kinds.count(ArtifactKind.WHEEL),
            kinds.count(ArtifactKind.SDIST),
            None if None in attested or not attested else all(attested),
        )


def releases(files: Iterable[IndexFile]) -> list[Release]:
    """Files grouped by version, oldest version first."""
    groups: dict[Version, list[IndexFile]] = {}
    for file in files:
        groups.setdefault(file.version, []).append(file)
    return [Release(v, tuple(sorted(fs, key=lambda f: f.file_name))) for v, fs in sorted(groups.items())]


def exact(text: str) -> Version:
    """A version somebody named; InvalidSubjectError when it is not PEP 440."""
    try:
        return Version(text)
    except InvalidVersion as error:
        raise InvalidSubjectError(f"'{text}' is not a version", hint="write it as in 1.2.3 (PEP 440)") from error


def newest(found: Iterable[Release], specifier: str = "") -> Release | None:
    """The newest release that is not yanked; pre-releases only when there is nothing else.

    A specifier that pins one version (`==`, `===`) may pick a yanked release, as for installers.
    """
    try:
        wanted = SpecifierSet(specifier)
    except InvalidSpecifier as error:
        raise InvalidSubjectError(f"'{specifier}' is not a version specifier") from error
    fitting = [r for r in found if wanted.contains(r.version, prereleases=True)]
    pinned = any(s.operator in ("==", "===") and not s.version.endswith(".*") for s in wanted)
    usable = [r for r in fitting if not r.yanked] or (fitting if pinned else [])
    finals = [r for r in usable if not r.version.is_prerelease]
    chosen = usable if wanted.prereleases else finals or usable
    return chosen[-1] if chosen else None


def history(found: Iterable[Release], judged: Version) -> ReleaseHistory:
    """All releases in time, and the one to compare the judged version with."""
    every = list(found)
    here = next((r.uploaded_at for r in every if r.version == judged), None)
    cutoff = here - HORIZON if here is not None else None
    moments = tuple(r.moment(None if r.version == judged else cutoff) for r in every)
    nearest = ReleaseHistory(moments, "").before(str(judged)).nearest
    return ReleaseHistory(moments, nearest.version if nearest else "")


# --- What the step from one version to the next promises (SemVer 2.0.0, PEP 440, CalVer). Pure.

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


# --- Declared requirements (PEP 508) as far as an ordinary install follows them. Pure.


def run_time_names(requires_dist: Iterable[str]) -> frozenset[str]:
    """Normalized names required without an extra, on any platform; unreadable lines are left out."""
    names = set()
    for line in requires_dist:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if "extra" not in str(requirement.marker or ""):
            names.add(canonicalize_name(requirement.name))
    return frozenset(names)
