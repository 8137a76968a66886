"""Advisories of the RustSec database: TOML at the head of a Markdown file.

Reference: rustsec/advisory-db, README ("Advisory Format").
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from supplytrust.errors import MalformedTomlError
from supplytrust.evidence.advisories.record import BrokenRecordError, ForeignDocumentError, Record, line, moment, texts
from supplytrust.formats.toml import read_toml
from supplytrust.model.claims.advisory import AdvisoryKind

_FENCE, _END = "```toml", "\n```"
_LOWEST = re.compile(r"(?:^|,)\s*(?:>=|\^|~|=)?\s*(\d[0-9A-Za-z.+-]*)")  # `>` and `<` name no fixed version
_EXAMPLE = "-0000-0000"
_KINDS = {
    "unmaintained": AdvisoryKind.UNMAINTAINED,
    "unsound": AdvisoryKind.UNSOUND,
    "notice": AdvisoryKind.NOTICE,
}


def record(text: str) -> Record:
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
    return from_fields({**advisory, "title": title[2:]}, versions if isinstance(versions, Mapping) else {})


def from_fields(advisory: Mapping[str, object], versions: Mapping[str, object]) -> Record:
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
        _kind(advisory),
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


def _kind(advisory: Mapping[str, object]) -> AdvisoryKind:
    """Malicious is what the database files under that category; words in a text decide nothing."""
    if "malicious" in texts(advisory.get("categories")):
        return AdvisoryKind.MALICIOUS
    return _KINDS.get(str(advisory.get("informational")), AdvisoryKind.VULNERABILITY)
