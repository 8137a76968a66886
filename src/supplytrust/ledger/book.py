"""The ledger: records as they were made, and facts as they were first seen. It only grows.

Safe to use from the threads of a pool; several processes may share one file. Only `errors.LedgerError` (and
`InternalError` for a caller's time without zone) leaves this module.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from supplytrust.errors import InternalError, LedgerError
from supplytrust.ledger.database import LedgerFile
from supplytrust.ledger.entry import Entry
from supplytrust.ledger.packing import Compaction, remove_repeated, seconds
from supplytrust.ledger.records import COLUMNS, JOINED, body_of, insert_record, read_entry
from supplytrust.ledger.server import LedgerServer, is_server
from supplytrust.ledger.tables import Database
from supplytrust.model.evidence import Evidence
from supplytrust.model.policy import Policy
from supplytrust.model.record import CoveringRecord, TrustRecord
from supplytrust.model.subject import is_local_file, package_of, release_of
from supplytrust.model.vocabulary import Outcome
from supplytrust.records import statement

_NEW_FACT = "INSERT INTO fact (key, fact, value, first_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
SIGNED = "signed"  # a fact about a record that somebody put their name to
_END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)


def default_path() -> Path:
    """Where the ledger is kept unless a file is named: the user's data folder (XDG Base Directory)."""
    base = os.environ.get("XDG_DATA_HOME", "")
    folder = Path(base) if base.startswith("/") else Path.home() / ".local" / "share"
    return folder / "supplytrust" / "ledger.sqlite3"


def find_ledger(named: str | None) -> Ledger | None:
    """The ledger at a named place, else at the default one; None when there is no such file. LedgerError."""
    place = named or str(default_path())
    return Ledger(place) if is_server(place) or Path(place).exists() else None


@contextlib.contextmanager
def open_ledger(path: str | Path | None) -> Iterator[Ledger | None]:
    """The ledger in this file for the length of a call, or None when none is wanted (None)."""
    if path is None:
        yield None
        return
    with Ledger(path) as ledger:
        yield ledger


@dataclass(frozen=True, slots=True)
class Past:
    """The facts of a ledger as they were known at a time; satisfies `io.context.FirstSeen`."""

    ledger: Ledger
    at: datetime

    def recall(self, key: str, fact: str) -> tuple[str, datetime] | None:
        """The first value seen up to that time, None when there was none."""
        return self.ledger.recall(key, fact, at=self.at)

    def remember(self, key: str, fact: str, value: str, at: datetime) -> tuple[str, datetime]:
        """As `Ledger.remember`."""
        return self.ledger.remember(key, fact, value, at)


