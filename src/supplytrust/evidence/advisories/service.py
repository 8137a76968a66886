"""The OSV look-up service: all advisories about one package in one question, page by page.

Only the package's purl without its version is sent. Reference: google.github.io/osv.dev/post-v1-query/.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from supplytrust.errors import MalformedError, MalformedRecordError, TooLargeError
from supplytrust.evidence.advisories import documents
from supplytrust.evidence.advisories.record import BrokenRecordError, PackageKey, Record
from supplytrust.formats.json_reader import read_foreign_json
from supplytrust.io.http.client import HttpClient

DEFAULT = "https://api.osv.dev"
PAGES, ONE_PAGE = 20, 32 * 2**20


@dataclass(frozen=True, slots=True)
class Reply:
    """The records about a package, how many could not be read, when a kept answer was given (else None), a digest."""

    records: tuple[Record, ...]
    unread: int
    at: datetime | None
    digest: str


def ask(base: str, purl: str, about: tuple[str, str], http: HttpClient, key: PackageKey) -> Reply:
    """Everything the service knows about a package, named as `key` answers. Raises SourceError kinds."""
    url, token = base.rstrip("/") + "/v1/query", ""
    found: list[Record] = []
    unread, told = 0, hashlib.sha256()
    at: datetime | None = None
    for _page in range(PAGES):
        question = {"package": {"purl": purl}, **({"page_token": token} if token else {})}
        answer = http.query(url, json.dumps(question, sort_keys=True).encode(), limit=ONE_PAGE)
        told.update(answer.body)
        if answer.from_cache and answer.at is not None:
            at = min(at or answer.at, answer.at)
        page = _document(answer.body)
        for one in _entries(page):
            for record in documents.convert_document(one, key):
                if isinstance(record, BrokenRecordError):
                    unread += record.about in (about, ("", ""))
                elif (record.type, record.name) == about:
                    found.append(record)
        token = str(page.get("next_page_token") or "")
        if not token:
            return Reply(tuple(found), unread, at, f"sha256:{told.hexdigest()}")
    raise TooLargeError(f"more than {PAGES} pages of advisories about one package")


def _document(body: bytes) -> Mapping[str, object]:
    try:
        document = read_foreign_json(body)
    except MalformedRecordError as error:
        raise MalformedError("the advisory service did not answer in JSON") from error
    if not isinstance(document, Mapping):
        raise MalformedError("the advisory service did not answer with an object")
    return document


def _entries(page: Mapping[str, object]) -> list[object]:
    entries = page.get("vulns", [])
    if not isinstance(entries, list):
        raise MalformedError("the advisory service lists no advisories")
    return entries
