"""Versions of packages in order, the line a version belongs to, and what a step promises. Pure.

Order: SemVer 2.0.0, section 11. Ranges: "Ranges" of node-semver's README; tested against that program.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from supplytrust.model.claims.release import ReleaseHistory, ReleaseMoment, VersionStep
from supplytrust.model.versions import SEMANTIC, Key, Version, parse_semantic

VERSIONS = SEMANTIC  # advisories speak of pre-releases too; what the client would take is asked of `satisfies`


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


# --- ranges of versions as the registry's own client reads them
#
# A pre-release fits only a set of comparators of which one names a pre-release of the same three numbers. Build
# metadata takes no part.

LONGEST = 1024
_ID = r"(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)"
_TAIL = rf"(?:-({_ID}(?:\.{_ID})*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
_NUMBER = r"(?:0|[1-9]\d{0,15})"
_WHOLE = re.compile(rf"[v=\s]*({_NUMBER})\.({_NUMBER})\.({_NUMBER}){_TAIL}", re.ASCII)
_X = rf"({_NUMBER}|[xX*])"
_PARTIAL = re.compile(rf"[v=\s]*{_X}(?:\.{_X}(?:\.{_X}{_TAIL})?)?", re.ASCII)
_HYPHEN = re.compile(r"\s*(\S+)\s+-\s+(\S+)\s*")
_SPACED = re.compile(r"(~>|>=|<=|[~^<>=])\s+")
_TOKEN = re.compile(r"(~>|>=|<=|[~^<>=]?)(.*)")
_MOST = 2**53 - 1
_LOWEST = "-0"  # the first of all pre-releases: `<2.0.0-0` leaves out those of 2.0.0

Place = tuple[int, int, int, str]  # numbers and pre-release, '' for a final version
Comparator = tuple[str, Place]


def read_version(text: str) -> Place | None:
    """A whole version; None for anything else, as for the client (strict)."""
    found = _WHOLE.fullmatch(text.strip()) if len(text) <= 256 else None
    if found is None or any(int(n) > _MOST for n in found.groups()[:3]):
        return None
    return int(found[1]), int(found[2]), int(found[3]), found[4] or ""


def satisfies(requirement: str, version: str) -> bool:
    """Whether the client takes a version for a range. Raises ValueError when either cannot be read."""
    place = read_version(version)
    if place is None:
        raise ValueError(f"'{version[:60]}' is not a version")
    return any(_fits(comparators, place) for comparators in read_range(requirement))


@functools.lru_cache(maxsize=8192)
def read_range(requirement: str) -> tuple[tuple[Comparator, ...], ...]:
    """The sets of comparators of which one has to hold. ValueError when the text is no range."""
    if len(requirement) > LONGEST:
        raise ValueError("the range is too long")
    sets = [_comparators(part.strip()) for part in requirement.split("||")]
    read = tuple(tuple(one) for one in sets if one is not None)
    if len(read) != len(sets):
        raise ValueError(f"'{requirement[:60]}' is not a range")
    return ((),) if () in read else read  # beside `*` nothing else counts, not even a pre-release that is named


def _comparators(text: str) -> list[Comparator] | None:
    hyphen = _HYPHEN.fullmatch(text)
    if hyphen:
        return _hyphen(hyphen[1], hyphen[2])
    found: list[Comparator] = []
    for token in _SPACED.sub(r"\1", text).split():
        operator, rest = _TOKEN.fullmatch(token).groups()  # type: ignore[union-attr]
        partial = _read_partial(rest)
        if partial is None or (operator not in ("^", "~", "~>") and not _is_plain(partial, operator)):
            return None
        found += _simple("~" if operator == "~>" else operator, *_parts(partial))
    return found


def _read_partial(text: str) -> re.Match[str] | None:
    """A version, perhaps left short."""
    found = _PARTIAL.fullmatch(text)
    numbers = [int(part) for part in found.groups()[:3] if part and part not in "xX*"] if found else []
    return None if any(n > _MOST for n in numbers) else found


def _is_plain(partial: re.Match[str], operator: str) -> bool:
    """Without `^` and `~` no number follows a part that is left open, and a whole version has one operator only."""
    open_ = [part is None or part in "xX*" for part in partial.groups()[:3]]
    return open_ == sorted(open_) and (any(open_) or not operator or not partial[0].lstrip().startswith("="))


def _parts(partial: re.Match[str]) -> tuple[int | None, int | None, int | None, str]:
    groups = partial.groups()
    numbers: list[int | None] = []
    for text in groups[:3]:
        open_ = text is None or text in "xX*" or (bool(numbers) and numbers[-1] is None)
        numbers.append(None if open_ else int(text or "0"))
    return numbers[0], numbers[1], numbers[2], (groups[3] or "") if numbers[2] is not None else ""


def _simple(operator: str, major: int | None, minor: int | None, patch: int | None, pre: str) -> list[Comparator]:
    if major is None:
        return [("<", (0, 0, 0, _LOWEST))] if operator in ("<", ">") else []
    if operator in ("^", "~"):
        return _near(operator, major, minor, patch, pre)
    if patch is not None:
        return [(operator or "=", (major, minor or 0, patch, pre))]
    above: Place = (major + 1, 0, 0, "") if minor is None else (major, minor + 1, 0, "")
    at: Place = (major, minor or 0, 0, "")
    before_above: Place = (*above[:3], _LOWEST)
    if operator == ">":
        return [(">=", above)]
    if operator == "<":
        return [("<", (*at[:3], _LOWEST))]
    if operator == "<=":
        return [("<", before_above)]
    return [(">=", at)] if operator == ">=" else [(">=", at), ("<", before_above)]


def _near(operator: str, major: int, minor: int | None, patch: int | None, pre: str) -> list[Comparator]:
    start: Place = (major, minor or 0, patch or 0, pre)
    if minor is None:
        end = (major + 1, 0, 0)
    elif operator == "~" or (major == 0 and (minor or patch is None)):
        end = (major, minor + 1, 0)
    elif major == 0:
        end = (0, 0, (patch or 0) + 1)
    else:
        end = (major + 1, 0, 0)
    return [(">=", start), ("<", (*end, _LOWEST))]


def _hyphen(low: str, high: str) -> list[Comparator] | None:
    first, last = _read_partial(low), _read_partial(high)
    if first is None or last is None:
        return None
    (a, b, c, pre), (major, minor, patch, tail) = _parts(first), _parts(last)
    if (c is not None and low.startswith("=")) or (patch is not None and not tail and high.startswith("=")):
        return None
    found: list[Comparator] = [] if a is None else [(">=", (a, b or 0, c or 0, pre))]
    if major is None:
        return found
    if patch is not None:
        return [*found, ("<=", (major, minor or 0, patch, tail))]
    return [*found, *_simple("<=", major, minor, patch, "")]


def _fits(comparators: tuple[Comparator, ...], place: Place) -> bool:
    if not all(_holds(operator, bound, place) for operator, bound in comparators):
        return False
    return not place[3] or any(bound[3] and bound[:3] == place[:3] for _, bound in comparators if bound[3] != _LOWEST)


def _holds(operator: str, bound: Place, place: Place) -> bool:
    here, there = _key(place), _key(bound)
    answers = {"=": here == there, ">": here > there, ">=": here >= there, "<": here < there, "<=": here <= there}
    return answers[operator]


def _key(place: Place) -> Key:
    major, minor, patch, pre = place
    return Version(major, minor, patch, "0" if pre == _LOWEST else pre).key
