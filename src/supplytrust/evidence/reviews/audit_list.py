"""The relying party's own list of audits and reviews, in TOML: what was read, by whom, with which report.

`schema = 1` and three arrays of tables, shown with all their keys in docs/how-to/expertise.md: `[[audit]]` (by
somebody independent, with a report), `[[review]]` (by a second party, without one) and `[[violation]]` (these
versions do not meet a criterion). Projects are purls without a version; `versions` is a range as the package's
ecosystem writes it, of types without an own scheme as cargo does; tags are of `model.claims.review.Scope`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from supplytrust.errors import MalformedError
from supplytrust.evidence.reviews.reading import (
    Entry,
    ReviewCollector,
    SkippedEntryError,
    Skips,
    count,
    day,
    items,
    table,
    text,
    texts,
    toml_of,
)
from supplytrust.model.claims.review import Basis, ExternalAudit, Review, Scope, Standing, Violation
from supplytrust.model.subject import Subject
from supplytrust.model.versions import VersionScheme

SCHEMA = 1
_TABLES = ("audit", "review", "violation")
_KEYS = {
    "audit": {"project", "versions", "date", "auditor", "arranged", "scope", "tags", "report", "sha256"},
    "review": {"project", "versions", "date", "reviewer", "tags", "criteria"},
    "violation": {"project", "versions", "date", "reviewer", "criteria"},
}
_COUNTS = {"findings", "open"}
_SHA256 = re.compile(r"[0-9a-f]{64}")
T = TypeVar("T")
VersionsOf = Callable[[str], VersionScheme]  # the scheme of a purl type


@dataclass(frozen=True, slots=True)
class AuditListEntry:
    """What all entries have: which versions of which project (a purl without version), since when, who says so."""

    project: str
    versions: str
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class ListedAudit:
    """An audit; see `model.claims.review.ExternalAudit`."""

    about: AuditListEntry
    arranged: str
    scope: str
    tags: tuple[Scope, ...]
    report: str
    sha256: str
    findings: int | None
    open: int | None


@dataclass(frozen=True, slots=True)
class ListedReview:
    """A review, or (`against`) a violation."""

    about: AuditListEntry
    tags: tuple[Scope, ...]
    criteria: tuple[str, ...]
    open: int
    against: bool


@dataclass(frozen=True, slots=True)
class AuditList:
    """A list, read."""

    audits: tuple[ListedAudit, ...]
    reviews: tuple[ListedReview, ...]
    skips: Skips


@functools.lru_cache(maxsize=32)
def read(raw: bytes, name: str, versions_of: VersionsOf) -> AuditList:
    """A list of audits. MalformedError when it is no TOML or of another schema; `name` leads the message."""
    top, skips = toml_of(raw, name), Skips()
    if top.get("schema") != SCHEMA:
        raise MalformedError(f"{name}:1:1: no list of audits: 'schema = {SCHEMA}' is missing")
    unknown = sorted(set(top) - {"schema", *_TABLES})
    if unknown:
        raise MalformedError(f"{name}: unknown table '{unknown[0][:60]}'", hint=f"known: {', '.join(_TABLES)}")
    audits = tuple(_read_entries(top, "audit", _audit, (skips, versions_of)))
    reviews = tuple(r for kind in _TABLES[1:] for r in _read_entries(top, kind, _reader(kind), (skips, versions_of)))
    return AuditList(audits, reviews, skips)


def _read_entries(
    top: Entry, kind: str, make: Callable[[Entry, AuditListEntry], T], shared: tuple[Skips, VersionsOf]
) -> Iterator[T]:
    skips, versions_of = shared
    for found in items(top.get(kind)):
        project = ""
        try:
            entry = table(found)
            project = _project(entry)
            if set(entry) - _KEYS[kind] - _COUNTS:
                raise SkippedEntryError("unknown-key")
            who = "auditor" if kind == "audit" else "reviewer"
            yield make(entry, _read_entry(entry, project, who, versions_of))
        except SkippedEntryError as error:
            skips.add(f"{kind}: {error}", project)


def _project(entry: Entry) -> str:
    """The canonical purl of the package, without a version."""
    from packageurl import PackageURL

    try:
        purl = PackageURL.from_string(text(entry, "project", "bad-project"))
    except ValueError as error:
        raise SkippedEntryError("bad-project") from error
    if purl.version or purl.qualifiers or purl.subpath:
        raise SkippedEntryError("bad-project")
    return purl.to_string()


def _read_entry(entry: Entry, project: str, who: str, versions_of: VersionsOf) -> AuditListEntry:
    versions = text(entry, "versions", "bad-versions")
    try:
        versions_of(project.removeprefix("pkg:").partition("/")[0]).includes(versions, "1.0.0")
    except ValueError as error:
        raise SkippedEntryError("bad-versions") from error
    at = day(entry, "date", "bad-date")
    if at is None:
        raise SkippedEntryError("bad-date")
    return AuditListEntry(project, versions, at, text(entry, who, f"bad-{who}"))


def _audit(entry: Entry, about: AuditListEntry) -> ListedAudit:
    report = text(entry, "report", "bad-report", required=False)
    digest = text(entry, "sha256", "bad-sha256", required=False)
    if digest and not _SHA256.fullmatch(digest):
        raise SkippedEntryError("bad-sha256")
    findings, still_open = count(entry, "findings", "bad-findings"), count(entry, "open", "bad-open")
    if findings is not None and still_open is not None and still_open > findings:
        raise SkippedEntryError("bad-open")
    arranged = text(entry, "arranged", "bad-arranged", required=False)
    scope = text(entry, "scope", "bad-scope")
    return ListedAudit(about, arranged, scope, _tags(entry), report, digest, findings, still_open)


def _reader(kind: str) -> Callable[[Entry, AuditListEntry], ListedReview]:
    against = kind == "violation"

    def read_one(entry: Entry, about: AuditListEntry) -> ListedReview:
        criteria = texts(entry, "criteria", "bad-criteria", required=against)
        tags = () if against else _tags(entry)
        return ListedReview(about, tags, criteria, count(entry, "open", "bad-open") or 0, against)

    return read_one


def _tags(entry: Entry) -> tuple[Scope, ...]:
    try:
        return tuple(sorted({Scope(t) for t in texts(entry, "tags", "bad-tags")}))
    except ValueError as error:
        raise SkippedEntryError("bad-tags") from error


# What a list of our own form says about one package.


def collect_reviews(
    told: ReviewCollector, subject: Subject, at: datetime, file: tuple[str, str, AuditList], scheme: VersionScheme
) -> None:
    """Add what is dated no later than `at`. `file` is (name, digest, content), `scheme` how versions are read."""
    name, digest, listed = file
    project = subject.package
    told.skipped += listed.skips.counts(name, project)
    for audit in listed.audits:
        if _is_about(audit.about, project, at):
            told.audits.append(_external(audit, name, digest, covers=_covers(audit.about, subject, scheme)))
    for review in listed.reviews:
        if _is_about(review.about, project, at):
            covers = _covers(review.about, subject, scheme, unknown=review.against)
            _review(told, review, subject.version, (name, digest), covers=covers)


def _is_about(about: AuditListEntry, project: str, at: datetime) -> bool:
    return about.project == project and about.at <= at


def _covers(about: AuditListEntry, subject: Subject, scheme: VersionScheme, *, unknown: bool = False) -> bool:
    """`unknown` is the answer for a version that cannot be ordered: praise does not cover it, a violation does."""
    try:
        return scheme.includes(about.versions, subject.version)
    except ValueError:
        return unknown


def _external(audit: ListedAudit, name: str, digest: str, *, covers: bool) -> ExternalAudit:
    return ExternalAudit(
        auditor=audit.about.who,
        arranged_by=audit.arranged,
        versions=audit.about.versions,
        covers=covers,
        at=audit.about.at,
        scope_text=audit.scope,
        scopes=audit.tags,
        report=audit.report,
        report_sha256=audit.sha256,
        findings=audit.findings,
        open_findings=audit.open,
        file=name,
        file_digest=digest,
    )


def _review(told: ReviewCollector, one: ListedReview, version: str, file: tuple[str, str], *, covers: bool) -> None:
    about, (name, digest) = one.about, file
    who, kept = (about.who,), Standing.KEPT
    if one.against and covers:
        told.violations.append(Violation(who, one.criteria, about.versions, about.at, kept, name, digest))
    elif covers:
        steps = (version,)
        review = Review(who, one.criteria, one.tags, Basis.FULL, steps, about.at, kept, name, digest, one.open)
        told.reviews.append(review)
    elif not one.against:
        told.elsewhere.add(about.versions)
