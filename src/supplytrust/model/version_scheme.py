"""How an ecosystem reads and orders its versions, as a value that is handed to those who must not know ecosystems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from supplytrust.model import semver


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
    holds: Callable[[str, str], bool] = semver.matches
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
def _read_semantic(text: str) -> semver.Precedence | None:
    try:
        return semver.Precedence(semver.parse(text).key)
    except ValueError:
        return None


SEMANTIC = VersionScheme(_read_semantic)
UNKNOWN = VersionScheme(lambda _text: None, ordered=False)
