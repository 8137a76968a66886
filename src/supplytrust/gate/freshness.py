"""What could be brought back old: a policy, a status list, a clock; and what keeps a gate from taking it.

The state remembers the highest epoch of every policy and sequence of every status list, and the last time; the signed
status list says which records, subjects and keys no longer count, and until when it is fresh itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from supplytrust.errors import MalformedRecordError
from supplytrust.formats.atomic import write_atomically
from supplytrust.formats.json_reader import Json, read_object
from supplytrust.gate import inputs
from supplytrust.gate.denial import Code, GateDenied, from_malformed
from supplytrust.gate.inputs import open_envelope, take
from supplytrust.records.keys import VerificationKey

# --- What a gate has seen: the highest epoch of every policy and sequence of every status list, and the last time.

STATE_SCHEMA = "supplytrust-gate-state/1"
MAX_STATE = 1_000_000
_NONE: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RememberedEpochs:
    """`epochs` by policy id (the gate's own under `gate:<id>`), `sequences` by status list id."""

    epochs: Mapping[str, int] = field(default_factory=lambda: _NONE)
    sequences: Mapping[str, int] = field(default_factory=lambda: _NONE)
    last: datetime | None = None

    def with_more(self, other: RememberedEpochs) -> RememberedEpochs:
        """The highest of both: order of arrival leaves no trace."""
        lasts = [s.last for s in (self, other) if s.last is not None]
        return RememberedEpochs(
            _highest(self.epochs, other.epochs), _highest(self.sequences, other.sequences), max(lasts, default=None)
        )

    def overtakes(self, other: RememberedEpochs) -> str:
        """The name of something seen here in a higher number than there; '' when there is none."""
        pairs = ((self.epochs, other.epochs), (self.sequences, other.sequences))
        return next((n for mine, theirs in pairs for n in theirs if mine.get(n, 0) > theirs[n]), "")


def _highest(one: Mapping[str, int], two: Mapping[str, int]) -> Mapping[str, int]:
    return {name: max(one.get(name, 0), two.get(name, 0)) for name in {*one, *two}}


class State(Protocol):
    """Where a gate remembers. Both methods raise on any failure, which denies."""

    def read(self) -> RememberedEpochs:
        """What was seen before."""
        ...

    def advance(self, seen: RememberedEpochs) -> RememberedEpochs:
        """Keep the highest of what was and what is seen, durably, and answer it."""
        ...


class StateFile:
    """A state in a file; safe between processes. The first use creates the file, later ones need it intact."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)

    def read(self) -> RememberedEpochs:
        """An absent file is a gate that has seen nothing; an unreadable one raises."""
        try:
            data = take(self.path, MAX_STATE, "state")
        except FileNotFoundError:
            return RememberedEpochs()
        return _parse(data)

    def advance(self, seen: RememberedEpochs) -> RememberedEpochs:
        """Read, join, write to a new file and put it in place, under a lock of its own."""
        with self._lock():
            joined = self.read().with_more(seen)
            write_atomically(self.path, _bytes(joined), mode=0o600)
            return joined

    @contextmanager
    def _lock(self) -> Iterator[None]:
        lock = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _parse(data: bytes) -> RememberedEpochs:
    state = read_object(data)
    if state.get("schema") != STATE_SCHEMA:
        raise GateDenied(Code.STATE, "state.schema", f"is not {STATE_SCHEMA}")
    inputs.only(state, "state", ("schema", "epochs", "sequences", "last"))
    last = state["last"]
    return RememberedEpochs(
        _numbers(state["epochs"]),
        _numbers(state["sequences"]),
        None if last is None else inputs.instant(last, "state.last"),
    )


def _numbers(value: Json) -> Mapping[str, int]:
    return {name: inputs.integer(n, "state") for name, n in inputs.obj(value, "state").items()}


def _bytes(seen: RememberedEpochs) -> bytes:
    last = seen.last.replace(tzinfo=None).isoformat() + "Z" if seen.last else None
    document = {"schema": STATE_SCHEMA, "epochs": dict(seen.epochs), "sequences": dict(seen.sequences), "last": last}
    return json.dumps(document, sort_keys=True).encode("utf-8")


# --- The signed status list: which records, subjects and keys no longer count, and until when the list is fresh.

STATUS_TYPE = "application/vnd.supplytrust.status+json"
STATUS_SCHEMA = "supplytrust-status/1"
_FIELDS = ("schema", "id", "sequence", "issued", "nextUpdate", "revoked")


@dataclass(frozen=True, slots=True)
class StatusList:
    """A verified list. `digest` is that of its payload."""

    id: str
    sequence: int
    issued: datetime
    next_update: datetime
    records: frozenset[str]
    subjects: frozenset[str]
    keys: frozenset[str]
    digest: str


def read_status(data: bytes, keys: tuple[VerificationKey, ...]) -> StatusList:
    """Verify with one of the policy's keys, then parse. Raises Denied."""
    sealed = open_envelope(data, keys, STATUS_TYPE, "status")
    try:
        payload = read_object(sealed.payload)
    except MalformedRecordError as error:
        raise from_malformed(error, "status") from None
    if payload.get("schema") != STATUS_SCHEMA:
        raise GateDenied(Code.VERSION, "status.schema", f"is not {STATUS_SCHEMA}")
    inputs.only(payload, "status", _FIELDS)
    revoked = inputs.obj(payload["revoked"], "status.revoked")
    inputs.only(revoked, "status.revoked", ("records", "subjects", "keys"))
    return StatusList(
        inputs.text(payload["id"], "status.id"),
        inputs.integer(payload["sequence"], "status.sequence"),
        inputs.instant(payload["issued"], "status.issued"),
        inputs.instant(payload["nextUpdate"], "status.nextUpdate"),
        _digests(revoked["records"]),
        _digests(revoked["subjects"]),
        _digests(revoked["keys"]),
        hashlib.sha256(sealed.payload).hexdigest(),
    )


def _digests(value: Json) -> frozenset[str]:
    return frozenset(inputs.digest(d, "status.revoked") for d in inputs.items(value, "status.revoked"))
