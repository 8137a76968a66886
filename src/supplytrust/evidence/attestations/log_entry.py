"""Our own small reader of log entries, for what sigstore's verifier does not read: managed keys and `intoto` 0.0.2.

Inclusion proof and tree hashes: RFC 6962, 2.1; checkpoint: https://github.com/transparency-dev/formats (log); the
promise (SET) is a signature over the RFC 8785 form of body, time, log and index. An entry counts only when all three
hold with the log's key of the trust root, which has to be in use at the time of the entry, and when its body is
bound to signature and signer of the bundle (CVE-2022-36056, CVE-2026-22703).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from supplytrust.errors import MalformedRecordError, VerificationError
from supplytrust.formats.canonical_json import canonical_bytes
from supplytrust.formats.json_reader import MIB, Json, Limits, read_base64, read_object

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

LIMITS = Limits(size=MIB)
_MOST_HASHES = 64


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that was verified: what was logged, and when the log promised to."""

    body: dict[str, Json]
    at: datetime


def kind(bundle: dict[str, Json]) -> tuple[str, str]:
    """Kind and version of the one log entry."""
    entry = _entry(bundle)
    return text_at(entry, "kindVersion", "kind"), text_at(entry, "kindVersion", "version")


def verify_keyed(bundle: dict[str, Json], sha256: str, key: bytes, root: bytes) -> Entry:
    """A signature over a digest by a managed key (PEM), logged as hashedrekord 0.0.1."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if "publicKey" not in _object(bundle, "verificationMaterial") or kind(bundle) != ("hashedrekord", "0.0.1"):
        raise VerificationError("not a bundle of a managed key that is read here", reason="entry-kind")
    try:
        public, signature = load_pem_public_key(key), bytes_at(bundle, "messageSignature", "signature")
    except ValueError:
        raise VerificationError("the expected key cannot be read", reason="key") from None
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise VerificationError("the key is not of an elliptic curve", reason="key")
    if bytes_at(bundle, "messageSignature", "messageDigest", "digest").hex() != sha256:
        raise VerificationError("the bundle is about another digest", reason="other-subject")
    try:
        public.verify(signature, bytes.fromhex(sha256), ec.ECDSA(utils.Prehashed(SHA256())))
    except InvalidSignature:
        raise VerificationError("the signature is not by this key over this digest", reason="signature") from None
    entry = verify_entry(bundle, root)
    spec = _object(entry.body, "spec")
    _check_binding(
        text_at(spec, "data", "hash", "algorithm") == "sha256" and text_at(spec, "data", "hash", "value") == sha256
    )
    _check_binding(bytes_at(spec, "signature", "content") == signature)
    _check_binding(_der(load_pem_public_key(bytes_at(spec, "signature", "publicKey", "content"))) == _der(public))
    return entry


def certificate(bundle: dict[str, Json]) -> bytes:
    """The leaf certificate (DER), in the place that the bundle's version has for it."""
    chain = value_at(bundle, "verificationMaterial", "x509CertificateChain", "certificates")
    if isinstance(chain, list) and chain:
        return bytes_at(chain[0], "rawBytes")
    return bytes_at(bundle, "verificationMaterial", "certificate", "rawBytes")


def envelope(bundle: dict[str, Json]) -> tuple[str, bytes, bytes]:
    """Payload type, payload and the one signature of the bundle's envelope; nothing of it is verified."""
    signature = only_at(bundle, "dsseEnvelope", "signatures")
    payload = bytes_at(bundle, "dsseEnvelope", "payload")
    return text_at(bundle, "dsseEnvelope", "payloadType"), payload, bytes_at(signature, "sig")


def check_intoto(bundle: dict[str, Json], leaf: bytes, root: bytes) -> Entry:
    """The entry of an envelope as intoto 0.0.2: bound to payload, its one signature, and the certificate (DER)."""
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import load_pem_x509_certificate

    entry, (payload_type, payload, signature) = verify_entry(bundle, root), envelope(bundle)
    content = _object(_object(entry.body, "spec"), "content")
    logged = value_at(content, "envelope", "signatures")
    if not isinstance(logged, list) or len(logged) != 1:
        raise _wrong("the entry has not exactly one signature")
    _check_binding(text_at(content, "payloadHash", "algorithm") == "sha256")
    _check_binding(text_at(content, "payloadHash", "value") == hashlib.sha256(payload).hexdigest())
    _check_binding(text_at(content, "envelope", "payloadType") == payload_type)
    _check_binding(bytes_at(logged[0], "sig") == base64.b64encode(signature))
    _check_binding(load_pem_x509_certificate(bytes_at(logged[0], "publicKey")).public_bytes(Encoding.DER) == leaf)
    return entry


