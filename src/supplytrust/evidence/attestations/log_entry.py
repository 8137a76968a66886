"""Our own reader of log entries: inclusion proof, checkpoint, promise, and what binds an entry to its bundle.

Inclusion proof and tree hashes: RFC 6962, 2.1; checkpoint: https://github.com/transparency-dev/formats (log); the
promise (SET) is a signature over the RFC 8785 form of body, time, log and index. Whatever of them a bundle has must
hold with the log's key of the trust root, in that key's term; bundles of version 0.1 may have the promise alone, all
later ones need proof and checkpoint. The body must be of the bundle's own signature and signer (CVE-2022-36056,
CVE-2026-22703).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from supplytrust.errors import MalformedRecordError, VerificationError
from supplytrust.evidence.attestations.json_places import (
    bytes_at,
    list_at,
    number_at,
    object_at,
    only_at,
    text_at,
    value_at,
)
from supplytrust.evidence.attestations.root import TrustMaterial
from supplytrust.formats.canonical_json import canonical_bytes
from supplytrust.formats.json_reader import MIB, Json, Limits, read_base64, read_object

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

LIMITS = Limits(size=MIB)
_MOST_HASHES = 64
_ENVELOPE = frozenset({"payload", "payloadType", "signatures"})
_SIGNATURE = frozenset({"sig", "keyid"})
_BASE = "application/vnd.dev.sigstore.bundle"
VERSIONS = {f"{_BASE}+json;version=0.{n}": n for n in (1, 2, 3)} | {f"{_BASE}.v0.3+json": 3}


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that was verified: what was logged, and when the log promised to; None without its promise."""

    body: dict[str, Json]
    at: datetime | None


@dataclass(frozen=True, slots=True)
class SignedParts:
    """What an entry has to be about: payload or digest (hex) of what was signed, the signature, and who made it.

    `signer` is a certificate or a public key in DER.
    """

    payload_type: str
    payload: bytes
    sha256: str
    signature: bytes
    signer: bytes


def kind(bundle: Mapping[str, Json]) -> tuple[str, str]:
    """Kind and version of the one log entry."""
    entry = _entry(bundle)
    return text_at(entry, "kindVersion", "kind"), text_at(entry, "kindVersion", "version")


def version(bundle: Mapping[str, Json]) -> int:
    """The minor version of the bundle's form. MalformedRecordError for one that is not known."""
    found = VERSIONS.get(text_at(dict(bundle), "mediaType"))
    if found is None:
        raise MalformedRecordError("the bundle is of a version that is not known", reason="malformed")
    return found


def certificate(bundle: Mapping[str, Json]) -> bytes:
    """The leaf certificate (DER), in the place that the bundle's version has for it."""
    chain = list_at(dict(bundle), "verificationMaterial", "x509CertificateChain", "certificates")
    return bytes_at(chain[0] if chain else value_at(dict(bundle), "verificationMaterial", "certificate"), "rawBytes")


def envelope(bundle: Mapping[str, Json]) -> tuple[str, bytes, bytes]:
    """Payload type, payload and the one signature of the bundle's envelope; nothing of it is verified."""
    found = object_at(dict(bundle), "dsseEnvelope")
    one = only_at(found, "signatures")
    if not found.keys() <= _ENVELOPE or not isinstance(one, dict) or not one.keys() <= _SIGNATURE:
        raise MalformedRecordError("the envelope has a part that is not known", reason="malformed")
    signature = bytes_at(one, "sig")
    named = value_at(only_at(found, "signatures"), "keyid")
    if named not in (None, "", value_at(dict(bundle), "verificationMaterial", "publicKey", "hint")):
        raise MalformedRecordError("the envelope names another key than the bundle", reason="malformed")
    return text_at(found, "payloadType"), bytes_at(found, "payload"), signature


def verify_entry(bundle: Mapping[str, Json], trust: TrustMaterial, stamps: Sequence[datetime] = ()) -> Entry:
    """The one entry, after proof, checkpoint and promise; VerificationError (reason log-entry) when one fails.

    `stamps` are verified times of the signature: they say when, where the log has promised no time.
    """
    entry = _entry(bundle)
    body = bytes_at(entry, "canonicalizedBody")
    promise = value_at(entry, "inclusionPromise", "signedEntryTimestamp")
    moment = datetime.fromtimestamp(number_at(entry, "integratedTime"), UTC) if promise is not None else None
    key = _log_key(trust, bytes_at(entry, "logId", "keyId"), [moment] if moment else stamps)
    if promise is not None and not key(
        bytes_at(entry, "inclusionPromise", "signedEntryTimestamp"), _signed_promise(entry)
    ):
        raise _wrong("the log's promise does not hold")
    _check_inclusion(entry, body, key, alone=version(bundle) == 1 and promise is not None)
    logged = read_object(body, LIMITS)
    if (logged.get("kind"), logged.get("apiVersion")) != kind(bundle):
        raise _wrong("the entry is of another kind than the bundle says")
    return Entry(logged, moment)


def _signed_promise(entry: Json) -> bytes:
    signed: dict[str, Json] = {
        "body": base64.b64encode(bytes_at(entry, "canonicalizedBody")).decode(),
        "integratedTime": number_at(entry, "integratedTime"),
        "logID": bytes_at(entry, "logId", "keyId").hex(),
        "logIndex": number_at(entry, "logIndex"),
    }
    return canonical_bytes(signed)


