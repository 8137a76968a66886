"""Versions of crates in order, cargo's ranges, and the line a version belongs to. Pure.

Order: SemVer 2.0.0, section 11. Ranges: "Specifying dependencies" of the cargo book; a bare version is `^`, and a
pre-release fits only where the range names one of the same three numbers. Build metadata takes no part in either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from supplytrust.model.claims.release import ReleaseHistory, ReleaseMoment, VersionStep
from supplytrust.model.versions import SEMANTIC, Version, line_of, matches, parse_semantic

_WHOLE = re.compile(
    r"(0|[1-9]\d{0,18})\.(0|[1-9]\d{0,18})\.(0|[1-9]\d{0,18})(-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
    r"(\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?",
    re.ASCII,
)
_OPERATOR = re.compile(r"[\^~=<>\s]*")


def holds(requirement: str, version: str) -> bool:
    """Whether cargo takes a version for a requirement. Raises ValueError when either cannot be read."""
    if not matches(requirement, version):
        return False
    parsed = parse_semantic(version)
    if not parsed.pre:
        return True
    return any(_names_prerelease(clause, parsed) for clause in requirement.split(","))


def _names_prerelease(clause: str, version: Version) -> bool:
    text = clause.strip()
    bound_text = text[_end_of_operator(text) :].strip()
    if bound_text in ("*", "x", "X") or bound_text.endswith((".*", ".x", ".X")):
        return False
    bound = parse_semantic(bound_text)
    return bool(bound.pre) and (bound.major, bound.minor, bound.patch) == (version.major, version.minor, version.patch)


def _end_of_operator(text: str) -> int:
    found = _OPERATOR.match(text)
    return found.end() if found else 0


VERSIONS = SEMANTIC  # advisories speak of pre-releases too; what cargo would take is asked of `holds`


def is_whole(text: str) -> bool:
    """Whether a text is a version as a registry takes it: three numbers without leading zeros."""
    return _WHOLE.fullmatch(text) is not None


def in_order(releases: Iterable[ReleaseMoment]) -> tuple[ReleaseMoment, ...]:
    """Oldest version first; versions that differ in build metadata only by their text."""
    return tuple(sorted(releases, key=lambda r: (parse_semantic(r.version).key, r.version)))


def predecessor(history: ReleaseHistory, version: str) -> str:
    """The release to compare with: the nearest below in the same line, else the nearest below of all."""
    before = history.before(version)
    line = line_of(version)
    for group in (before.settled, before.undated):
        standing = [r for r in group if not r.yanked]
        same = [r for r in standing if line_of(r.version) == line]
        for chosen in (same, standing):
            finals = [r for r in chosen if not r.prerelease]
            if chosen:
                return (finals or chosen)[-1].version
    return ""


def step(before: str, now: str) -> VersionStep:
    """What a step promises callers: cargo takes a change of the first number that is not zero for a breaking one."""
    old, new = parse_semantic(before), parse_semantic(now)
    if old.pre or new.pre:
        return VersionStep.PRE
    if old.major != new.major:
        return VersionStep.MAJOR
    if new.major == 0:
        return VersionStep.ZERO
    return VersionStep.MINOR if old.minor != new.minor else VersionStep.PATCH
