"""A database of advisories, converted once into an indexed sqlite file and then asked by package.

The file lies in the cache folder under a name that says from what it was made, is written beside and then renamed, and
is only ever read afterwards; two processes that convert at the same time write the same. A changed database, or
a changed reader, has another name.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from supplytrust.errors import MalformedError, NotFoundError, RecordError, TooLargeError
from supplytrust.evidence.advisories import documents
from supplytrust.evidence.advisories.record import ANY, BrokenRecordError, PackageKey, Record, moment
from supplytrust.formats import codec
from supplytrust.formats.atomic import draft_beside

_SCHEMA = """
CREATE TABLE record (type TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE broken (type TEXT NOT NULL, name TEXT NOT NULL, told TEXT NOT NULL);
CREATE TABLE kind (type TEXT PRIMARY KEY, records INTEGER NOT NULL, newest TEXT NOT NULL);
"""
_INDEX = "CREATE INDEX by_package ON record (type, name); CREATE INDEX broken_by_package ON broken (type, name);"


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a database holds for one purl type: records, its latest change, records that could not be read."""

    records: int
    newest: datetime | None
    unread: int


class Database:
    """An open conversion. `name` is the file or folder it was made from."""

    def __init__(self, name: str, connection: sqlite3.Connection) -> None:
        self.name = name
        self._connection = connection

    def extent(self, purl_type: str) -> Extent | None:
        """What the database holds for a purl type, None when nothing: it then says nothing about such packages."""
        row = self._connection.execute("SELECT records, newest FROM kind WHERE type = ?", (purl_type,)).fetchone()
        if row is None:
            return None
        types = ("", ANY[0], purl_type)
        unread = self._connection.execute("SELECT count(*) FROM broken WHERE type IN (?, ?, ?)", types).fetchone()
        return Extent(int(row[0]), moment(row[1]), int(unread[0]))

    def about(self, purl_type: str, name: str) -> tuple[list[Record], list[str]]:
        """The records about a package (its type and name as the conversion's `key` spelled them).

        And what was wrong with those that cannot be read and are about it, or were many and about any package.
        """
        where = (purl_type, name)
        rows = self._connection.execute("SELECT body FROM record WHERE type = ? AND name = ? ORDER BY id, body", where)
        found = [codec.decode(Record, json.loads(body)) for (body,) in rows]
        told = self._connection.execute(
            "SELECT told FROM broken WHERE (type, name) IN (VALUES (?, ?), (?, ?)) ORDER BY told", (*where, *ANY)
        )
        return found, [str(text) for (text,) in told]


@contextlib.contextmanager
def open_database(path: Path, cache: Path, key: PackageKey) -> Iterator[Database]:
    """The database at a path, converted if it is new or changed, packages named by `key`.

    Raises SourceError kinds that name the file.
    """
    file = _conversion(path, cache, key)
    try:
        with contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as made:
            yield Database(path.name, made)
    except sqlite3.Error as error:
        with contextlib.suppress(OSError):
            file.unlink()
        raise MalformedError(f"the conversion of {path.name} was damaged", hint="it is made again next time") from error


def _conversion(path: Path, cache: Path, key: PackageKey) -> Path:
    if not path.exists():
        raise NotFoundError(f"no advisories at {path.name}", hint="[advisories] osv names a file or folder")
    place = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:16]
    folder = cache / "advisories"
    try:
        file = folder / f"{place}-{documents.fingerprint(path)[:32]}.sqlite"
        if file.exists():
            return file
        folder.mkdir(parents=True, exist_ok=True)
        _write(path, file, key)
        for older in folder.glob(f"{place}-*.sqlite"):
            if older != file:
                older.unlink(missing_ok=True)
    except OSError as error:
        raise MalformedError(f"{path.name} cannot be converted: {error.strerror}") from error
    return file


def _write(path: Path, file: Path, key: PackageKey) -> None:
    try:
        with (
            draft_beside(file) as draft,
            contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as connection,
        ):
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            connection.executescript(_SCHEMA)
            connection.execute("BEGIN")
            _fill(connection, documents.read_documents(path, key), path.name)
            connection.execute("COMMIT")
            connection.executescript(_INDEX)
    except sqlite3.Error as error:
        raise TooLargeError(f"{path.name} cannot be converted: {error}", hint="is the cache folder full?") from error


def _fill(connection: sqlite3.Connection, told: Iterable[documents.Told], name: str) -> None:
    counts: dict[str, int] = {}
    newest: dict[str, str] = {}
    for one in told:
        body = None if isinstance(one, BrokenRecordError) else _body(one)
        if isinstance(one, BrokenRecordError) or body is None:
            row = (*one.about, str(one)) if isinstance(one, BrokenRecordError) else ("", "", "no readable text")
            connection.execute("INSERT INTO broken VALUES (?, ?, ?)", tuple(map(_plain, row)))
            continue
        connection.execute("INSERT INTO record VALUES (?, ?, ?, ?)", (one.type, one.name, one.id, body))
        counts[one.type] = counts.get(one.type, 0) + 1
        day = one.touched.isoformat() if one.touched else ""
        newest[one.type] = max(newest.get(one.type, ""), day)
    if not counts:
        raise MalformedError(f"{name} holds no advisory that can be read")
    connection.executemany("INSERT INTO kind VALUES (?, ?, ?)", [(t, n, newest[t]) for t, n in counts.items()])


def _body(record: Record) -> str | None:
    """A record as JSON; None for texts that are no Unicode (lone surrogates)."""
    try:
        return json.dumps(codec.encode(record), separators=(",", ":"), ensure_ascii=False).encode().decode()
    except (RecordError, UnicodeError):
        return None


def _plain(text: str) -> str:
    return text[:200].encode("utf-8", "replace").decode()