def _check_inclusion(entry: Json, body: bytes, key: Callable[[bytes, bytes], bool], *, alone: bool) -> None:
    """Proof and checkpoint. `alone`: the promise counts without them; what is there has to hold all the same."""
    if value_at(entry, "inclusionProof") is None:
        if not alone:
            raise _wrong("the entry has no inclusion proof")
        return
    top = _root_hash(body, object_at(entry, "inclusionProof"))
    note = value_at(entry, "inclusionProof", "checkpoint", "envelope")
    if not alone or note is not None:
        text = text_at(entry, "inclusionProof", "checkpoint", "envelope")
        _check_checkpoint(
            text, top, number_at(entry, "inclusionProof", "treeSize"), bytes_at(entry, "logId", "keyId"), key
        )


def _log_key(trust: TrustMaterial, log_id: bytes, moments: Sequence[datetime]) -> Callable[[bytes, bytes], bool]:
    from supplytrust.records.keys import VerificationKey

    for log in trust.logs:
        if log_id in log.names:
            if not moments or not all(log.term.covers(at) for at in moments):
                raise _wrong("the log's key was not in use at that time")
            return VerificationKey(log.spki).verifies
    raise VerificationError("the log is not in the trust root", reason="unknown-log")


def _root_hash(body: bytes, proof: Json) -> bytes:
    """Root of the tree from one leaf and its audit path (RFC 6962, 2.1.1; RFC 9162, 2.1.3.2)."""
    index, size, hashes = number_at(proof, "logIndex"), number_at(proof, "treeSize"), value_at(proof, "hashes") or []
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


def _check_checkpoint(
    text: str, top: bytes, size: int, log_id: bytes, verifies: Callable[[bytes, bytes], bool]
) -> None:
    """A signed note: origin, size and root hash, an empty line, and signature lines of which one is the log's."""
    note, between, lines = text.partition("\n\n")
    signed, parts = f"{note}\n".encode(), note.split("\n")
    if not between or len(parts) < 3 or not parts[0] or parts[1] != str(size) or read_base64(parts[2]) != top:
        raise _wrong("the checkpoint is of another tree")
    for line in lines.splitlines():
        mark, _, rest = line.partition(" ")
        name, _, text_of = rest.rpartition(" ")
        raw = read_base64(text_of) if mark == "\u2014" else b""
        is_log = raw[:4] == log_id[:4] and name == parts[0].partition(" - ")[0]
        if is_log and verifies(raw[4:], signed):
            return
    raise _wrong("the checkpoint is not signed by the log")


def check_binding(entry: Entry, of: SignedParts) -> None:
    """Whether what was logged is exactly this signature, by this signer. VerificationError (reason log-entry)."""
    spec = object_at(entry.body, "spec")
    check = _BINDINGS.get((text_at(entry.body, "kind"), text_at(entry.body, "apiVersion")))
    if check is None:
        raise VerificationError("log entries of this kind are not read here", reason="entry-kind")
    if not check(spec, of):
        raise _wrong("the log entry is of another signature than the bundle's")


def _binds_intoto(spec: Mapping[str, Json], of: SignedParts) -> bool:
    """`intoto` 0.0.2: the logged envelope has the signature in base64 twice, and no payload."""
    content = object_at(dict(spec), "content")
    logged = only_at(content, "envelope", "signatures")
    return (
        text_at(content, "payloadHash", "algorithm") == "sha256"
        and text_at(content, "payloadHash", "value") == hashlib.sha256(of.payload).hexdigest()
        and text_at(content, "envelope", "payloadType") == of.payload_type
        and bytes_at(logged, "sig") == base64.b64encode(of.signature)
        and _signer(bytes_at(logged, "publicKey")) == of.signer
    )


def _binds_dsse(spec: Mapping[str, Json], of: SignedParts) -> bool:
    logged = only_at(dict(spec), "signatures")
    return (
        text_at(dict(spec), "payloadHash", "algorithm") == "sha256"
        and text_at(dict(spec), "payloadHash", "value") == hashlib.sha256(of.payload).hexdigest()
        and bytes_at(logged, "signature") == of.signature
        and _signer(bytes_at(logged, "verifier")) == of.signer
    )


def _binds_hashedrekord(spec: Mapping[str, Json], of: SignedParts) -> bool:
    found = dict(spec)
    return (
        not of.payload_type
        and text_at(found, "data", "hash", "algorithm") == "sha256"
        and text_at(found, "data", "hash", "value") == of.sha256
        and bytes_at(found, "signature", "content") == of.signature
        and _signer(bytes_at(found, "signature", "publicKey", "content")) == of.signer
    )


_BINDINGS: dict[tuple[str, str], Callable[[Mapping[str, Json], SignedParts], bool]] = {
    ("intoto", "0.0.2"): _binds_intoto,
    ("dsse", "0.0.1"): _binds_dsse,
    ("hashedrekord", "0.0.1"): _binds_hashedrekord,
}


def _signer(pem: bytes) -> bytes:
    """A certificate or a public key, PEM to DER; ValueError when it is neither."""
    from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key
    from cryptography.x509 import load_pem_x509_certificate

    if pem.lstrip().startswith(b"-----BEGIN CERTIFICATE"):
        return load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    return spki_of(load_pem_public_key(pem))


def spki_of(key: PublicKeyTypes) -> bytes:
    """A public key as DER SubjectPublicKeyInfo."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _entry(bundle: Mapping[str, Json]) -> Json:
    return only_at(dict(bundle), "verificationMaterial", "tlogEntries")


def _wrong(text: str) -> VerificationError:
    return VerificationError(text, reason="log-entry")
