"""DSSE envelopes, made and verified (https://github.com/secure-systems-lab/dsse, protocol 1.0).

Our records carry exactly one signature; several parties sign several envelopes (`counting`). Verification
is over the raw payload bytes: nothing in them is parsed before a known key verified them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from supplytrust.errors import MalformedRecordError, VerificationError
from supplytrust.formats.json_reader import DEFAULT, Json, Limits, read_base64, read_object
from supplytrust.records.keys import VerificationKey

FOREIGN_SIGNATURES = 16  # how many a foreign envelope may carry; ours carry one


class Signer(Protocol):
    """Something that holds a private key: a file, a module of hardware, a service.

    `public` is the verification key; `sign` answers with a signature over exactly these bytes, ECDSA in DER.
    """

    @property
    def keyid(self) -> str:
        """A hint for humans and caches; verification does not rest on it."""
        ...

    @property
    def public(self) -> VerificationKey:
        """The key that verifies."""
        ...

    def sign(self, data: bytes) -> bytes:
        """A signature over `data`."""
        ...


@dataclass(frozen=True, slots=True)
class VerifiedPayload:
    """A payload that was signed, its type, and the keys that signed it (each key once)."""

    payload: bytes
    payload_type: str
    keys: tuple[VerificationKey, ...]

    @property
    def principals(self) -> frozenset[str]:
        """The owners of the keys; keys without an owner count as one nobody."""
        return frozenset(key.owner for key in self.keys)


@dataclass(frozen=True, slots=True)
class _OpenedEnvelope:
    payload: bytes
    payload_type: str
    signatures: tuple[tuple[str, bytes], ...]  # (key id hint, signature)


def pae(payload_type: str, payload: bytes) -> bytes:
    """Pre-Authentication Encoding: what is signed. It keeps type and payload from running into each other."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def seal(payload: bytes, payload_type: str, signer: Signer) -> bytes:
    """The envelope around `payload` with one signature, in canonical JSON."""
    signature = signer.sign(pae(payload_type, payload))
    if not signer.public.verifies(signature, pae(payload_type, payload)):
        raise VerificationError("the signer made a signature its own key does not verify", reason="signature")
    document = {
        "payload": base64.b64encode(payload).decode("ascii"),
        "payloadType": payload_type,
        "signatures": [{"keyid": signer.keyid, "sig": base64.b64encode(signature).decode("ascii")}],
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def verify(
    data: bytes,
    keys: Sequence[VerificationKey],
    payload_type: str,
    *,
    threshold: int = 1,
    max_signatures: int = 1,
    limits: Limits = DEFAULT,
) -> VerifiedPayload:
    """The payload of an envelope that at least `threshold` distinct principals signed.

    Raises MalformedRecordError when the bytes are no envelope of this profile, VerificationError with reason
    threshold, keys, payload-type or signature when they are not what was asked for.
    """
    _check_keys(keys, threshold)
    opened = _open(data, max_signatures, limits)
    if opened.payload_type != payload_type:
        raise VerificationError(f"the payload is not of type {payload_type}", reason="payload-type")
    message = pae(opened.payload_type, opened.payload)
    found: dict[str, VerificationKey] = {}
    for hint, signature in opened.signatures:
        key = _verifying(keys, hint, signature, message)
        if key is not None:
            found[key.fingerprint] = key
    verified = VerifiedPayload(opened.payload, opened.payload_type, tuple(found[f] for f in sorted(found)))
    if len(verified.principals) < threshold:
        text = f"signed by {len(verified.principals)} known principals of {threshold}"
        raise VerificationError(text, reason="signature", hint="is it the key of the expected trustor?")
    return verified


def unverified_payload(data: bytes, limits: Limits = DEFAULT) -> bytes:
    """The payload of an envelope, to be shown; nobody vouches for it."""
    return _open(data, FOREIGN_SIGNATURES, limits).payload


def _check_keys(keys: Sequence[VerificationKey], threshold: int) -> None:
    if threshold < 1:
        raise VerificationError("a threshold below 1 would let anything pass", reason="threshold")
    if not keys:
        raise VerificationError("no keys to verify with", reason="keys")
    if len({(k.fingerprint, k.owner, k.form) for k in keys}) != len({k.fingerprint for k in keys}):
        raise VerificationError("one key is listed under two owners or two forms", reason="keys")


def _verifying(keys: Sequence[VerificationKey], hint: str, signature: bytes, message: bytes) -> VerificationKey | None:
    likely_first = sorted(keys, key=lambda key: key.fingerprint != hint) if hint else keys
    return next((key for key in likely_first if key.verifies(signature, message)), None)


def _open(data: bytes, max_signatures: int, limits: Limits) -> _OpenedEnvelope:
    envelope = read_object(data, limits)
    if envelope.keys() != {"payload", "payloadType", "signatures"}:
        raise _malformed_error("has other fields than payload, payloadType and signatures")
    payload_type, signatures = envelope["payloadType"], envelope["signatures"]
    if type(payload_type) is not str or type(signatures) is not list:
        raise _malformed_error("payloadType is not text or signatures is not an array")
    if not 1 <= len(signatures) <= max_signatures:
        raise _malformed_error(f"has {len(signatures)} signatures, not 1 to {max_signatures}")
    return _OpenedEnvelope(_base64(envelope["payload"]), payload_type, tuple(_signature(s) for s in signatures))


def _signature(value: Json) -> tuple[str, bytes]:
    if type(value) is not dict or not {"sig"} <= value.keys() <= {"sig", "keyid"}:
        raise _malformed_error("a signature has other fields than sig and keyid")
    hint = value.get("keyid", "")
    if type(hint) is not str:
        raise _malformed_error("a keyid is not text")
    return hint, _base64(value["sig"])


def _base64(value: Json) -> bytes:
    if type(value) is not str:
        raise _malformed_error("payload or sig is not text")
    return read_base64(value)


def _malformed_error(text: str) -> MalformedRecordError:
    return MalformedRecordError(f"the envelope {text}", reason="envelope")
