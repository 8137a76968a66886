"""cargo-vet's `audits.toml` and `imports.lock`: who certified which crate version for what, and who published it.

Format: "The cargo vet book", chapters "audits.toml", "imports.lock" and "Wildcard Audit Entries". An entry that
cannot be read is skipped and counted; `config.toml` is read for its exemptions, which certify nothing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from supplytrust.errors import MalformedError
from supplytrust.evidence.reviews.reading import (
    BUILT_IN,
    Entry,
    SkippedEntryError,
    Skips,
    closure,
    day,
    items,
    table,
    text,
    texts,
    toml_of,
)
from supplytrust.model import versions

OWN = ""  # the origin of a file's own entries; imports have the name of the peer
_CRATE = re.compile(r"[0-9A-Za-z.+_-]{1,64}")
_GIT = re.compile(r"@git:[0-9a-f]{40}")
_PUBLISHERS = ("user-id", "trusted-publisher")


@dataclass(frozen=True, slots=True)
class Audit:
    """A whole version (`base` empty) or the change from `base` to `version`. `criteria` are closed."""

    origin: str
    who: tuple[str, ...]
    criteria: frozenset[str]
    base: str
    version: str


@dataclass(frozen=True, slots=True)
class Against:
    """A violation: versions within `requirement` do not meet `criteria`."""

    origin: str
    who: tuple[str, ...]
    criteria: frozenset[str]
    requirement: str


@dataclass(frozen=True, slots=True)
class ByPublisher:
    """All versions that a publisher brings out between two days. `read`: by somebody who reviews them (a wildcard)."""

    origin: str
    who: tuple[str, ...]
    criteria: frozenset[str]
    publisher: str
    start: datetime
    end: datetime
    read: bool


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """Who published a version and when, as the lock file recorded it."""

    version: str
    publisher: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Crate:
    """Everything a file says about one crate."""

    audits: tuple[Audit, ...] = ()
    against: tuple[Against, ...] = ()
    by_publisher: tuple[ByPublisher, ...] = ()
    published: tuple[PublishedVersion, ...] = ()


@dataclass(frozen=True, slots=True)
class VetFile:
    """A file, read. `exemptions` counts what was let in unread."""

    crates: Mapping[str, Crate]
    exemptions: int
    skips: Skips

    def count(self, of: Callable[[Crate], tuple[object, ...]]) -> int:
        """How many entries of a kind all crates have together."""
        return sum(len(of(crate)) for crate in self.crates.values())


class _Reader:
    """Collects entries by crate; one a file."""

    def __init__(self) -> None:
        self.skips = Skips()
        self.audits: dict[str, list[Audit]] = {}
        self.against: dict[str, list[Against]] = {}
        self.by_publisher: dict[str, list[ByPublisher]] = {}
        self.published: dict[str, list[PublishedVersion]] = {}

    def origin(self, top: Entry, origin: str) -> None:
        """One set of criteria with the entries that use it: the file's own, or one import's."""
        known = {**BUILT_IN, **_implies(top.get("criteria"), self.skips)}
        self._each(top.get("audits"), lambda crate, entry: self._audit(crate, entry, origin, known))
        for kind, read in (("wildcard-audits", True), ("trusted", False)):
            keep = functools.partial(self._by_publisher, origin=origin, known=known, read=read)
            self._each(top.get(kind), keep)

    def publishers(self, found: object) -> None:
        """The lock file's record of who published what."""
        self._each(found, self._read_publisher)

    def _each(self, found: object, keep: Callable[[str, Entry], None]) -> None:
        if found is not None and not isinstance(found, dict):
            self.skips.add("not-a-table", "")
            return
        for crate, listed in (found or {}).items():
            for entry in items(listed):
                try:
                    if not _CRATE.fullmatch(crate):
                        raise SkippedEntryError("bad-name")
                    keep(crate, table(entry))
                except SkippedEntryError as error:
                    self.skips.add(str(error), crate)

    def _audit(self, crate: str, entry: Entry, origin: str, known: Mapping[str, tuple[str, ...]]) -> None:
        kinds = [key for key in ("version", "delta", "violation") if key in entry]
        if len(kinds) != 1:
            raise SkippedEntryError("several-kinds" if kinds else "no-kind")
        if kinds[0] == "violation":
            against = _against(entry, origin)
            self.against.setdefault(crate, []).append(against)
            return
        who, criteria = texts(entry, "who", "bad-who", required=False), _criteria(entry, known)
        if entry.get("importable", True) is not True:
            raise SkippedEntryError("not-importable")
        audit = Audit(origin, who, criteria, *_versions(entry, kinds[0]))
        self.audits.setdefault(crate, []).append(audit)

    def _by_publisher(
        self, crate: str, entry: Entry, origin: str, known: Mapping[str, tuple[str, ...]], *, read: bool
    ) -> None:
        who, criteria = texts(entry, "who", "bad-who", required=False), _criteria(entry, known)
        start, end = day(entry, "start", "bad-date"), day(entry, "end", "bad-date")
        if start is None or end is None or start > end:
            raise SkippedEntryError("bad-date")
        one = ByPublisher(origin, who, criteria, _publisher(entry), start, end, read)
        self.by_publisher.setdefault(crate, []).append(one)

    def _read_publisher(self, crate: str, entry: Entry) -> None:
        when = day(entry, "when", "bad-date")
        if when is None:
            raise SkippedEntryError("bad-date")
        one = PublishedVersion(_version(text(entry, "version", "bad-version"), "bad-version"), _publisher(entry), when)
        self.published.setdefault(crate, []).append(one)

    def crates(self) -> dict[str, Crate]:
        """What was kept."""
        names = sorted({*self.audits, *self.against, *self.by_publisher, *self.published})
        return {
            name: Crate(
                tuple(self.audits.get(name, ())),
                tuple(self.against.get(name, ())),
                tuple(self.by_publisher.get(name, ())),
                tuple(self.published.get(name, ())),
            )
            for name in names
        }


