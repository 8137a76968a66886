"""Records in the tables of a ledger: put in with what they share with earlier ones, and read back byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import cast

from supplytrust.errors import LedgerError
from supplytrust.ledger import packing
from supplytrust.ledger.entry import Entry
from supplytrust.ledger.tables import Row, Run
from supplytrust.model.subject import package_of, release_of
from supplytrust.model.vocabulary import Outcome

Read = Callable[[str, tuple[object, ...]], list[Row]]
COLUMNS = "p.purl, p.artifact, r.assessed_at, y.name, y.digest, r.outcome, r.digest"
JOINED = "FROM record r JOIN package p ON p.id = r.package JOIN policy y ON y.id = r.policy"
_PREFIX = "substr(digest, 1, 4) = substr(?, 1, 4) AND digest = ?"
_NUMBER = f"SELECT id FROM record WHERE {_PREFIX}"  # noqa: S608
_BODY = "SELECT assessed_at, template, refers, digest FROM record"


def insert_record(run: Run, entry: Entry, body: bytes) -> None:
    """Keep a record with its bytes, unless a record of that digest is there. Inside a write transaction.

    The digest is the entry's: when it is not that of the bytes, reading them back will tell.
    """
    digest = digest_bytes(entry.record_digest)
    if run(_NUMBER, (digest, digest)):
        return
    package = _number(
        run, "package (purl, artifact, release, package)",
        (entry.purl, entry.artifact_sha256, release_of(entry.purl), package_of(entry.purl)), 2,
    )  # fmt: skip
    policy = _number(run, "policy (name, digest)", (entry.policy_id, entry.policy_digest), 2)
    template, refers = _template(run, package, entry, body)
    row = (package, packing.seconds(entry.assessed_at), policy, int(entry.outcome), template, refers, digest)
    columns = "package, assessed_at, policy, outcome, template, refers, digest"
    run(f"INSERT INTO record ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)  # noqa: S608


def _template(run: Run, package: int, entry: Entry, body: bytes) -> tuple[int, bytes | None]:
    """The number of the template that the body is made of, put in when it is new; and what the body refers to."""
    last = run(f"{_BODY} WHERE package = ? ORDER BY assessed_at DESC, id DESC LIMIT 1", (package,))
    before, base = (_join_or_nothing(run, last[0]), last[0][1]) if last else (b"", None)
    text, refers = packing.separate(body, entry.assessed_at, before, lambda digest: number_of(run, digest))
    if refers is not None and _put_together(run, entry, text, refers) != body:
        text, refers = body, None
    digest = hashlib.sha256(text).digest()
    known = run("SELECT id FROM template WHERE digest = ?", (digest,))
    if not known:
        root, whole = _whole_base(run, base)
        packed, differs = packing.pack(text, whole)
        row = (digest, root if differs else None, packed)
        known = run("INSERT INTO template (digest, base, packed) VALUES (?, ?, ?) RETURNING id", row)
    return cast("int", known[0][0]), refers


def _put_together(run: Run, entry: Entry, text: bytes, refers: bytes) -> bytes:
    at = packing.moment_of(packing.seconds(entry.assessed_at))
    return packing.combine(text, at, refers, lambda number: digest_of(run, number))


def _join_or_nothing(run: Run, row: Row) -> bytes:
    try:
        return join_body(run, row)
    except LedgerError:  # a damaged record is nothing to begin with, and no hindrance
        return b""


def _whole_base(run: Run, template: object) -> tuple[object, bytes]:
    """A template that is no difference itself, to be the base of the next one."""
    if template is None:
        return None, b""
    row = run("SELECT id, base FROM template WHERE id = ?", (template,))[0]
    root = row[0] if row[1] is None else row[1]
    try:
        return root, read_template(run, root)
    except LedgerError:
        return None, b""


def _number(run: Run, into: str, values: tuple[object, ...], unique: int) -> int:
    """The number of a row, put in when it is not there; its first `unique` columns say which one it is."""
    table, _, columns = into.partition(" ")
    names = [name.strip("() ") for name in columns.split(",")]
    where = " AND ".join(f"{name} = ?" for name in names[:unique])
    found = run(f"SELECT id FROM {table} WHERE {where}", values[:unique])  # noqa: S608
    if not found:
        marks = ", ".join("?" * len(values))
        found = run(f"INSERT INTO {into} VALUES ({marks}) RETURNING id", values)  # noqa: S608
    return cast("int", found[0][0])


# --- reading


def join_body(read: Read, row: Row) -> bytes:
    """The bytes of a record: `row` is (assessed_at, template, refers, digest). LedgerError when they are damaged."""
    at, template, refers, digest = row
    numbers = None if refers is None else bytes(cast("bytes", refers))
    body = packing.combine(
        read_template(read, template), packing.moment_of(at), numbers, lambda number: digest_of(read, number)
    )
    if hashlib.sha256(body).digest() != bytes(cast("bytes", digest)):
        raise packing.damage_error("it is not what its digest says")
    return body


def read_template(read: Read, number: object) -> bytes:
    """The text of a template. LedgerError when it is gone or damaged."""
    rows = read("SELECT base, packed FROM template WHERE id = ?", (number,))
    if not rows:
        raise packing.damage_error("its text is gone")
    base, packed = rows[0]
    if not isinstance(packed, bytes | memoryview):
        raise packing.damage_error("its text is no bytes")
    return packing.unpack(bytes(packed), lambda: read_template(read, base))


def number_of(read: Read, digest: bytes) -> int | None:
    """The number of the record with this digest, or of the one that was removed."""
    rows = read(_NUMBER, (digest, digest))
    rows = rows or read("SELECT id FROM gone WHERE digest = ?", (digest,))
    return cast("int", rows[0][0]) if rows else None


def digest_of(read: Read, number: int) -> bytes:
    """The digest of a record by its number, of one that was removed too. LedgerError when there is none."""
    for table in ("record", "gone"):
        rows = read(f"SELECT digest FROM {table} WHERE id = ?", (number,))  # noqa: S608
        if rows:
            return bytes(cast("bytes", rows[0][0]))
    raise packing.damage_error("it refers to a record that is not there")


def body_of(read: Read, record_digest: str) -> bytes | None:
    """The bytes of a record by its digest; None when it is unknown. LedgerError when it is damaged."""
    digest = digest_bytes(record_digest)
    rows = read(f"{_BODY} WHERE {_PREFIX}", (digest, digest))
    return join_body(read, rows[0]) if rows else None


def digest_bytes(record_digest: str) -> bytes:
    """`sha256:<hex>` as bytes; b'' for anything else, which no record has."""
    try:
        return bytes.fromhex(record_digest.removeprefix("sha256:"))
    except ValueError:
        return b""


def read_entry(row: Row) -> Entry:
    """An entry of the columns `COLUMNS`."""
    purl, artifact, at, policy, policy_digest, outcome, digest = row
    return Entry(
        str(purl), str(artifact), packing.moment_of(at), str(policy), str(policy_digest),
        Outcome(cast("int", outcome)), f"sha256:{bytes(cast('bytes', digest)).hex()}",
    )  # fmt: skip
