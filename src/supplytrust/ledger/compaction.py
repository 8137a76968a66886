"""What a ledger may let go: records that say the same as the one before and the one after.

Records of one package and file under one policy, in the order of their times, form stretches of equal ones: equal but
for their times and what they supersede. Of a stretch that is old enough the first and the last stay, so that it can be
seen since when and until when it was so. Never removed are first-seen facts, signed records, records younger than the
bound, and the newest record of all. What kept records refer to keeps its digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import cast

from supplytrust.ledger.packing import read_numbers, seconds
from supplytrust.ledger.tables import Database, Row, Run


@dataclass(frozen=True, slots=True)
class Compaction:
    """How many records there were, and how many were removed."""

    before: int
    removed: int


def remove_repeated(database: Database, older_than: datetime, signed: str) -> Compaction:
    """Remove the inner records of equal stretches, in one transaction. `signed` is the fact that protects a record."""
    with database.removing() as run:
        rows = run(
            "SELECT r.id, r.package, r.policy, r.template, r.assessed_at, r.digest FROM record r"
            " ORDER BY r.package, r.policy, r.assessed_at, r.id", (),
        )  # fmt: skip
        protected = {bytes.fromhex(str(row[0]).removeprefix("sha256:")) for row in _list_signatures(run, signed)}
        newest = max((cast("int", row[0]) for row in rows), default=0)
        bound = seconds(older_than)
        inner = [
            row
            for row in _inner_rows(rows)
            if cast("float", row[4]) < bound and bytes(cast("bytes", row[5])) not in protected and row[0] != newest
        ]
        for row in inner:
            run("INSERT INTO gone (id, digest) VALUES (?, ?)", (row[0], row[5]))
            run("DELETE FROM record WHERE id = ?", (row[0],))
        _forget_unnamed(run)
        return Compaction(len(rows), len(inner))


def _list_signatures(run: Run, fact: str) -> list[Row]:
    return run("SELECT key FROM fact WHERE fact = ?", (fact,))


def _inner_rows(rows: Sequence[Row]) -> Iterator[Row]:
    """Rows whose neighbours on both sides have the same template."""
    for _, group in groupby(rows, key=lambda row: row[1:3]):
        same = list(group)
        for (before, here), (_, after) in pairwise(pairwise(same)):
            if before[3] == here[3] == after[3]:
                yield here


def _forget_unnamed(run: Run) -> None:
    """Digests of removed records that no kept record refers to."""
    named = {
        number
        for (refers,) in run("SELECT refers FROM record WHERE refers IS NOT NULL", ())
        for number in read_numbers(bytes(cast("bytes", refers)))
    }
    for (number,) in run("SELECT id FROM gone", ()):
        if number not in named:
            run("DELETE FROM gone WHERE id = ?", (number,))
