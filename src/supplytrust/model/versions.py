"""How versions are read and ordered: SemVer 2.0.0, and an ecosystem's scheme as a value.

Precedence: https://semver.org section 11. Requirements: "Specifying dependencies" of the cargo book; a bare
version means `^`. Unlike cargo's, requirements here also match pre-releases within their bounds: `>=1.0, <2.0`
covers 1.5.0-rc.1 (not 2.0.0-rc.1), so that a violation is not escaped by a suffix.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

_VERSION = re.compile(
    r"v?(\d{1,18})(?:\.(\d{1,18}))?(?:\.(\d{1,18}))?(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?", re.ASCII
)
_CLAUSE = re.compile(r"(\^|~|>=|<=|>|<|=)?\s*(v?[0-9][0-9A-Za-z.+-]*?)(\.[*xX]){0,2}")
_ANY = frozenset(["*", "x", "X"])
Key = tuple[int, int, int, tuple[tuple[int, int, str], ...]]
_FINAL = ((2, 0, ""),)  # after every pre-release identifier
_FIRST: tuple[tuple[int, int, str], ...] = ()  # before every one


@dataclass(frozen=True, slots=True)
class Version:
    """The parts that were written; `minor` and `patch` None: left out. `key` orders (build metadata does not)."""

    major: int
    minor: int | None
    patch: int | None
    pre: str

    @property
    def key(self) -> Key:
        """Sorts by precedence; parts left out are 0."""
        return self.major, self.minor or 0, self.patch or 0, _identifiers(self.pre) if self.pre else _FINAL


@dataclass(frozen=True, slots=True, order=True)
class Precedence:
    """A version's place in the order: equal for versions that differ in build metadata only (section 11)."""

    key: Key

    @property
    def release(self) -> tuple[int, ...]:
        """Major, minor and patch."""
        return self.key[:3]

    @property
    def is_prerelease(self) -> bool:
        """Whether it has pre-release identifiers."""
        return self.key[3] != _FINAL


def parse_semantic(text: str) -> Version:
    """A version, whole or in part; ValueError when it is none."""
    found = _VERSION.fullmatch(text.strip())
    if not found:
        raise ValueError(f"'{text[:60]}' is not a version")
    major, minor, patch, pre, _ = found.groups()
    return Version(int(major), int(minor) if minor else None, int(patch) if patch else None, pre or "")


def line_of(version: str) -> tuple[int, ...]:
    """The line in which a caret requirement moves: the numbers up to the first that is not zero. ValueError."""
    parsed = parse_semantic(version)
    numbers = (parsed.major, parsed.minor or 0, parsed.patch or 0)
    lead = next((n for n, number in enumerate(numbers) if number), 2)
    return numbers[: lead + 1]


def is_whole(text: str) -> bool:
    """Whether a text is a version with all three parts."""
    try:
        return parse_semantic(text).patch is not None
    except ValueError:
        return False


def matches(requirement: str, version: str) -> bool:
    """Whether a version lies within a requirement (clauses joined by commas); ValueError when either is unreadable."""
    key = parse_semantic(version).key
    bounds = [_bounds(clause) for clause in requirement.split(",")]
    return all(low <= key and (high is None or key < high) for low, high in bounds)


def _identifiers(pre: str) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in pre.split("."))


def _bounds(clause: str) -> tuple[Key, Key | None]:
    """The half-open range of one clause."""
    text = clause.strip()
    if text in _ANY:
        return (0, 0, 0, _FIRST), None
    found = _CLAUSE.fullmatch(text)
    if not found:
        raise ValueError(f"'{clause[:60]}' is not a requirement")
    operator, wild = found.group(1) or "", bool(found.group(3))
    version = parse_semantic(found.group(2))
    if wild and (operator not in ("", "=", "~", "^") or version.patch is not None):
        raise ValueError(f"'{clause[:60]}' is not a requirement")
    return _range("=" if wild and operator in ("", "=") else operator or "^", version)


def _range(operator: str, version: Version) -> tuple[Key, Key | None]:
    start, end = _start(version), _after(version)
    lowest: Key = (0, 0, 0, _FIRST)
    if operator in (">=", ">"):
        return (start if operator == ">=" else end), None
    if operator in ("<", "<="):
        return lowest, (_before(version) if operator == "<" else end)
    if operator == "=":
        return start, end
    return start, _step(version.major, version.minor) if operator == "~" else _compatible(version)


def _before(version: Version) -> Key:
    """Where `<` ends: before the pre-releases of a final version."""
    return version.key if version.pre else (version.major, version.minor or 0, version.patch or 0, _FIRST)


def _start(version: Version) -> Key:
    whole = version.patch is not None
    return version.key if whole else (version.major, version.minor or 0, 0, _FIRST)


def _after(version: Version) -> Key:
    """The first version after everything that `version`, perhaps left short, stands for."""
    if version.patch is None:
        return _step(version.major, version.minor)
    major, minor, patch, pre = version.key
    return major, minor, patch, (*pre, (-1, 0, ""))


def _compatible(version: Version) -> Key:
    """Up to the next change of the leftmost part that is not zero."""
    if version.major or version.minor is None:
        return _step(version.major, None)
    if version.minor or version.patch is None:
        return _step(0, version.minor)
    return 0, 0, version.patch + 1, _FIRST


def _step(major: int, minor: int | None) -> Key:
    return (major + 1, 0, 0, _FIRST) if minor is None else (major, minor + 1, 0, _FIRST)


# How an ecosystem reads and orders its versions, as a value that is handed to those who must not know ecosystems.


class OrderedVersion(Protocol):
    """A version's place in the order of its ecosystem: equal and hashable as the order says, numbers without words."""

    @property
    def release(self) -> tuple[int, ...]:
        """The numbers of the release, most significant first."""
        ...

    @property
    def is_prerelease(self) -> bool:
        """Whether it comes before the release of its numbers."""
        ...

    def __lt__(self, other: Any, /) -> bool: ...
    def __le__(self, other: Any, /) -> bool: ...
    def __gt__(self, other: Any, /) -> bool: ...
    def __ge__(self, other: Any, /) -> bool: ...
    def __hash__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class VersionScheme:
    """The rules of one ecosystem.

    `read` answers a version's place, None for a text that is no version; `ordered` False: the order is not known, and
    nothing is read. `public` is a version without its local part, the text itself when it has none. `is_post_of` says
    whether the first is the same software as the second, released once more. `holds(range, version)` raises
    ValueError when either cannot be read.
    """

    read: Callable[[str], OrderedVersion | None]
    holds: Callable[[str, str], bool] = matches
    public: Callable[[str], str] = str
    is_post_of: Callable[[OrderedVersion, OrderedVersion], bool] = lambda _here, _place: False
    ordered: bool = True

    def includes(self, requirement: str, version: str) -> bool:
        """Whether a range holds a version; `*` holds every one. Raises ValueError when either cannot be read."""
        return requirement.strip() == "*" or self.holds(requirement, version)

    def at_least(self, version: str, bound: str) -> bool | None:
        """Whether a version is not below another one; None when that is not known."""
        left, right = self.read(version), self.read(bound)
        return None if left is None or right is None else left >= right


@lru_cache(65536)
def _read_semantic(text: str) -> Precedence | None:
    try:
        return Precedence(parse_semantic(text).key)
    except ValueError:
        return None


SEMANTIC = VersionScheme(_read_semantic)
UNKNOWN = VersionScheme(lambda _text: None, ordered=False)
