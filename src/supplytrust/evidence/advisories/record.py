"""One advisory about one package, as every format is brought to: how grave it is, and which versions it affects."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import lru_cache

from supplytrust.model.claims.advisory import AdvisoryKind
from supplytrust.model.subject import normal_version
from supplytrust.model.versions import SEMANTIC, OrderedVersion, VersionScheme

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


# How grave an advisory is: the CVSS base score of its vectors, else the database's own word.
#
# References: CVSS v2, v3.1 and v4.0 specifications (FIRST), "Qualitative Severity Rating Scale".

_SEVERITY_WORDS = {"low": "low", "moderate": "medium", "medium": "medium", "high": "high", "critical": "critical"}
SEVERITIES = ("", "low", "medium", "high", "critical")


def worst_severity(ratings: Iterable[str]) -> tuple[str, float | None]:
    """Word and score of the gravest rating; a score outranks words. ('', None) when nothing can be read."""
    told = list(ratings)
    scores = [s for s in map(severity_score, told) if s is not None]
    if scores:
        return severity_label(max(scores)), max(scores)
    words = [_SEVERITY_WORDS[t.strip().lower()] for t in told if t.strip().lower() in _SEVERITY_WORDS]
    return max(words, key=SEVERITIES.index, default=""), None


def severity_score(vector: str) -> float | None:
    """The base score of a CVSS vector of any version (a plain number is itself), None when it is none."""
    text = vector.strip()
    if text.replace(".", "", 1).isdigit() and text.isascii():
        return float(text) if float(text) <= 10 else None
    if "/" not in text or len(text) > 400:
        return None
    from cvss import CVSS2, CVSS3, CVSS4  # type: ignore[import-untyped]  # it ships no types
    from cvss.exceptions import CVSSError  # type: ignore[import-untyped]

    try:
        if text.startswith("CVSS:4"):
            return float(CVSS4(text).base_score)
        return float(CVSS3(text).base_score if text.startswith("CVSS:3") else CVSS2(text).base_score)
    except (CVSSError, ArithmeticError, ValueError):
        return None


def severity_label(value: float) -> str:
    """The word for a score: below 4 low, below 7 medium, below 9 high, else critical."""
    return "low" if value < 4 else "medium" if value < 7 else "high" if value < 9 else "critical"


# Whether a record affects a version: the evaluation of the OSV schema, and RustSec's requirements.
#
# Three answers: yes, no, and None when it cannot be told (no range, an order we do not know, a version that is none).
# Versions are read by the scheme of the package's ecosystem, which the caller gives.
# Reference: OSV schema, "Evaluation" (ossf.github.io/osv-schema/#evaluation).

_WORD = re.compile(r"[vV]?\d[A-Za-z0-9.!+]*")


def affects(record: Record, version: str, scheme: VersionScheme) -> bool | None:
    """Whether this version of the record's package is affected; None: it cannot be told.

    A local version (`1.0+cu118`) is somebody's build of the public one and has its advisories: no database
    lists such builds, and that they are later in the order says nothing. A record that speaks of builds of this very
    version is taken at its word where it says yes, and leaves it undecided where it says no.
    """
    answer = _affects(record, version, scheme)
    public = scheme.public(version)
    if answer or public == version:
        return answer
    of_public = _affects(record, public, scheme)
    if of_public:
        return None if public in _public_parts(record, scheme) else True
    return False if answer is False and of_public is False else None


@lru_cache(4096)
def _public_parts(record: Record, scheme: VersionScheme) -> frozenset[str]:
    """The public parts of local versions that a record speaks of."""
    named = [*record.versions, *(event.version for one in record.ranges for event in one.events)]
    return frozenset(public for v in named if "+" in v and (public := scheme.public(v)) != v)


def _affects(record: Record, version: str, scheme: VersionScheme) -> bool | None:
    if record.spared is not None:
        return _outside(record.spared, version)
    listed = _in_list(scheme, record.versions, version) if record.versions else False
    if listed:
        return True
    answers = [_in_range(scheme, one, version) for one in record.ranges]
    if True in answers:
        return True
    told = bool(record.ranges or record.versions)
    return False if told and listed is False and None not in answers else None


def _in_list(scheme: VersionScheme, versions: tuple[str, ...], version: str) -> bool | None:
    """Whether a version is listed, in whatever spelling; None when one entry may be it and cannot be read."""
    if _place(scheme, version) in _listed_versions(scheme, versions):
        return True
    if not scheme.ordered:
        return False
    here = scheme.read(version)
    return None if here is None or here in _resembling(scheme, versions) else False


@lru_cache(4096)
def _listed_versions(scheme: VersionScheme, versions: tuple[str, ...]) -> frozenset[Hashable]:
    return frozenset(_place(scheme, v) for v in versions)


@lru_cache(4096)
def _resembling(scheme: VersionScheme, versions: tuple[str, ...]) -> frozenset[Hashable]:
    """The versions that stand in entries which are none themselves, such as `release-1.0` or `1.0 (all builds)`."""
    odd = [text for text in versions if scheme.read(text) is None]
    found = [scheme.read(word) for text in odd for word in _WORD.findall(text)]
    return frozenset(place for place in found if place is not None)


def _place(scheme: VersionScheme, text: str) -> Hashable:
    """What equal versions have in common: their place in the order, else their plain spelling."""
    place = scheme.read(text)
    return normal_version(text) if place is None else place


def _outside(spared: tuple[str, ...], version: str) -> bool | None:
    if SEMANTIC.read(version) is None:
        return None
    answers = [_fits(requirement, version) for requirement in spared]
    if True in answers:
        return False
    return None if None in answers else True


def _fits(requirement: str, version: str) -> bool | None:
    try:
        return SEMANTIC.holds(requirement, version)
    except ValueError:
        return None


def _in_range(scheme: VersionScheme, one: Range, version: str) -> bool | None:
    """Walk the boundaries upwards, equal ones in the order they were written: `introduced 2, fixed 2` is empty."""
    order = SEMANTIC if one.semver else scheme
    here = order.read(version)
    if here is None:
        return None
    places: list[tuple[OrderedVersion, Event]] = []
    for event in one.events:
        place = order.read(event.version)
        if place is None:
            return None
        places.append((place, event))
    limits = [place for place, event in places if event.kind == "limit"]
    if limits and not any(here < limit for limit in limits):
        return False
    inside, last = False, False
    for place, event in sorted((p for p in places if p[1].kind != "limit"), key=lambda p: p[0]):
        if event.kind == "introduced":
            inside = inside or event.version == "0" or here >= place
        elif here > place or (event.kind == "fixed" and here >= place):
            last = inside and event.kind == "last_affected" and order.is_post_of(here, place)
            inside = False
    return None if last and not inside else inside
