"""What a gate has seen: the highest epoch of every policy and sequence of every status list, and the last time.

Kept in a small JSON file, so that an older policy, list or clock is noticed after a restart. Whoever can put an
old copy of this file in place can roll the gate back with it: keep it where the workload's owner cannot write.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from supplytrust.formats.atomic import write_atomically
from supplytrust.formats.json_reader import Json, read_object
from supplytrust.gate import fields
from supplytrust.gate.denial import Code, GateDenied
from supplytrust.gate.intake import take

SCHEMA = "supplytrust-gate-state/1"
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
    if state.get("schema") != SCHEMA:
        raise GateDenied(Code.STATE, "state.schema", f"is not {SCHEMA}")
    fields.only(state, "state", ("schema", "epochs", "sequences", "last"))
    last = state["last"]
    return RememberedEpochs(
        _numbers(state["epochs"]),
        _numbers(state["sequences"]),
        None if last is None else fields.instant(last, "state.last"),
    )


def _numbers(value: Json) -> Mapping[str, int]:
    return {name: fields.integer(n, "state") for name, n in fields.obj(value, "state").items()}


def _bytes(seen: RememberedEpochs) -> bytes:
    last = seen.last.replace(tzinfo=None).isoformat() + "Z" if seen.last else None
    document = {"schema": SCHEMA, "epochs": dict(seen.epochs), "sequences": dict(seen.sequences), "last": last}
    return json.dumps(document, sort_keys=True).encode("utf-8")
