"""The record's in-toto Statement, as its canonical bytes."""

from __future__ import annotations

from supplytrust.model.record import TrustRecord
from supplytrust.records.statement import to_statement


def render(record: TrustRecord) -> str:
    """RFC 8785 text of the statement: the same bytes that are signed."""
    return to_statement(record).decode()
