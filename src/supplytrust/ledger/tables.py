"""The tables of a ledger, and what a database must be able to do for one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

FORMAT = 2
Row = tuple[object, ...]
Run = Callable[[str, Sequence[object]], list[Row]]  # one statement inside a transaction; its rows

TABLES = ("package", "policy", "template", "record", "gone", "fact")
GROWING = ("record", "fact", "template")


def tables_of(key: str, number: str, blob: str) -> tuple[str, ...]:
    """The tables, with the database's own words for a key that counts up, a number and bytes.

    `template` holds what of a record's bytes is the same night after night (see `packing`), `record.digest` is of the
    whole bytes, `gone` keeps digests of records that were removed and that kept ones refer to.
    """
    return (
        f"""CREATE TABLE package (
            id {key}, purl TEXT NOT NULL, release TEXT NOT NULL, package TEXT NOT NULL, artifact TEXT NOT NULL,
            UNIQUE (purl, artifact)
        )""",
        "CREATE INDEX package_by_release ON package (release)",
        "CREATE INDEX package_by_name ON package (package)",
        f"CREATE TABLE policy (id {key}, name TEXT NOT NULL, digest TEXT NOT NULL, UNIQUE (name, digest))",
        f"CREATE TABLE template (id {key}, digest {blob} NOT NULL UNIQUE, base INTEGER, packed {blob} NOT NULL)",
        f"""CREATE TABLE record (
            id {key},
            package INTEGER NOT NULL,
            assessed_at {number} NOT NULL,
            policy INTEGER NOT NULL,
            outcome INTEGER NOT NULL CHECK (outcome IN (0, 1, 2)),
            template INTEGER NOT NULL,
            refers {blob},
            digest {blob} NOT NULL
        )""",
        "CREATE INDEX record_by_package ON record (package, assessed_at)",
        "CREATE INDEX record_by_digest ON record (substr(digest, 1, 4))",
        f"CREATE TABLE gone (id INTEGER PRIMARY KEY, digest {blob} NOT NULL)",
        """CREATE TABLE fact (
            key TEXT NOT NULL, fact TEXT NOT NULL, value TEXT NOT NULL, first_at TEXT NOT NULL,
            PRIMARY KEY (key, fact)
        )""",
    )


class Database(Protocol):
    """Where a ledger lies: a file of SQLite, or a server. Errors are `LedgerError`."""

    place: str

    def read(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        """The rows of a question."""
        ...

    def writing(self) -> AbstractContextManager[Run]:
        """One write transaction, alone among all writers; undone if anything goes wrong."""
        ...

    def removing(self) -> AbstractContextManager[Run]:
        """As `writing`, and records may be removed."""
        ...

    def check(self) -> None:
        """Look for damage of the storage itself."""
        ...

    def shrink(self) -> None:
        """Give room that is no longer needed back to the system."""
        ...

    def close(self) -> None:
        """Whatever was written is kept already."""
        ...