class Ledger:
    """An open ledger; a context manager. `patience`: seconds to wait while another process writes.

    Its place is a file, or the address of a PostgreSQL server's database (`postgresql://USER@HOST:PORT/DATABASE`).
    """

    def __init__(self, place: Path | str, *, patience: float = 30.0) -> None:
        address = place if isinstance(place, str) and is_server(place) else ""
        self._database: Database = LedgerServer(address, patience) if address else LedgerFile(Path(place), patience)

    @property
    def place(self) -> str:
        """Where it lies: a path, or an address without its password."""
        return self._database.place.strip("'")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Whatever was kept is on disk already."""
        self._database.close()

    # --- first-seen facts --------------------------------------------------------------------------

    def recall(self, key: str, fact: str, *, at: datetime | None = None) -> tuple[str, datetime] | None:
        """The first value seen of a fact and when; None when never, or not up to `at`."""
        rows = self._database.read("SELECT value, first_at FROM fact WHERE key = ? AND fact = ?", (key, fact))
        if not rows or (at is not None and str(rows[0][1]) > _stamp(at)):
            return None
        return str(rows[0][0]), _moment(rows[0][1])

    def remember(self, key: str, fact: str, value: str, at: datetime) -> tuple[str, datetime]:
        """Keep a fact if it is new; answers what was first seen, never overwrites.

        A fact that was first seen later than `at` does not count for `at`, and a look into the past does not
        move a first sighting back: the answer is then the given value, and nothing is kept.
        """
        if self.recall(key, fact) is None:
            row = (key, fact, value, _stamp(at))
            with self._database.writing() as run:
                run(_NEW_FACT, row)
        return self.recall(key, fact, at=at) or (value, at)

    def keys(self, prefix: str) -> tuple[str, ...]:
        """The keys of facts that begin so, in order."""
        rows = self._database.read(
            "SELECT DISTINCT key FROM fact WHERE substr(key, 1, ?) = ? ORDER BY key", (len(prefix), prefix)
        )
        return tuple(str(row[0]) for row in rows)

    def as_of(self, at: datetime) -> Past:
        """The facts as they were known at a time: later sightings are hidden."""
        return Past(self, at)

    # --- records -----------------------------------------------------------------------------------

    def keep(self, record: TrustRecord, body: bytes) -> Entry:
        """Keep a record with its bytes. The same bytes are kept once, however often they come."""
        artifact = record.trustee.artifact
        entry = Entry(
            purl=record.trustee.purl,
            artifact_sha256=artifact.sha256 if artifact else "",
            assessed_at=record.assessed_at,
            policy_id=record.policy.id,
            policy_digest=record.policy.digest,
            outcome=record.outcome,
            record_digest=digest_of(body),
        )
        with self._database.writing() as run:
            insert_record(run, entry, body)
        return entry

    def note_signed(self, record_digest: str, at: datetime) -> None:
        """Remember that a record was signed: it is never removed."""
        self.remember(record_digest, SIGNED, "", at)

    def history(self, purl: str, *, limit: int = 1000) -> tuple[Entry, ...]:
        """Records, newest first: of all versions if the purl has none, of all artifacts if it names none."""
        where = f"{_column(purl)} = ? ORDER BY r.assessed_at DESC, r.id DESC LIMIT ?"
        return self._entries(where, (purl, limit))

    def history_of_local(self, sha256: str, *, limit: int = 1000) -> tuple[Entry, ...]:
        """Records about a file that nobody published, by its SHA-256 and under whatever name, newest first."""
        where = "purl >= 'pkg:generic/' AND purl < 'pkg:generic0' AND artifact = ?"
        return self._entries(f"{where} ORDER BY r.assessed_at DESC, r.id DESC LIMIT ?", (sha256, limit))

    def latest(
        self, purl: str, policy_id: str = "", *, at: datetime | None = None, sha256: str | None = None
    ) -> Entry | None:
        """The newest record of a package, not later than `at`; under this policy, of this artifact if one is named."""
        where, parameters = [f"{_column(purl)} = ?", "r.assessed_at <= ?"], [purl, seconds(at or _END_OF_TIME)]
        if policy_id:
            where, parameters = [*where, "y.name = ?"], [*parameters, policy_id]
        if sha256 is not None:
            where, parameters = [*where, "p.artifact = ?"], [*parameters, sha256]
        found = self._entries(f"{' AND '.join(where)} ORDER BY r.assessed_at DESC, r.id DESC LIMIT 1", parameters)
        return found[0] if found else None

    def body(self, record_digest: str) -> bytes:
        """The bytes of a record, checked against their digest; `LedgerError` when unknown or damaged."""
        try:
            body = body_of(self._database.read, record_digest)
        except LedgerError as error:
            text = f"record {record_digest} in {self._database.place} is damaged"
            raise LedgerError(text, hint="assess the package again") from error
        if body is None:
            text = f"no record {record_digest} in {self._database.place}"
            raise LedgerError(text, hint="`supplytrust history` lists them")
        return body

    def verify(self) -> int:
        """Check the whole ledger and every record's digest; the number of records. `LedgerError` if damaged."""
        self._database.check()
        digests = [bytes(cast("bytes", row[0])).hex() for row in self._database.read("SELECT digest FROM record")]
        for digest in digests:
            self.body(f"sha256:{digest}")
        return len(digests)

    def copy_to(self, other: Ledger) -> tuple[int, int]:
        """Hand all records and facts to another ledger; how many there were. What that one saw first stays."""
        rows = self._database.read(f"SELECT {COLUMNS} {JOINED} ORDER BY r.id")
        for entry in map(read_entry, rows):
            body = self.body(entry.record_digest)
            with other._database.writing() as run:
                insert_record(run, entry, body)
        facts = self._database.read("SELECT key, fact, value, first_at FROM fact")
        for at in range(0, len(facts), 500):
            with other._database.writing() as run:
                for fact in facts[at : at + 500]:
                    run(_NEW_FACT, fact)
        return len(rows), len(facts)

    def compact(self, keep_days: int, at: datetime) -> Compaction:
        """Remove what says the same as its neighbours and is older than so many days; see `compaction`."""
        removed = remove_repeated(self._database, at - timedelta(days=keep_days), SIGNED)
        self._database.shrink()
        return removed

    # --- the tables --------------------------------------------------------------------------------

    def _entries(self, where: str, parameters: Sequence[object]) -> tuple[Entry, ...]:
        rows = self._database.read(f"SELECT {COLUMNS} {JOINED} WHERE {where}", parameters)
        return tuple(map(read_entry, rows))


def digest_of(body: bytes) -> str:
    """How a record is named by its bytes: `sha256:<hex>`."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def _column(purl: str) -> str:
    if purl != release_of(purl):
        return "p.purl"
    return "p.release" if purl != package_of(purl) else "p.package"


def _stamp(moment: datetime) -> str:
    """Text that sorts like the time it stands for."""
    if moment.tzinfo is None:
        raise InternalError(f"a time without zone: {moment}")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _moment(stamp: object) -> datetime:
    return datetime.fromisoformat(str(stamp))


# --- Which dependencies have a record of their own in the ledger, so that one signature can cover them all?

MOST = 20  # of the newest records of one release


def latest_admitting(
    ledger: Ledger | None, evidence: Evidence, policy: Policy, at: datetime
) -> Mapping[str, CoveringRecord]:
    """By purl of a dependency, its newest record if that covers it; others are left out.

    A local file is looked up by its bytes: another name for them is the same file.

    Raises:
        supplytrust.errors.LedgerError: the ledger cannot be read, or a record in it is damaged.
    """
    if ledger is None:
        return {}
    judged = {n.subject.purl: n.subject.artifact.sha256 for n in evidence.nodes if n.subject.artifact}
    found = {purl: _newest(ledger, purl, sha256, policy, at) for purl, sha256 in judged.items() if sha256}
    return {purl: one for purl, one in found.items() if one is not None and purl != evidence.root}


def _newest(ledger: Ledger, purl: str, sha256: str, policy: Policy, at: datetime) -> CoveringRecord | None:
    local = is_local_file(purl)
    for entry in ledger.history_of_local(sha256, limit=MOST) if local else ledger.history(purl, limit=MOST):
        if local and not is_local_file(entry.purl):
            continue
        same = entry.artifact_sha256 == sha256 and entry.policy_digest == policy.digest
        if same and entry.assessed_at <= at:
            if entry.outcome is not Outcome.ADMIT:
                return None  # the newest word on these bytes counts, not the best one
            record = statement.from_statement(ledger.body(entry.record_digest))
            holds = record.not_before <= at < record.expires
            return CoveringRecord(entry.record_digest, record.expires) if holds else None
    return None
