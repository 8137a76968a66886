"""Records of the OSV schema: JSON as most databases publish it, and the same fields in YAML (PYSEC).

Reference: OSV schema 1.7 (ossf.github.io/osv-schema). Fields that do not bear on the question are left unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from urllib.parse import urlsplit

from supplytrust.evidence.advisories.record import (
    MOST_TEXTS,
    BrokenRecordError,
    Event,
    ForeignDocumentError,
    Range,
    Record,
    line,
    moment,
    texts,
)
from supplytrust.model.claims.advisory import AdvisoryKind

Fields = Mapping[str, object]
_TYPES = {
    "pypi": "pypi",
    "npm": "npm",
    "go": "golang",
    "maven": "maven",
    "nuget": "nuget",
    "rubygems": "gem",
    "packagist": "composer",
    "hex": "hex",
    "pub": "pub",
}
_EVENTS = ("introduced", "fixed", "last_affected", "limit")
_INFORMATIONAL = {
    "unmaintained": AdvisoryKind.UNMAINTAINED,
    "unsound": AdvisoryKind.UNSOUND,
    "notice": AdvisoryKind.NOTICE,
}
_COMMIT = re.compile(r"/commits?/([0-9a-f]{7,64})\b")
_HEX = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def records(document: object) -> Iterator[Record | BrokenRecordError]:
    """One record for each package an OSV document is about.

    Raises ForeignDocumentError for what is no advisory, BrokenRecordError for one that names no package.
    """
    if not isinstance(document, Mapping) or "affected" not in document or "id" not in document:
        raise ForeignDocumentError
    if not isinstance(document["id"], str):
        raise BrokenRecordError("an advisory's id is no text")
    parts = document["affected"]
    if not isinstance(parts, list) or not parts:
        raise BrokenRecordError(f"{line(document['id'])}: no affected package")
    for part in parts:
        try:
            made = _record(document, _fields(part))
        except BrokenRecordError as broken:
            yield broken
            continue
        if made is not None:
            yield made


def _record(document: Fields, part: Fields) -> Record | None:
    """The record about one package; None for a package of an ecosystem without a purl type."""
    package = _fields(part.get("package"))
    about = _package(package)
    if about is None:
        return None
    published = _moment(document, "published", about)
    return Record(
        line(document["id"]),
        texts(document.get("aliases")),
        _kind(document, part),
        *about,
        published,
        _moment(document, "modified", about),
        _moment(document, "withdrawn", about),
        ratings=(*_ratings(document), *_ratings(part)),
        ranges=tuple(_ranges(part, about)),
        versions=_versions(part, about),
        fixed_in=tuple(dict.fromkeys(v for k, v in _boundaries(part) if k == "fixed")),
        fix_commits=tuple(_commits(document, part)),
        summary=line(document.get("summary") or document.get("details")),
    )


def _fields(value: object) -> Fields:
    return value if isinstance(value, Mapping) else {}


def _package(package: Fields) -> tuple[str, str] | None:
    name, ecosystem = package.get("name"), package.get("ecosystem")
    if not isinstance(name, str) or not isinstance(ecosystem, str) or not name or len(name) > 300:
        raise BrokenRecordError("an affected package has no name or ecosystem")
    word = ecosystem.partition(":")[0].strip().lower()
    purl_type = "cargo" if word == _cargo_word() else _TYPES.get(word, "")
    return (purl_type, name) if purl_type else None


@cache
def _cargo_word() -> str:
    """OSV names Rust's ecosystem by the host of its registry."""
    from packageurl.validate import DEFINITIONS_BY_TYPE

    return urlsplit(DEFINITIONS_BY_TYPE["cargo"].default_repository_url or "").hostname or ""


def _moment(document: Fields, key: str, about: tuple[str, str]) -> datetime | None:
    value = document.get(key)
    if value in (None, "", "null", "~"):
        return None
    read = moment(value)
    if read is None:
        raise BrokenRecordError(f"{line(document['id'])}: '{key}' is no time", about)
    return read


def _kind(document: Fields, part: Fields) -> AdvisoryKind:
    own, specific = _fields(document.get("database_specific")), _fields(part.get("database_specific"))
    names = (str(document["id"]), *texts(document.get("aliases")))
    if any(n.startswith("MAL-") for n in names) or "malicious-packages-origins" in own:
        return AdvisoryKind.MALICIOUS
    if "malicious" in texts(specific.get("categories")):
        return AdvisoryKind.MALICIOUS
    return _INFORMATIONAL.get(str(specific.get("informational")), AdvisoryKind.VULNERABILITY)


def _ratings(fields: Fields) -> Iterator[str]:
    given = fields.get("severity")
    for entry in given if isinstance(given, list) else ():
        score = _fields(entry).get("score")
        if isinstance(score, str) and score:
            yield score
    own = _fields(fields.get("database_specific"))
    for key in ("severity", "cvss"):
        word = own.get(key)
        if isinstance(word, str) and word:
            yield word


def _versions(part: Fields, about: tuple[str, str]) -> tuple[str, ...]:
    """All of them or none: a version that is left out would count as not affected."""
    given = part.get("versions") or []
    found = texts(given)
    if not isinstance(given, list) or len(found) != len(given):
        raise BrokenRecordError("'versions' is no list of versions, or too long", about)
    return found


def _ranges(part: Fields, about: tuple[str, str]) -> Iterator[Range]:
    for one in _whole(part, "ranges", about):
        scheme = str(one.get("type")).upper()
        if scheme == "GIT":
            continue
        if scheme not in ("ECOSYSTEM", "SEMVER"):
            raise BrokenRecordError(f"a range is of the unknown type '{scheme[:20]}'", about)
        events = tuple(Event(k, v) for k, v in _events(one, about))
        if not any(e.kind == "introduced" for e in events):
            raise BrokenRecordError("a range is introduced nowhere", about)
        yield Range(scheme == "SEMVER", events)


def _events(one: Fields, about: tuple[str, str] = ("", "")) -> Iterator[tuple[str, str]]:
    for event in _whole(one, "events", about):
        for kind in _EVENTS:
            value = event.get(kind)
            if isinstance(value, str) and value.strip():
                yield kind, value.strip()[:400]
            elif kind in event:
                raise BrokenRecordError(f"an event '{kind}' has no version", about)


def _boundaries(part: Fields) -> Iterator[tuple[str, str]]:
    for one in _list_field(part, "ranges"):
        if str(one.get("type")).upper() != "GIT":
            yield from _events(one)


def _commits(document: Fields, part: Fields) -> Iterator[str]:
    """Fix commits: of GIT ranges, and of references of the type FIX."""
    for one in _list_field(part, "ranges"):
        if str(one.get("type")).upper() == "GIT":
            yield from (str(e["fixed"]) for e in _list_field(one, "events") if _HEX.fullmatch(str(e.get("fixed"))))
    for reference in _list_field(document, "references"):
        found = _COMMIT.search(str(reference.get("url"))) if reference.get("type") == "FIX" else None
        if found:
            yield found.group(1)


def _list_field(fields: Fields, key: str) -> list[Fields]:
    value = fields.get(key)
    return [_fields(v) for v in value[:MOST_TEXTS]] if isinstance(value, list) else []


def _whole(fields: Fields, key: str, about: tuple[str, str]) -> list[Fields]:
    """The same where nothing may be left out."""
    value = fields.get(key) or []
    if not isinstance(value, list) or len(value) > MOST_TEXTS or not all(isinstance(v, Mapping) for v in value):
        raise BrokenRecordError(f"'{key}' is no list, or too long", about)
    return _list_field(fields, key)
