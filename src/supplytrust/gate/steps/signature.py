"""The envelope's one signature verifies over the raw payload bytes with a key of the gate's policy."""

from __future__ import annotations

import hashlib

from supplytrust.gate.case import Case
from supplytrust.gate.codes import Code
from supplytrust.gate.denial import Denied
from supplytrust.gate.dsse import open_envelope
from supplytrust.gate.payload import PAYLOAD_TYPE

ORDER, ENDS = 40, True


def check(case: Case) -> None:
    """Nothing of the payload is parsed before this held. The record is known by its payload's digest."""
    sealed = open_envelope(case.envelope, PAYLOAD_TYPE, "envelope")
    trustors = case.policy.trustors
    key = sealed.signer(t.key for t in trustors)
    if key is None:
        raise Denied(Code.SIGNATURE, "envelope", "no key of the policy verifies the record")
    case.signers = tuple(t for t in trustors if t.key.fingerprint == key.fingerprint)
    case.payload_bytes = sealed.payload
    case.bound["record"] = hashlib.sha256(sealed.payload).hexdigest()
    case.bound["key"] = key.fingerprint
