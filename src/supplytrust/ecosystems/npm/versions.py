"""Versions of packages in order, the line a version belongs to, and what a step promises. Pure.

Order: SemVer 2.0.0, section 11. What a range means is in `ranges`.
"""

from __future__ import annotations

from collections.abc import Iterable

from supplytrust.ecosystems.npm.ranges import read_version
from supplytrust.model.claims.release import ReleaseHistory, ReleaseMoment, VersionStep
from supplytrust.model.versions import SEMANTIC, parse_semantic

VERSIONS = SEMANTIC  # advisories speak of pre-releases too; what the client would take is asked of `ranges`


def is_whole(text: str) -> bool:
    """Whether a text is a version as the registry takes it."""
    return bool(text) and text[:1].isdigit() and read_version(text) is not None


def in_order(texts: Iterable[str]) -> list[str]:
    """Lowest first; versions that differ in build metadata only by their text."""
    return sorted(texts, key=lambda text: (parse_semantic(text).key, text))


def predecessor(history: ReleaseHistory, version: str) -> str:
    """The release to compare with: the nearest below in the same major line, else the nearest below of all."""
    before = history.before(version)
    major = parse_semantic(version).major
    for group in (before.settled, before.undated):
        same = [r for r in group if parse_semantic(r.version).major == major]
        for chosen in (same, list(group)):
            found = _nearest(chosen)
            if found:
                return found
    return ""


def _nearest(releases: list[ReleaseMoment]) -> str:
    standing = [r for r in releases if not r.yanked] or releases
    finals = [r for r in standing if not r.prerelease] or standing
    return finals[-1].version if finals else ""


def step(before: str, now: str) -> VersionStep:
    """What a step promises callers."""
    old, new = parse_semantic(before), parse_semantic(now)
    if old.pre or new.pre:
        return VersionStep.PRE
    if old.major != new.major:
        return VersionStep.MAJOR
    if new.major == 0:
        return VersionStep.ZERO
    return VersionStep.MINOR if old.minor != new.minor else VersionStep.PATCH
