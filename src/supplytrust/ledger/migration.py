"""From earlier forms of the ledger's file to the present one, inside the transaction of who opens it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from supplytrust.ledger.entry import Entry
from supplytrust.ledger.records import insert_record
from supplytrust.ledger.tables import Row
from supplytrust.model.vocabulary import Outcome

_OLD_ROWS = (
    "SELECT purl, artifact, assessed_at, policy_id, policy_digest, outcome, digest, body FROM old_record ORDER BY id"
)


def from_format_1(connection: sqlite3.Connection, schema: Iterable[str]) -> None:
    """Records with their bytes go into templates; facts are taken over as they are. A damaged record stays one."""
    for table in ("record", "fact"):
        for verb in ("update", "delete"):
            connection.execute(f"DROP TRIGGER {table}_no_{verb}")
    for index in ("purl", "release", "package"):
        connection.execute(f"DROP INDEX record_by_{index}")
    connection.execute("ALTER TABLE record RENAME TO old_record")
    connection.execute("ALTER TABLE fact RENAME TO old_fact")
    for statement in schema:
        connection.execute(statement)
    connection.execute("INSERT INTO fact SELECT key, fact, value, first_at FROM old_fact")

    def run(statement: str, parameters: Sequence[object]) -> list[Row]:
        return connection.execute(statement, tuple(parameters)).fetchall()

    for purl, artifact, at, policy, policy_digest, outcome, digest, body in connection.execute(_OLD_ROWS):
        data = body if isinstance(body, bytes) else str(body).encode()
        entry = Entry(purl, artifact, datetime.fromisoformat(at), policy, policy_digest, Outcome[outcome], str(digest))
        insert_record(run, entry, data)
    connection.execute("DROP TABLE old_record")
    connection.execute("DROP TABLE old_fact")
