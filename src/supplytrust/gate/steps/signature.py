"""The envelope's one signature verifies over the raw payload bytes with a key of the gate's policy."""

from __future__ import annotations

import hashlib

from supplytrust.gate.context import AdmissionContext
from supplytrust.gate.envelopes import open_envelope
from supplytrust.gate.payload import PAYLOAD_TYPE

ORDER, ENDS = 40, True


def check(case: AdmissionContext) -> None:
    """Nothing of the payload is parsed before this held. The record is known by its payload's digest."""
    trustors = case.policy.trustors
    verified = open_envelope(case.envelope, (t.key for t in trustors), PAYLOAD_TYPE, "envelope")
    fingerprint = verified.keys[0].fingerprint
    case.signers = tuple(t for t in trustors if t.key.fingerprint == fingerprint)
    case.payload_bytes = verified.payload
    case.bound["record"] = hashlib.sha256(verified.payload).hexdigest()
    case.bound["key"] = fingerprint