@functools.lru_cache(maxsize=8)
def read(raw: bytes, name: str) -> VetFile:
    """A cargo-vet file. MalformedError when it is no TOML or none of cargo-vet's files; `name` leads the message."""
    top, reader = toml_of(raw, name), _Reader()
    parts = ("criteria", "audits", "wildcard-audits", "trusted", "publisher", "unpublished", "exemptions", "imports")
    if top and not any(key in top for key in (*parts, "cargo-vet", "policy")):
        raise MalformedError(f"{name}:1:1: none of cargo-vet's files", hint="audits.toml or imports.lock")
    imports = _imports(top)
    for origin, part in imports.items():
        reader.origin(part, origin)
    if not imports:
        reader.origin(top, OWN)
    reader.publishers(top.get("publisher"))
    exemptions = top.get("exemptions")
    listed = sum(len(items(e)) for e in exemptions.values()) if isinstance(exemptions, dict) else 0
    return VetFile(reader.crates(), listed, reader.skips)


def _imports(top: Entry) -> dict[str, Entry]:
    """In a lock file `audits` holds a table an import, each with its own criteria and audits."""
    audits = top.get("audits")
    if not isinstance(audits, dict):
        return {}
    inner = ("audits", "criteria", "wildcard-audits", "trusted")
    return {n: part for n, part in audits.items() if isinstance(part, dict) and any(k in part for k in inner)}


def _implies(found: object, skips: Skips) -> dict[str, tuple[str, ...]]:
    read: dict[str, tuple[str, ...]] = {}
    for name, entry in found.items() if isinstance(found, dict) else ():
        try:
            read[name] = texts(table(entry), "implies", "bad-criteria", required=False)
        except SkippedEntryError as error:
            skips.add(str(error), "")
    return {n: i for n, i in read.items() if n not in BUILT_IN}


def _criteria(entry: Entry, known: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Closed criteria. A name without a definition stands for itself: peers map theirs, files do not carry all."""
    return closure(texts(entry, "criteria", "no-criteria"), known)


def _against(entry: Entry, origin: str) -> Against:
    """A violation. Its criteria are not closed: what is not fit to deploy may still be fit to run."""
    requirement = text(entry, "violation", "bad-violation")
    try:
        versions.matches(requirement, "1.0.0")
    except ValueError as error:
        raise SkippedEntryError("bad-violation") from error
    criteria = frozenset(texts(entry, "criteria", "no-criteria"))
    return Against(origin, texts(entry, "who", "bad-who", required=False), criteria, requirement)


def _versions(entry: Entry, kind: str) -> tuple[str, str]:
    if kind == "version":
        return "", _version(text(entry, "version", "bad-version"), "bad-version")
    base, arrow, version = text(entry, "delta", "bad-delta").partition("->")
    if not arrow:
        raise SkippedEntryError("bad-delta")
    return _version(base.strip(), "bad-delta"), _version(version.strip(), "bad-delta")


def _version(found: str, reason: str) -> str:
    plain = _GIT.sub("", found)
    if not versions.is_whole(plain):
        raise SkippedEntryError(reason)
    return found


def _publisher(entry: Entry) -> str:
    """An account id, or the identity of a publishing workflow."""
    named = [key for key in _PUBLISHERS if key in entry]
    if len(named) != 1:
        raise SkippedEntryError("no-publisher")
    found = entry[named[0]]
    if named[0] == "user-id" and isinstance(found, int) and not isinstance(found, bool):
        return f"account {found}"
    return text(entry, named[0], "no-publisher")
