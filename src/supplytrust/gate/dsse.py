"""A DSSE envelope read strictly (https://github.com/secure-systems-lab/dsse, protocol.md).

The signature is over the raw payload bytes; the payload is parsed by others, and only after it verified.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from supplytrust.errors import MalformedRecordError
from supplytrust.gate import fields
from supplytrust.gate.codes import Code
from supplytrust.gate.denial import Denied, from_malformed
from supplytrust.gate.keys import PublicKey
from supplytrust.records.strict import Json, Limits, read_base64, read_object

LIMITS = Limits(size=8 * 2**20)


@dataclass(frozen=True, slots=True)
class Sealed:
    """Payload and its one signature; nothing is verified yet. The key id is a hint and not even kept."""

    payload_type: str
    payload: bytes
    signature: bytes

    @property
    def signed(self) -> bytes:
        """PAE: what the signature is over."""
        kind = self.payload_type.encode("utf-8")
        return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(self.payload), self.payload)

    def signer(self, keys: Iterable[PublicKey]) -> PublicKey | None:
        """The first key that verifies the signature."""
        message = self.signed
        return next((k for k in keys if k.verifies(self.signature, message)), None)


def open_envelope(data: bytes, payload_type: str, field: str) -> Sealed:
    """Exactly one signature, exactly the known fields, canonical base64. Raises Denied."""
    try:
        envelope = read_object(data, LIMITS)
    except MalformedRecordError as error:
        raise from_malformed(error, field) from None
    fields.only(envelope, field, ("payload", "payloadType", "signatures"))
    if fields.text(envelope["payloadType"], f"{field}.payloadType") != payload_type:
        raise Denied(Code.ENVELOPE, f"{field}.payloadType", f"is not {payload_type}")
    signatures = fields.items(envelope["signatures"], f"{field}.signatures")
    if len(signatures) != 1:
        raise Denied(Code.ENVELOPE, f"{field}.signatures", f"{len(signatures)} signatures, not exactly one")
    one = fields.obj(signatures[0], f"{field}.signatures")
    fields.only(one, f"{field}.signatures", ("sig",), ("keyid",))
    return Sealed(
        payload_type,
        _bytes(envelope["payload"], f"{field}.payload"),
        _bytes(one["sig"], f"{field}.signatures.sig"),
    )


def _bytes(value: Json, field: str) -> bytes:
    try:
        return read_base64(fields.text(value, field))
    except MalformedRecordError as error:
        raise Denied(Code.ENVELOPE, field, error.message) from None
