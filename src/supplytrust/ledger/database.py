"""The ledger's file: opening it without harm, its schema, its errors.

A file that is not ours is never written to, a damaged one never repaired or replaced: both are errors that
leave every byte as it was. Durable by sqlite's write-ahead log (https://www.sqlite.org/wal.html): a process
that is killed loses at most what it had not committed.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from supplytrust.errors import LedgerError
from supplytrust.formats.atomic import create_atomically
from supplytrust.ledger import migration
from supplytrust.ledger.tables import FORMAT, GROWING, Row, Run, tables_of

APPLICATION = 0x53544C47  # "STLG", in the file's header (https://www.sqlite.org/fileformat.html#application_id)


class LedgerFile:
    """A ledger in one file of SQLite; safe to share between threads. `patience`: seconds to wait for another writer."""

    def __init__(self, path: Path, patience: float) -> None:
        self.path, self.place = path, f"'{path}'"
        self._lock = threading.RLock()
        self._connection = connect(path, patience)

    def read(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        """The rows of a question."""
        with self._lock, explain_errors(self.path):
            return self._connection.execute(statement, tuple(parameters)).fetchall()

    @contextlib.contextmanager
    def writing(self) -> Iterator[Run]:
        """One write transaction, alone among all processes."""
        with self._lock, explain_errors(self.path), writing(self._connection):
            yield self._run

    @contextlib.contextmanager
    def removing(self) -> Iterator[Run]:
        """One write transaction in which the triggers against removal are away."""
        with self.writing() as run:
            for trigger in _TRIGGERS:
                run(f"DROP TRIGGER {trigger}", ())
            yield run
            for statement in _TRIGGERS.values():
                run(statement, ())

    def _run(self, statement: str, parameters: Sequence[object]) -> list[Row]:
        return self._connection.execute(statement, tuple(parameters)).fetchall()

    def check(self) -> None:
        """The file's own check of its structure."""
        found = [str(row[0]) for row in self.read("PRAGMA integrity_check")]
        if found != ["ok"]:
            raise LedgerError(f"ledger {self.place} is damaged: {found[0]}", hint="keep a copy, name another file")

    def shrink(self) -> None:
        """Write the file anew, without its free pages."""
        self.read("VACUUM")
        self.read("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


_TRIGGERS = {
    f"{table}_no_{verb.lower()}": f"""CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}
        BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"""
    for table in GROWING
    for verb in ("UPDATE", "DELETE")
}
_SCHEMA = (*(
    f"{t} WITHOUT ROWID" if t.startswith("CREATE TABLE fact") else t
    for t in tables_of("INTEGER PRIMARY KEY", "NUMERIC", "BLOB")
), *_TRIGGERS.values())  # fmt: skip


def connect(path: Path, patience: float) -> sqlite3.Connection:
    """Open a ledger or begin a new one; `patience` is how many seconds to wait for another writer.

    Raises `LedgerError` when the file is something else, damaged, of a newer format or cannot be written.
    """
    with explain_errors(path):
        _begin_file(path)
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=patience,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            _patiently(lambda: _prepare(connection, path), patience)
        except BaseException:
            connection.close()
            raise
        return connection


@contextlib.contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """One write transaction, alone among all processes; undone if anything goes wrong."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextlib.contextmanager
def explain_errors(path: Path) -> Iterator[None]:
    """Turn what sqlite and the system say into a `LedgerError` with a hint."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            text = f"'{path}' is not a ledger; it was left as it is"
            raise LedgerError(text, hint="name another file") from error
        raise LedgerError(f"ledger '{path}': {error}", hint=_hint(error)) from error
    except (OSError, ValueError) as error:
        text = f"ledger '{path}' cannot be used: {error}"
        raise LedgerError(text, hint="name a file in a folder that you may write to") from error


def _hint(error: sqlite3.Error) -> str:
    text = str(error)
    if "locked" in text or "busy" in text:
        return "another process is writing to it; try again when it is done"
    if isinstance(error, sqlite3.ProgrammingError):
        return "it has been closed; open it again"
    if isinstance(error, sqlite3.OperationalError):
        return "check that the file, its folder and the disk can be written"
    return "it is damaged and was left as it is; keep a copy, or name another file"


def _begin_file(path: Path) -> None:
    """Make an empty file of the user's own where there is none.

    The file is never opened here: when a process closes any descriptor of a file it loses its locks on it, those
    of open connections included (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with contextlib.suppress(FileExistsError):  # another process may have been quicker
            create_atomically(path, b"", mode=0o600)
    if not path.is_file():
        raise LedgerError(f"ledger '{path}' is not a regular file", hint="name a file")


def _patiently(step: Callable[[], None], patience: float) -> None:
    """Again while the file is locked: sqlite does not wait by itself where two begin the same file at once."""
    end = time.monotonic() + patience
    while True:
        try:
            return step()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() >= end:
                raise
            time.sleep(0.01)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    if _is_new(connection, path):
        _wal(connection)
        with writing(connection):
            if _is_new(connection, path):  # another process may have been quicker
                _create(connection)
    else:
        _wal(connection)
        if _marks(connection)[2] < FORMAT:
            _renew(connection)
    connection.execute("PRAGMA synchronous = FULL")


def _renew(connection: sqlite3.Connection) -> None:
    """Bring a file of format 1 to this one, all or nothing; the bytes of every record and all facts stay."""
    with writing(connection):
        if _marks(connection)[2] < FORMAT:  # another process may have been quicker
            migration.from_format_1(connection, _SCHEMA)
            connection.execute(f"PRAGMA user_version = {FORMAT}")
    with contextlib.suppress(sqlite3.OperationalError):  # another process looks at it: the room is used later
        connection.execute("VACUUM")


def _wal(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")


def _is_new(connection: sqlite3.Connection, path: Path) -> bool:
    tables, application, version = _marks(connection)
    if application == version == tables == 0:
        return True
    if application != APPLICATION:
        raise LedgerError(f"'{path}' is the database of another program", hint="name another file")
    if version > FORMAT:
        text = f"ledger '{path}' has format {version}, this program knows up to {FORMAT}"
        raise LedgerError(text, hint="use the newer program, or name another file")
    return False


def _marks(connection: sqlite3.Connection) -> tuple[int, int, int]:
    """Tables, application and format as of one moment: another process may be creating the file between reads."""
    begun = not connection.in_transaction
    if begun:
        connection.execute("BEGIN")
    try:
        tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
        application = int(connection.execute("PRAGMA application_id").fetchone()[0])
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        if begun:
            connection.execute("COMMIT")
    return tables, application, version


def _create(connection: sqlite3.Connection) -> None:
    for statement in _SCHEMA:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")
