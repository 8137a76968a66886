"""Documents of advisories: from a path (a file, a folder, a zip, lines), or from a look-up service of the OSV schema.

Nothing is trusted about the bytes: sizes and counts are bounded, YAML is read as plain strings, and one bad document
costs itself only.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from supplytrust.errors import MalformedError, MalformedRecordError, NotFoundError, TooLargeError
from supplytrust.evidence.advisories import record_formats
from supplytrust.evidence.advisories.record import (
    ANY,
    BrokenRecordError,
    ForeignDocumentError,
    PackageKey,
    Record,
    with_compared_name,
)
from supplytrust.formats import yaml_reader
from supplytrust.formats.json_reader import read_foreign_json
from supplytrust.io.http.client import HttpClient

READER = 4  # counts up with every change of what is read, so that old conversions are made anew
MOST_FILES, MOST_BYTES, MOST_ONE = 1_000_000, 2 * 2**30, 64 * 2**20
ONE_RECORD = 16 * 2**20
_LINES = (".jsonl", ".ndjson")
_SUFFIXES = (".json", *_LINES, ".yaml", ".yml", ".md")
Told = Record | BrokenRecordError


def fingerprint(path: Path) -> str:
    """Changes whenever the database on disk does: names, sizes and times of its files, and our way of reading."""
    told = hashlib.sha256(f"{READER}\n".encode())
    for file in [path] if path.is_file() else _files(path):
        state = file.stat()
        told.update(f"{file}\0{state.st_size}\0{state.st_mtime_ns}\n".encode(errors="surrogateescape"))
    return told.hexdigest()


def read_documents(path: Path, key: PackageKey) -> Iterator[Told]:
    """Every record, and for each one that cannot be read what is wrong with it; packages are named by `key`.

    Raises NotFoundError, MalformedError or TooLargeError, with the file's name, when it cannot be read as a whole.
    """
    if not path.exists():
        raise NotFoundError(f"no advisories at {path.name}", hint="[advisories] osv")
    try:
        for told in _read(path):
            yield with_compared_name(told, key)
    except OSError as error:
        raise MalformedError(f"{path.name} cannot be read: {error.strerror}") from error


def _read(path: Path) -> Iterator[Told]:
    if path.is_dir():
        for file in _files(path):
            yield from _part(file)
    elif path.suffix.lower() == ".zip":
        yield from _zip(path)
    else:
        yield from _file(path, whole=True)


def _files(folder: Path) -> Iterator[Path]:
    """Files that may hold advisories, in a fixed order; hidden folders (a clone's own) are not looked into."""
    count = total = 0
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(names):
            path = Path(root, name)
            if name.startswith(".") or not name.lower().endswith((*_SUFFIXES, ".zip")) or not path.is_file():
                continue
            count, total = count + 1, total + path.stat().st_size
            if count > MOST_FILES or total > MOST_BYTES:
                raise TooLargeError(f"{folder.name} holds more than advisories would need")
            yield path


def _part(path: Path) -> Iterator[Told]:
    """A file of a folder, or a zip in it; a zip that cannot be read leaves open which packages it was about."""
    try:
        yield from _zip(path) if path.suffix.lower() == ".zip" else _file(path, whole=False)
    except MalformedError as error:
        yield BrokenRecordError(error.message, ANY)


def _file(path: Path, *, whole: bool) -> Iterator[Told]:
    if path.suffix.lower() in _LINES:
        yield from _stream_lines(path)
        return
    if path.stat().st_size > MOST_ONE:
        raise TooLargeError(f"{path.name} has more than {MOST_ONE} bytes")
    yield from _bytes(path.name, path.read_bytes(), whole=whole)


def _stream_lines(path: Path) -> Iterator[Told]:
    """One record a line, one line at a time; the rest of a line that is too long is passed over."""
    with path.open("rb") as stream:
        while row := stream.readline(ONE_RECORD):
            if row.endswith(b"\n") or len(row) < ONE_RECORD:
                yield from _bytes("a line.jsonl", row, whole=False)
                continue
            while row and not row.endswith(b"\n"):
                row = stream.readline(ONE_RECORD)
            yield BrokenRecordError("a line is too long for one record")


def _zip(path: Path) -> Iterator[Told]:
    """Members one after the other; nothing is written to disk, and no member may be larger than a record."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if m.filename.lower().endswith(_SUFFIXES)]
            if len(members) > MOST_FILES or sum(m.file_size for m in members) > MOST_BYTES:
                raise TooLargeError(f"{path.name} holds more than advisories would need")
            for member in members:
                yield from _member(archive, member)
    # zipfile says RuntimeError for a member with a password, NotImplementedError for a method it does not know
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise MalformedError(f"{path.name} is no readable zip: {type(error).__name__}") from error


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[Told]:
    if member.file_size > ONE_RECORD:
        yield BrokenRecordError("too large for one record")
        return
    with archive.open(member) as stream:
        data = stream.read(ONE_RECORD + 1)
    yield from _bytes(member.filename, data, whole=False)


def _bytes(name: str, data: bytes, *, whole: bool) -> Iterator[Told]:
    """The records of one file. `whole`: it is all that was configured, so an unreadable one is an error."""
    try:
        text = data.decode("utf-8-sig")
        yield from _FORMATS[Path(name).suffix.lower()](text) if Path(name).suffix.lower() in _FORMATS else _json(text)
    except (ValueError, RecursionError, MalformedRecordError) as error:
        what = error.message if isinstance(error, MalformedRecordError) else type(error).__name__
        if whole:
            raise MalformedError(f"{name} is not what its name says: {what}") from error
        several = data.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"[")
        yield BrokenRecordError(f"{name}: {what}", ANY if several else ("", ""))


def _json(text: str) -> Iterator[Told]:
    document = read_foreign_json(text)
    for one in document if isinstance(document, list) else [document]:
        yield from _convert(one)


def _json_lines(text: str) -> Iterator[Told]:
    for row in text.splitlines():
        if row.strip():
            try:
                yield from _convert(read_foreign_json(row))
            except MalformedRecordError:
                yield BrokenRecordError("a line is no JSON")


def _yaml(text: str) -> Iterator[Told]:
    yield from _convert(yaml_reader.read(text))


def _markdown(text: str) -> Iterator[Told]:
    yield from _guard_record(lambda: [record_formats.rustsec_record(text)])


def convert_document(document: object, key: PackageKey) -> Iterator[Told]:
    """The records of one document of any of the JSON forms, packages named by `key`."""
    for told in _convert(document):
        yield with_compared_name(told, key)


def _convert(document: object) -> Iterator[Told]:
    if isinstance(document, dict) and "affected" not in document:
        yield from _guard_record(lambda: [record_formats.extract_record(document)])
    else:
        yield from _guard_record(lambda: record_formats.osv_records(document))


def _guard_record(make: Callable[[], Iterator[Told] | list[Record]]) -> Iterator[Told]:
    try:
        yield from make()
    except ForeignDocumentError:
        return
    except BrokenRecordError as broken:
        yield broken


_FORMATS: dict[str, Callable[[str], Iterator[Told]]] = {
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".md": _markdown,
}


# The OSV look-up service: all advisories about one package in one question, page by page.
#
# Only the package's purl without its version is sent. Reference: google.github.io/osv.dev/post-v1-query/.

DEFAULT_SERVICE = "https://api.osv.dev"
MOST_PAGES, ONE_PAGE = 20, 32 * 2**20


@dataclass(frozen=True, slots=True)
class ServiceReply:
    """The records about a package, how many could not be read, when a kept answer was given (else None), a digest."""

    records: tuple[Record, ...]
    unread: int
    at: datetime | None
    digest: str


def ask_service(base: str, purl: str, about: tuple[str, str], http: HttpClient, key: PackageKey) -> ServiceReply:
    """Everything the service knows about a package, named as `key` answers. Raises SourceError kinds."""
    url, token = base.rstrip("/") + "/v1/query", ""
    found: list[Record] = []
    unread, told = 0, hashlib.sha256()
    at: datetime | None = None
    for _page in range(MOST_PAGES):
        question = {"package": {"purl": purl}, **({"page_token": token} if token else {})}
        answer = http.query(url, json.dumps(question, sort_keys=True).encode(), limit=ONE_PAGE)
        told.update(answer.body)
        if answer.from_cache and answer.at is not None:
            at = min(at or answer.at, answer.at)
        page = _document(answer.body)
        for one in _entries(page):
            for record in convert_document(one, key):
                if isinstance(record, BrokenRecordError):
                    unread += record.about in (about, ("", ""))
                elif (record.type, record.name) == about:
                    found.append(record)
        token = str(page.get("next_page_token") or "")
        if not token:
            return ServiceReply(tuple(found), unread, at, f"sha256:{told.hexdigest()}")
    raise TooLargeError(f"more than {MOST_PAGES} pages of advisories about one package")


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
