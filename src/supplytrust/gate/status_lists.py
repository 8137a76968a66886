"""Making the signed status list that `freshness.read_status` reads: begun, added to, renewed; never taken back.

What is revoked stays revoked: a list only grows, and its sequence with it, so that an older one is noticed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from supplytrust.errors import MalformedRecordError, UsageError, VerificationError
from supplytrust.gate.denial import GateDenied
from supplytrust.gate.freshness import STATUS_SCHEMA, STATUS_TYPE, StatusList, read_status
from supplytrust.records.envelope import Signer, seal

KINDS = ("records", "subjects", "keys")
NOTHING: Mapping[str, frozenset[str]] = {}


def begin_list(name: str, signer: Signer, *, at: datetime, hours: int) -> bytes:
    """A list on which nothing is yet, with the first sequence, fresh for so many hours."""
    return _seal(name, 1, dict.fromkeys(KINDS, frozenset[str]()), signer, at, hours)


def next_list(
    older: bytes, signer: Signer, *, at: datetime, hours: int, revoked: Mapping[str, frozenset[str]] = NOTHING
) -> bytes:
    """The list after an older one of the same signer, with what is revoked besides: digests (hex) by kind.

    Raises UsageError when the older list is none that this key signed, or was issued later.
    """
    known = _read(older, signer)
    if at < known.issued:
        raise UsageError(f"the list was issued at {known.issued.isoformat()}, which is later", hint="check the clock")
    listed = {kind: getattr(known, kind) | revoked.get(kind, frozenset()) for kind in KINDS}
    return _seal(known.id, known.sequence + 1, listed, signer, at, hours)


def _read(data: bytes, signer: Signer) -> StatusList:
    try:
        return read_status(data, (signer.public,))
    except (GateDenied, MalformedRecordError, VerificationError) as error:
        raise UsageError(f"that is no status list of this key: {error}", hint="the key that signed it") from None


def _seal(
    name: str, sequence: int, listed: Mapping[str, frozenset[str]], signer: Signer, at: datetime, hours: int
) -> bytes:
    if not name or hours < 1:
        raise UsageError("a status list needs a name and an hour at least")
    payload = {
        "schema": STATUS_SCHEMA,
        "id": name,
        "sequence": sequence,
        "issued": _text(at),
        "nextUpdate": _text(at + timedelta(hours=hours)),
        "revoked": {kind: sorted(listed[kind]) for kind in KINDS},
    }
    return seal(json.dumps(payload, sort_keys=True, separators=(",", ":")).encode("utf-8"), STATUS_TYPE, signer)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
