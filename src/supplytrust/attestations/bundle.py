"""Verify one sigstore bundle about one file, offline (https://docs.sigstore.dev/about/bundle/).

What is wrong is looked for from the outside in, so that an attestation of unknown origin is told from one that is
shown to be wrong: known authority, log and entry kind first, then signature and time, then everything else by
sigstore's own verifier under the pinned root. Whatever it raises, the attestation is not accepted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from supplytrust.attestations import verdict as reasons
from supplytrust.attestations.identity import identity_of
from supplytrust.attestations.root import Root, material
from supplytrust.attestations.statement import (
    PAYLOAD_TYPE,
    Statement,
    known_predicate,
    read_statement,
    same_file,
)
from supplytrust.attestations.verdict import Unverified, Verdict, Verified
from supplytrust.errors import MalformedError, MalformedRecordError
from supplytrust.records.envelope import pae
from supplytrust.records.strict import MIB, Json, Limits, read_base64, read_object

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from sigstore.models import Bundle

LIMITS = Limits(size=MIB)
KINDS = frozenset({("dsse", "0.0.1"), ("hashedrekord", "0.0.2")})


@dataclass(frozen=True, slots=True)
class _Parts:
    payload: bytes
    payload_type: str
    signature: bytes
    certificate: Certificate
    log_id: bytes
    kind: tuple[str, str]
    integrated: datetime | None
    stamped: bool


class _IssuerRequired:
    """The policy handed to sigstore: an identity with an issuer. Whose it is, is compared after."""

    def verify(self, cert: Certificate) -> None:
        """An identity without issuer is none (MalformedRecordError)."""
        identity_of(cert)


def judge(data: bytes, file_name: str, sha256: str, root: Root, now: datetime) -> Verdict:
    """What a bundle proves about the file with this name and digest. Never raises for what the bundle holds."""
    if root.stale(now):
        return Unverified(reasons.STALE_ROOT, f"the trust root is of {root.taken:%Y-%m-%d}")
    try:
        parts = _parts(read_object(data, LIMITS))
        statement = _about(parts, file_name, sha256)
        return _foreign(parts, root) or _wrong(parts) or _verified(data, parts, statement, root)
    except MalformedRecordError as error:
        known = error.reason in {reasons.STATEMENT, reasons.SUBJECT, reasons.IDENTITY, reasons.ENTRY_KIND}
        return Unverified(error.reason if known else reasons.MALFORMED, error.message)
    except MalformedError as error:
        return Unverified(reasons.REFUSED, error.message)
    except Exception as error:  # noqa: BLE001 - libraries leak many kinds; none of them may become a pass
        return Unverified(reasons.MALFORMED, f"cannot be read ({type(error).__name__})")


def _about(parts: _Parts, file_name: str, sha256: str) -> Statement:
    """The statement, if it is about this file. Its signature is not verified yet."""
    if parts.payload_type != PAYLOAD_TYPE:
        raise MalformedRecordError("the payload is no in-toto statement", reason=reasons.STATEMENT)
    statement = read_statement(parts.payload)
    if statement.sha256 != sha256:
        raise MalformedRecordError("the statement is about another digest", reason=reasons.SUBJECT)
    if not same_file(statement.name, file_name):
        raise MalformedRecordError("the statement is about another file name", reason=reasons.SUBJECT)
    if not known_predicate(statement.predicate_type):
        raise MalformedRecordError("the predicate is of a type that is not known", reason=reasons.STATEMENT)
    return statement


def _foreign(parts: _Parts, root: Root) -> Unverified | None:
    """Origins that the pinned root does not know: nothing can be said about them."""
    trusted, _ = material(root.data)
    if parts.kind not in KINDS:
        return Unverified(reasons.ENTRY_KIND, f"log entries of kind {'/'.join(parts.kind)[:40]} are not verified")
    if parts.log_id not in _logs(root.data):
        return Unverified(reasons.UNKNOWN_LOG, f"log {parts.log_id.hex()[:16]} is not in the trust root")
    if not any(_issued(parts.certificate, authority) for authority in trusted.get_fulcio_certs()):
        return Unverified(reasons.AUTHORITY, "no authority of the trust root issued the certificate")
    if parts.integrated is None and not parts.stamped:
        return Unverified(reasons.NO_TIME, "neither a promise of the log nor a time-stamp")
    return None


def _issued(certificate: Certificate, authority: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _wrong(parts: _Parts) -> Unverified | None:
    """Broken relations between the parts of an attestation of known origin."""
    if not _signed(parts):
        return Unverified(reasons.SIGNATURE, "the signature does not fit payload and certificate")
    begin, end = parts.certificate.not_valid_before_utc, parts.certificate.not_valid_after_utc
    if parts.integrated is not None and not begin <= parts.integrated <= end:
        return Unverified(reasons.TIME, "the log entry is not of the time of the certificate")
    return None


def _signed(parts: _Parts) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    key = parts.certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise MalformedRecordError("the certificate's key is not of an elliptic curve", reason=reasons.MALFORMED)
    try:
        key.verify(parts.signature, pae(parts.payload_type, parts.payload), ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _verified(data: bytes, parts: _Parts, statement: Statement, root: Root) -> Verdict:
    from sigstore.errors import VerificationError
    from sigstore.models import Bundle

    _, verifier = material(root.data)
    identity = identity_of(parts.certificate)
    try:
        bundle = Bundle.from_json(data)
        kind, payload = verifier.verify_dsse(bundle, _IssuerRequired())
    except VerificationError as error:
        return _refused(str(error))
    if kind != parts.payload_type or payload != parts.payload:
        return Unverified(reasons.MALFORMED, "two readers see two payloads")
    if statement.commit and identity.commit and statement.commit != identity.commit:
        return Unverified(reasons.COMMIT, "statement and certificate name different commits")
    signed_at = parts.integrated or _stamped(bundle)
    if signed_at is None:
        return Unverified(reasons.NO_TIME, "no verified time of signing")
    return Verified(statement, identity, signed_at)


def _refused(text: str) -> Unverified:
    """Reason of a refusal by sigstore, whose one error type tells them apart by text only.

    An unknown text is a refusal without reason: not accepted, and not held against the file either.
    """
    if text.startswith(("invalid log entry", "log entry ")):
        return Unverified(reasons.LOG_ENTRY, "the log entry does not hold")
    if text.startswith("not enough sources of verified time"):
        return Unverified(reasons.NO_TIME, "no verified time of signing")
    return Unverified(reasons.REFUSED, "the certificate or its promise does not hold under the trust root")


def _stamped(bundle: Bundle) -> datetime | None:
    """The latest of the time-stamps; all that count were verified, and a later one claims less."""
    stamps = bundle.verification_material.timestamp_verification_data
    return max((s.tst_info.gen_time for s in stamps.rfc3161_timestamps), default=None) if stamps else None


def _logs(root: bytes) -> frozenset[bytes]:
    document = read_object(root, LIMITS)
    named = [_at(log, name, "keyId") for log in _list(document.get("tlogs")) for name in ("logId", "checkpointKeyId")]
    return frozenset(read_base64(key) for key in named if isinstance(key, str))


def _parts(bundle: dict[str, Json]) -> _Parts:
    from cryptography.x509 import load_der_x509_certificate

    signature = _only(_at(bundle, "dsseEnvelope", "signatures"), "signature")
    entry = _only(_at(bundle, "verificationMaterial", "tlogEntries"), "log entry")
    leaf = _at(bundle, "verificationMaterial", "certificate", "rawBytes")
    chain = _list(_at(bundle, "verificationMaterial", "x509CertificateChain", "certificates"))
    der = leaf if leaf is not None else _at(chain[0] if chain else None, "rawBytes")
    return _Parts(
        _bytes(_at(bundle, "dsseEnvelope", "payload"), "payload"),
        _text(_at(bundle, "dsseEnvelope", "payloadType"), "payload type"),
        _bytes(_at(signature, "sig"), "signature"),
        load_der_x509_certificate(_bytes(der, "certificate")),
        _bytes(_at(entry, "logId", "keyId"), "log"),
        (_text(_at(entry, "kindVersion", "kind"), "kind"), _text(_at(entry, "kindVersion", "version"), "version")),
        _integrated(entry),
        bool(_list(_at(bundle, "verificationMaterial", "timestampVerificationData", "rfc3161Timestamps"))),
    )


def _integrated(entry: Json) -> datetime | None:
    """The log's own time, which counts only with the promise that binds it."""
    told = _at(entry, "integratedTime")
    if told is None or told == "0" or _at(entry, "inclusionPromise", "signedEntryTimestamp") is None:
        return None
    digits = _text(told, "integrated time")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 11):
        raise MalformedRecordError("the bundle's integrated time is no number", reason=reasons.MALFORMED)
    return datetime.fromtimestamp(int(digits), UTC)


def _at(value: Json, *names: str) -> Json:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _only(value: Json, what: str) -> Json:
    listed = _list(value)
    if len(listed) != 1:
        raise MalformedRecordError(f"the bundle has {len(listed)} of what it has one: {what}", reason=reasons.MALFORMED)
    return listed[0]


def _text(value: Json, what: str) -> str:
    if not isinstance(value, str):
        raise MalformedRecordError(f"the bundle's {what} is not text", reason=reasons.MALFORMED)
    return value


def _bytes(value: Json, what: str) -> bytes:
    return read_base64(_text(value, what))
