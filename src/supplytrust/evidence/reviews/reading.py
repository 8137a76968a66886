"""What readers of reviews share: files as bounded tables, the criteria of reviewers, and what collects them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast

from supplytrust.errors import MalformedError, MalformedTomlError, NotFoundError, TooLargeError
from supplytrust.formats.toml import read_toml
from supplytrust.model.claims.review import ExternalAudit, Review, Scope, SkippedEntries, Violation

MAX_BYTES = 8 * 2**20
TEXT = 2000
Entry = Mapping[str, object]


class SkippedEntryError(Exception):
    """One entry cannot be used; the text is the reason under which it is counted. Stays inside this room."""


class Skips:
    """Counts unusable entries by reason and package."""

    def __init__(self) -> None:
        self._seen: Counter[tuple[str, str]] = Counter()

    def add(self, reason: str, package: str) -> None:
        """One entry about a package ('' = it does not say about which)."""
        self._seen[reason, package] += 1

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self._seen.values())

    def counts(self, file: str, *packages: str) -> tuple[SkippedEntries, ...]:
        """Each reason with its count; an entry that names no package may be about these."""
        reasons = sorted({reason for reason, _ in self._seen})
        here = {*packages, ""}
        return tuple(
            SkippedEntries(
                file,
                reason,
                sum(n for (r, _), n in self._seen.items() if r == reason),
                sum(n for (r, p), n in self._seen.items() if r == reason and p in here),
            )
            for reason in reasons
        )


def read_file(path: Path) -> bytes:
    """The bytes of a regular file of at most `MAX_BYTES`; raises NotFoundError, MalformedError or TooLargeError."""
    try:
        if not path.is_file():
            raise NotFoundError(f"{path.name} does not exist or is not a regular file", hint="see [assurances]")
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise MalformedError(f"{path.name} cannot be read: {error}") from error
    if len(raw) > MAX_BYTES:
        raise TooLargeError(f"{path.name} is larger than {MAX_BYTES} bytes")
    return raw


def text_of(raw: bytes, name: str) -> str:
    """UTF-8 text; MalformedError names the line of the first byte that is none."""
    try:
        return raw.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise MalformedError(f"{name}:{line}: not UTF-8: byte 0x{raw[error.start]:02x}") from error


def toml_of(raw: bytes, name: str) -> Entry:
    """The tables of a TOML file; MalformedError names file, line and column."""
    try:
        return read_toml(raw, largest=MAX_BYTES)
    except MalformedTomlError as error:
        raise MalformedError(f"{name}:{error.line}:{error.column}: {error.message}", hint=error.hint) from None


def table(found: object) -> Entry:
    """A table, or UnusableError."""
    if not isinstance(found, dict):
        raise SkippedEntryError("not-a-table")
    return cast("Entry", found)


def items(found: object) -> list[object]:
    """The entries of an array; None has none, anything else is one entry that cannot be used."""
    if found is None:
        return []
    return cast("list[object]", found) if isinstance(found, list) else [found]


def text(entry: Entry, key: str, reason: str, *, required: bool = True) -> str:
    """One-line printable text; UnusableError(reason) when it is none (or missing, if required)."""
    found = entry.get(key)
    if found is None and not required:
        return ""
    if not isinstance(found, str) or not found.strip() or len(found) > TEXT or not found.strip().isprintable():
        raise SkippedEntryError(reason)
    return found.strip()


def texts(entry: Entry, key: str, reason: str, *, required: bool = True) -> tuple[str, ...]:
    """A text or an array of texts, as a tuple."""
    found = entry.get(key)
    if found is None and not required:
        return ()
    listed = items(found)
    if not listed or not all(isinstance(t, str) and t.strip() and t.strip().isprintable() for t in listed):
        raise SkippedEntryError(reason)
    return tuple(str(t).strip() for t in listed)


def day(entry: Entry, key: str, reason: str, *, required: bool = True) -> datetime | None:
    """A TOML date, date-time or an ISO text, in UTC; a bare day is its first instant."""
    found = entry.get(key)
    if found is None and not required:
        return None
    try:
        read: object = datetime.fromisoformat(found) if isinstance(found, str) else found
    except ValueError as error:
        raise SkippedEntryError(reason) from error
    if isinstance(read, datetime):
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    if isinstance(read, date):
        return datetime(read.year, read.month, read.day, tzinfo=UTC)
    raise SkippedEntryError(reason)


def count(entry: Entry, key: str, reason: str) -> int | None:
    """A whole number from 0 to 100,000; None when it is not given."""
    found = entry.get(key)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= 100_000:
        raise SkippedEntryError(reason)
    return found


# Criteria of reviewers: what each implies, and what part of the code a reading by it was about.
#
# The two built-in criteria and the closure follow the cargo-vet book ("Audit Criteria"); crypto-safe,
# does-not-implement-crypto and ub-risk-N follow the published auditing standards of the organizations that use them.

RUN, DEPLOY = "safe-to-run", "safe-to-deploy"
BUILT_IN: Mapping[str, tuple[str, ...]] = {RUN: (), DEPLOY: (RUN,)}
_UNSOUND = re.compile(r"ub-risk-([0-9])(?:-thorough)?")
_SOUND_ENOUGH = 2  # "negligible unsoundness"; 3 is mild, 4 extreme
_OWN_WORDS = {
    DEPLOY: (Scope.MEMORY, Scope.PARSING, Scope.NETWORK),
    "rule-of-two-safe-to-deploy": (Scope.MEMORY, Scope.PARSING, Scope.NETWORK),
    "crypto-safe": (Scope.CRYPTOGRAPHY,),
    "crypto-reviewed": (Scope.CRYPTOGRAPHY,),
}
NO_CRYPTO = "does-not-implement-crypto"
_DESCRIPTIONS = frozenset([NO_CRYPTO])


def closure(names: Iterable[str], implies: Mapping[str, Collection[str]]) -> frozenset[str]:
    """The names and everything they imply, directly or through others; circles are harmless."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(implies.get(name, ()))
    return frozenset(found)


def scopes(names: Collection[str]) -> tuple[Scope, ...]:
    """What closed criteria say was looked at. That no cryptography is implemented is no review of any."""
    found: set[Scope] = set()
    for name in names:
        if name != "crypto-safe" or NO_CRYPTO not in names:
            found.update(_OWN_WORDS.get(name, ()))
        unsound = _UNSOUND.fullmatch(name)
        if unsound and int(unsound.group(1)) <= _SOUND_ENOUGH:
            found.add(Scope.MEMORY)
    return tuple(sorted(found))


def speaks_against(name: str) -> bool:
    """Whether missing a criterion is a fault. Implementing cryptography, or some unsafe code, is not one by itself."""
    unsound = _UNSOUND.fullmatch(name)
    return name not in _DESCRIPTIONS and not (unsound and int(unsound.group(1)) <= _SOUND_ENOUGH)


# What files say about one package: collected from readers of different formats into the parts of two claims.


@dataclass(slots=True)
class ReviewCollector:
    """Collected as it comes; `elsewhere` are versions that were read and are not the judged one."""

    audits: list[ExternalAudit] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    elsewhere: set[str] = field(default_factory=set)
    skipped: list[SkippedEntries] = field(default_factory=list)
