"""Envelopes as the gate opens them: one signature by a key of the policy, else a denial with its code."""

from __future__ import annotations

from collections.abc import Iterable

from supplytrust.errors import MalformedRecordError, VerificationError
from supplytrust.gate.codes import Code
from supplytrust.gate.denial import GateDenied, from_malformed
from supplytrust.records.envelope import VerifiedPayload, verify
from supplytrust.records.keys import VerificationKey

_CODES = {"signature": Code.SIGNATURE, "keys": Code.SIGNATURE}


def open_envelope(data: bytes, keys: Iterable[VerificationKey], payload_type: str, field: str) -> VerifiedPayload:
    """The verified payload, not yet parsed. Raises Denied."""
    unique = {key.fingerprint: key for key in keys}
    try:
        return verify(data, list(unique.values()), payload_type)
    except MalformedRecordError as error:
        raise from_malformed(error, field) from None
    except VerificationError as error:
        raise GateDenied(_CODES.get(error.reason, Code.ENVELOPE), field, error.message) from None
