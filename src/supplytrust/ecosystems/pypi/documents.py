"""The JSON API of Python package indexes: read defensively, every wrong type is an absent value.

Some indexes have it for projects only, not for single versions, and some answer HTML for what they lack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from packaging.utils import canonicalize_name

from supplytrust.ecosystems.pypi.address import json_base, simple_base
from supplytrust.ecosystems.pypi.files import digest, length, moment
from supplytrust.errors import MalformedError, MalformedRecordError
from supplytrust.formats.json_reader import FOREIGN, read_foreign_json
from supplytrust.io.context import CollectContext

LIMIT = FOREIGN.size
Document = Mapping[str, object]
_OF_A_FILE = frozenset(
    {"filename", "digests", "size", "upload_time", "upload_time_iso_8601", "yanked", "yanked_reason"}
)


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """What the document says about one file."""

    sha256: str
    size: int | None
    uploaded_at: datetime | None
    yanked: bool
    yanked_reason: str


def project_document(name: str, world: CollectContext) -> Document:
    """The project's document; its `info` describes the newest release."""
    return _fetch(f"{canonicalize_name(name)}/json", world)


def release_document(name: str, version: str, world: CollectContext) -> Document:
    """The document of one release. NotFoundError on indexes that have none."""
    return _fetch(f"{canonicalize_name(name)}/{version}/json", world)


def _fetch(path: str, world: CollectContext) -> Document:
    name = path.partition("/")[0]
    url = json_base(simple_base(world.settings, name=name)) + path
    return world.once.get(
        ("document", url), lambda: _parse(world.http.get(url, accept="application/json", limit=LIMIT).body, name)
    )


def _lean(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object without the fields that nobody asks for: of a large project they are most of the document."""
    fields = dict(pairs)
    if "filename" in fields:
        return {key: value for key, value in pairs if key in _OF_A_FILE}
    return {"sha256": fields["sha256"]} if "sha256" in fields else fields


def _parse(body: bytes, name: str) -> Document:
    try:
        document = read_foreign_json(body, hook=_lean)
    except MalformedRecordError as error:
        raise MalformedError("the JSON API answered something that is not JSON") from error
    if not isinstance(document, dict) or not isinstance(document.get("info"), dict):
        raise MalformedError("the JSON API answered a document without project information")
    named = text(info(document), "name")
    if named and canonicalize_name(named) != name:
        raise MalformedError("the JSON API answered a document about another project")
    return MappingProxyType(document)


def info(document: Document) -> Mapping[str, object]:
    """The `info` part."""
    return part(document, "info")


def part(document: Mapping[str, object], key: str) -> Mapping[str, object]:
    """An object inside the document; empty when it is not one."""
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def text(fields: Mapping[str, object], key: str) -> str:
    """A string field; '' when it is anything else."""
    found = fields.get(key)
    return found if isinstance(found, str) else ""


def texts(fields: Mapping[str, object], key: str) -> tuple[str, ...]:
    """A list of strings; others in it are dropped."""
    found = fields.get(key)
    return tuple(t for t in found if isinstance(t, str)) if isinstance(found, list) else ()


def objects(fields: Mapping[str, object], key: str) -> tuple[Mapping[str, object], ...]:
    """A list of objects; others in it are dropped."""
    found = fields.get(key)
    return tuple(o for o in found if isinstance(o, dict)) if isinstance(found, list) else ()


def releases(document: Document) -> dict[str, IndexEntry]:
    """File name to what `releases` (or, failing that, `urls`) says about it."""
    every = part(document, "releases")
    entries = [entry for version in every for entry in objects(every, version)] or objects(document, "urls")
    return {text(entry, "filename"): _index_entry(entry) for entry in entries if text(entry, "filename")}


def _index_entry(entry: Mapping[str, object]) -> IndexEntry:
    return IndexEntry(
        digest(part(entry, "digests").get("sha256")),
        length(entry.get("size")),
        moment(entry.get("upload_time_iso_8601")) or moment(entry.get("upload_time")),
        entry.get("yanked") is True,
        text(entry, "yanked_reason"),
    )