def verify_entry(bundle: dict[str, Json], root: bytes) -> Entry:
    """The one entry, after proof, checkpoint and promise; VerificationError (reason log-entry) when one fails."""
    from supplytrust.records.keys import VerificationKey

    entry = _entry(bundle)
    log_id, body = bytes_at(entry, "logId", "keyId"), bytes_at(entry, "canonicalizedBody")
    at = datetime.fromtimestamp(_number(entry, "integratedTime"), UTC)
    key = VerificationKey(_log_key(root, log_id, at))
    top = _root_hash(body, _object(entry, "inclusionProof"))
    _checkpoint(text_at(entry, "inclusionProof", "checkpoint", "envelope"), top, log_id, key.verifies)
    promised: dict[str, Json] = {
        "body": base64.b64encode(body).decode(),
        "integratedTime": _number(entry, "integratedTime"),
        "logID": log_id.hex(),
        "logIndex": _number(entry, "logIndex"),
    }
    if not key.verifies(bytes_at(entry, "inclusionPromise", "signedEntryTimestamp"), canonical_bytes(promised)):
        raise _wrong("the log's promise does not hold")
    told = read_object(body, LIMITS)
    if (told.get("kind"), told.get("apiVersion")) != kind(bundle):
        raise _wrong("the entry is of another kind than the bundle says")
    return Entry(told, at)


def _log_key(root: bytes, log_id: bytes, at: datetime) -> bytes:
    logs = read_object(root, LIMITS).get("tlogs")
    for log in logs if isinstance(logs, list) else []:
        if bytes_at(log, "logId", "keyId") == log_id:
            begin, end = value_at(log, "publicKey", "validFor", "start"), value_at(log, "publicKey", "validFor", "end")
            if not isinstance(begin, str) or at < datetime.fromisoformat(begin):
                raise _wrong("the log's key was not in use yet")
            if isinstance(end, str) and at > datetime.fromisoformat(end):
                raise _wrong("the log's key was not in use any more")
            return bytes_at(log, "publicKey", "rawBytes")
    raise VerificationError("the log is not in the trust root", reason="unknown-log")


def _root_hash(body: bytes, proof: Json) -> bytes:
    """Root of the tree from one leaf and its audit path (RFC 6962, 2.1.1; RFC 9162, 2.1.3.2)."""
    index, size, hashes = _number(proof, "logIndex"), _number(proof, "treeSize"), value_at(proof, "hashes") or []
    if not isinstance(hashes, list) or len(hashes) > _MOST_HASHES or not 0 <= index < size:
        raise _wrong("the inclusion proof is not one")
    node, last = hashlib.sha256(b"\0" + body).digest(), size - 1
    for text in hashes:
        sibling = read_base64(text) if isinstance(text, str) else b""
        if last == 0 or len(sibling) != 32:
            raise _wrong("the inclusion proof is too long")
        if index & 1 or index == last:
            node = hashlib.sha256(b"\1" + sibling + node).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\1" + node + sibling).digest()
        index, last = index >> 1, last >> 1
    if last or node != bytes_at(proof, "rootHash"):
        raise _wrong("the inclusion proof does not lead to its root")
    return node


def _checkpoint(text: str, top: bytes, log_id: bytes, verifies: Callable[[bytes, bytes], bool]) -> None:
    """A signed note: origin, size and root hash, an empty line, and signature lines of which one is the log's."""
    note, between, lines = text.partition("\n\n")
    signed, told = f"{note}\n".encode(), note.split("\n")
    if not between or len(told) < 3 or not told[0] or read_base64(told[2]) != top:
        raise _wrong("the checkpoint is of another tree")
    for line in lines.splitlines():
        mark, _, rest = line.partition(" ")
        raw = read_base64(rest.rpartition(" ")[2]) if mark == "\u2014" else b""
        if raw[:4] == log_id[:4] and verifies(raw[4:], signed):
            return
    raise _wrong("the checkpoint is not signed by the log")


def _entry(bundle: dict[str, Json]) -> Json:
    return only_at(bundle, "verificationMaterial", "tlogEntries")


def _check_binding(holds: bool) -> None:  # noqa: FBT001 - the one thing it is about
    if not holds:
        raise _wrong("the log entry is of another signature than the bundle's")


def _der(key: PublicKeyTypes) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def only_at(value: Json, *names: str) -> Json:
    """The one element of a list inside. MalformedRecordError when it is no list of exactly one."""
    listed = value_at(value, *names)
    if not isinstance(listed, list) or len(listed) != 1:
        count = len(listed) if isinstance(listed, list) else 0
        raise MalformedRecordError(f"{names[-1]} has {count} elements, not one", reason="malformed")
    return listed[0]


def value_at(value: Json, *names: str) -> Json:
    """The value inside objects by their names; None when there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _object(value: Json, name: str) -> dict[str, Json]:
    found = value_at(value, name)
    if not isinstance(found, dict):
        raise MalformedRecordError(f"{name} is no object", reason="malformed")
    return found


def text_at(value: Json, *names: str) -> str:
    """The text inside. MalformedRecordError."""
    found = value_at(value, *names)
    if not isinstance(found, str):
        raise MalformedRecordError(f"{names[-1]} is no text", reason="malformed")
    return found


def bytes_at(value: Json, *names: str) -> bytes:
    """The bytes that a text inside stands for in base64. MalformedRecordError."""
    return read_base64(text_at(value, *names))


def _number(value: Json, name: str) -> int:
    digits = text_at(value, name)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 16):
        raise MalformedRecordError(f"{name} is no number", reason="malformed")
    return int(digits)


def _wrong(text: str) -> VerificationError:
    return VerificationError(text, reason="log-entry")
