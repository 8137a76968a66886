"""Compact extracts of two databases: a JSON array with one flat object an advisory.

`rustsec.json`: id, package, date, informational, withdrawn, categories, cvss, aliases, patched, unaffected, title.
`pypa-advisories.json`: id, aliases, published, modified, withdrawn, package, introduced, fixed, severity; the
last three are lists, the first two of them the boundaries of all ECOSYSTEM ranges.
"""

from __future__ import annotations

from collections.abc import Mapping

from supplytrust.evidence.advisories import rustsec
from supplytrust.evidence.advisories.record import (
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


def record(document: object) -> Record:
    """The record of one flat object; ForeignDocumentError when it is of neither extract."""
    if not isinstance(document, Mapping) or not isinstance(document.get("package"), str):
        raise ForeignDocumentError
    if "patched" in document and "unaffected" in document:
        return rustsec.from_fields(document, document)
    if "introduced" in document and "fixed" in document:
        return _python(document)
    raise ForeignDocumentError


def _python(document: Mapping[str, object]) -> Record:
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
    events = _events(starts, fixed)
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


def _events(starts: tuple[str, ...], fixed: tuple[str, ...]) -> tuple[Event, ...]:
    """Boundaries in turn where each start has its end; else the ends first, the less favourable order of equal ones."""
    opening, closing = [Event("introduced", v) for v in starts], [Event("fixed", v) for v in fixed]
    if len(starts) == len(fixed):
        return tuple(event for pair in zip(opening, closing, strict=True) for event in pair)
    return (*closing, *opening)
