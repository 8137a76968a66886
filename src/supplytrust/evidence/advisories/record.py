"""One advisory about one package, as every database's format is brought to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from supplytrust.model.claims.advisory import AdvisoryKind

MOST_TEXTS = 20_000  # versions, events or names in one record; the largest real one has some thousands
LONGEST = 400
ANY = ("*", "*")  # several records of a database, of whatever packages


class BrokenRecordError(Exception):
    """A record that breaks its format. `about` is the package (purl type, name) where that much could be read.

    It is `ANY` for a part of a database that may hold any number of records, about any package.
    """

    def __init__(self, told: str, about: tuple[str, str] = ("", "")) -> None:
        super().__init__(told)
        self.about = about


class ForeignDocumentError(Exception):
    """A document that is no advisory at all: a workflow, a readme, an example."""


@dataclass(frozen=True, slots=True)
class Event:
    """A boundary of a range. `kind`: introduced, fixed, last_affected or limit (OSV schema 1.7, "events")."""

    kind: str
    version: str


@dataclass(frozen=True, slots=True)
class Range:
    """Boundaries in one order: `semver` is SemVer 2.0, otherwise the order of the package's ecosystem."""

    semver: bool
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """What one database says about one package in one advisory.

    Affected are the listed `versions` and those inside a range; if `spared` is not None, instead, all versions but
    those that fit one of its requirements (RustSec: patched and unaffected). `ratings` are CVSS vectors or words.
    """

    id: str
    aliases: tuple[str, ...]
    kind: AdvisoryKind
    type: str
    name: str
    published: datetime | None
    modified: datetime | None
    withdrawn: datetime | None
    ratings: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()
    versions: tuple[str, ...] = ()
    spared: tuple[str, ...] | None = None
    fixed_in: tuple[str, ...] = ()
    fix_commits: tuple[str, ...] = ()
    summary: str = ""

    @property
    def touched(self) -> datetime | None:
        """The last day this record shows."""
        days = [d for d in (self.published, self.modified, self.withdrawn) if d is not None]
        return max(days, default=None)


PackageKey = Callable[[str, str], tuple[str, str]]  # purl type and name as they are compared: the ecosystem's rule


def with_compared_name(told: Record | BrokenRecordError, key: PackageKey) -> Record | BrokenRecordError:
    """What a document says, its package named as packages of its type are compared."""
    if isinstance(told, Record):
        return replace(told, name=key(told.type, told.name)[1])
    if told.about not in (ANY, ("", "")):
        told.about = key(*told.about)
    return told


def moment(value: object) -> datetime | None:
    """A day or time as databases write them (RFC 3339, with a blank, or a date alone); UTC when it says no zone."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)
    if not isinstance(value, datetime):
        return None
    try:
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except OverflowError:
        return None


def texts(value: object) -> tuple[str, ...]:
    """The non-empty short strings of a list; nothing for anything else."""
    if not isinstance(value, list | tuple):
        return ()
    return tuple(v.strip() for v in value[:MOST_TEXTS] if isinstance(v, str) and 0 < len(v.strip()) <= LONGEST)


def line(value: object) -> str:
    """One printable line of a foreign text, cut."""
    if not isinstance(value, str) or not value.strip():
        return ""
    first = value[:1000].strip().splitlines() or [""]
    return "".join(c if c.isprintable() else " " for c in first[0][:120])
