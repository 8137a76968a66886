"""Records of the OSV schema, of RustSec's files, and of flat extracts of two databases.

Reference: OSV schema 1.7 (ossf.github.io/osv-schema). Fields that do not bear on the question are left unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from urllib.parse import urlsplit

from supplytrust.errors import MalformedTomlError
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
from supplytrust.formats.toml import read_toml
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


def osv_records(document: object) -> Iterator[Record | BrokenRecordError]:
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
            made = _osv_record(document, _fields(part))
        except BrokenRecordError as broken:
            yield broken
            continue
        if made is not None:
            yield made


def _osv_record(document: Fields, part: Fields) -> Record | None:
    """The record about one package; None for a package of an ecosystem without a purl type."""
    package = _fields(part.get("package"))
    about = _package(package)
    if about is None:
        return None
    published = _osv_moment(document, "published", about)
    return Record(
        line(document["id"]),
        texts(document.get("aliases")),
        _osv_kind(document, part),
        *about,
        published,
        _osv_moment(document, "modified", about),
        _osv_moment(document, "withdrawn", about),
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


def _osv_moment(document: Fields, key: str, about: tuple[str, str]) -> datetime | None:
    value = document.get(key)
    if value in (None, "", "null", "~"):
        return None
    read = moment(value)
    if read is None:
        raise BrokenRecordError(f"{line(document['id'])}: '{key}' is no time", about)
    return read


def _osv_kind(document: Fields, part: Fields) -> AdvisoryKind:
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


# Advisories of the RustSec database: TOML at the head of a Markdown file.
#
# Reference: rustsec/advisory-db, README ("Advisory Format").

_FENCE, _END = "```toml", "\n```"
_LOWEST = re.compile(r"(?:^|,)\s*(?:>=|\^|~|=)?\s*(\d[0-9A-Za-z.+-]*)")  # `>` and `<` name no fixed version
_EXAMPLE = "-0000-0000"


def rustsec_record(text: str) -> Record:
    """The record of one file.

    Raises ForeignDocumentError for other Markdown, examples and parts of the compiler; BrokenRecordError otherwise.
    """
    head, _, body = text.lstrip().removeprefix(_FENCE).partition(_END)
    if not text.lstrip().startswith(_FENCE):
        raise ForeignDocumentError
    try:
        document = read_toml(head)
    except MalformedTomlError as error:
        raise BrokenRecordError("the head is no TOML") from error
    advisory, versions = document.get("advisory"), document.get("versions")
    if not isinstance(advisory, Mapping):
        raise ForeignDocumentError
    title = next((part for part in body.splitlines() if part.startswith("# ")), "")
    return record_of_fields({**advisory, "title": title[2:]}, versions if isinstance(versions, Mapping) else {})


def record_of_fields(advisory: Mapping[str, object], versions: Mapping[str, object]) -> Record:
    """A record from the fields of the database, wherever they were read."""
    identity, package = advisory.get("id"), advisory.get("package")
    if not isinstance(identity, str) or not isinstance(package, str) or not identity or not package:
        raise BrokenRecordError("an advisory has no id or package")
    if identity.endswith(_EXAMPLE) or advisory.get("collection", "crates") != "crates":
        raise ForeignDocumentError
    about = ("cargo", package)
    published = moment(advisory.get("date"))
    if published is None:
        raise BrokenRecordError(f"{line(identity)}: 'date' is no day", about)
    patched, unaffected = _requirements(versions, "patched", about), _requirements(versions, "unaffected", about)
    lowest = [found.group(1) for r in patched if (found := _LOWEST.search(r))]
    rating = advisory.get("cvss")
    return Record(
        line(identity),
        texts(advisory.get("aliases")),
        _rustsec_kind(advisory),
        *about,
        published,
        published,
        moment(advisory.get("withdrawn")),
        ratings=(rating,) if isinstance(rating, str) else (),
        spared=(*patched, *unaffected),
        fixed_in=tuple(dict.fromkeys(lowest)),
        summary=line(advisory.get("title")),
    )


def _requirements(versions: Mapping[str, object], key: str, about: tuple[str, str]) -> tuple[str, ...]:
    given = versions.get(key, [])
    if not isinstance(given, list) or len(texts(given)) != len(given):
        raise BrokenRecordError(f"'{key}' is no list of requirements", about)
    return texts(given)


def _rustsec_kind(advisory: Mapping[str, object]) -> AdvisoryKind:
    """Malicious is what the database files under that category; words in a text decide nothing."""
    if "malicious" in texts(advisory.get("categories")):
        return AdvisoryKind.MALICIOUS
    return _INFORMATIONAL.get(str(advisory.get("informational")), AdvisoryKind.VULNERABILITY)


# Compact extracts of two databases: a JSON array with one flat object an advisory.
#
# `rustsec.json`: id, package, date, informational, withdrawn, categories, cvss, aliases, patched, unaffected, title.
# `pypa-advisories.json`: id, aliases, published, modified, withdrawn, package, introduced, fixed, severity; the
# last three are lists, the first two of them the boundaries of all ECOSYSTEM ranges.


def extract_record(document: object) -> Record:
    """The record of one flat object; ForeignDocumentError when it is of neither extract."""
    if not isinstance(document, Mapping) or not isinstance(document.get("package"), str):
        raise ForeignDocumentError
    if "patched" in document and "unaffected" in document:
        return record_of_fields(document, document)
    if "introduced" in document and "fixed" in document:
        return _python_record(document)
    raise ForeignDocumentError


def _python_record(document: Mapping[str, object]) -> Record:
    identity, about = document.get("id"), ("pypi", str(document["package"]))
    published = moment(document.get("published"))
    if not isinstance(identity, str) or not identity or (document.get("published") and published is None):
        raise BrokenRecordError("an advisory has no id, or its publication is no time", about)
    opened, closed = document["introduced"], document["fixed"]
    if not isinstance(opened, list) or not isinstance(closed, list):
        raise BrokenRecordError(f"{line(identity)}: a range is no list", about)
    fixed = texts(closed)
    if len(texts(opened)) != len(opened) or len(fixed) != len(closed):
        raise BrokenRecordError(f"{line(identity)}: a boundary is no version", about)
    starts = texts(opened) or (("0",) if fixed else ())
    events = _events_in_turn(starts, fixed)
    return Record(
        line(identity),
        texts(document.get("aliases")),
        AdvisoryKind.VULNERABILITY,
        *about,
        published,
        moment(document.get("modified")),
        moment(document.get("withdrawn")),
        ratings=texts(document.get("severity")),
        ranges=(Range(semver=False, events=events),) if events else (),
        fixed_in=fixed,
    )


def _events_in_turn(starts: tuple[str, ...], fixed: tuple[str, ...]) -> tuple[Event, ...]:
    """Boundaries in turn where each start has its end; else the ends first, the less favourable order of equal ones."""
    opening, closing = [Event("introduced", v) for v in starts], [Event("fixed", v) for v in fixed]
    if len(starts) == len(fixed):
        return tuple(event for pair in zip(opening, closing, strict=True) for event in pair)
    return (*closing, *opening)
