"""The signed status list: which records, subjects and keys no longer count, and until when the list is fresh.

A DSSE envelope like a record's, with its own payload type; the payload is
`{schema, id, sequence, issued, nextUpdate, revoked{records[], subjects[], keys[]}}`, all digests SHA-256 hex.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from supplytrust.errors import MalformedRecordError
from supplytrust.formats.json_reader import Json, read_object
from supplytrust.gate import fields
from supplytrust.gate.denial import Code, GateDenied, from_malformed
from supplytrust.gate.intake import open_envelope
from supplytrust.records.keys import VerificationKey

PAYLOAD_TYPE = "application/vnd.supplytrust.status+json"
SCHEMA = "supplytrust-status/1"
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
    sealed = open_envelope(data, keys, PAYLOAD_TYPE, "status")
    try:
        payload = read_object(sealed.payload)
    except MalformedRecordError as error:
        raise from_malformed(error, "status") from None
    if payload.get("schema") != SCHEMA:
        raise GateDenied(Code.VERSION, "status.schema", f"is not {SCHEMA}")
    fields.only(payload, "status", _FIELDS)
    revoked = fields.obj(payload["revoked"], "status.revoked")
    fields.only(revoked, "status.revoked", ("records", "subjects", "keys"))
    return StatusList(
        fields.text(payload["id"], "status.id"),
        fields.integer(payload["sequence"], "status.sequence"),
        fields.instant(payload["issued"], "status.issued"),
        fields.instant(payload["nextUpdate"], "status.nextUpdate"),
        _digests(revoked["records"]),
        _digests(revoked["subjects"]),
        _digests(revoked["keys"]),
        hashlib.sha256(sealed.payload).hexdigest(),
    )


def _digests(value: Json) -> frozenset[str]:
    return frozenset(fields.digest(d, "status.revoked") for d in fields.items(value, "status.revoked"))
