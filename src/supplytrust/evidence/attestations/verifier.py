"""Verify one sigstore bundle offline under a pinned root: the one place that says whether a signature counts.

    bundle = read(data)                                # strictly; nothing is verified yet
    proof = verify(bundle, sha256, expected, root)     # or VerificationError / MalformedRecordError with its reason

`bundle.judge` asks it what an attestation proves about a file, the public conformance set asks it about any bytes.

What is wrong is looked for from the outside in, so that a bundle of unknown origin is told from one that is shown to be
wrong: known entry kind, log and authority first, then signature and time, then everything else by sigstore's own
verifier. What that one does not read is read by `log_entry`: bundles of managed keys, and entries of kind intoto 0.0.2.
Reference: https://docs.sigstore.dev/about/bundle/.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from supplytrust.errors import MalformedError, MalformedRecordError, SupplytrustError, VerificationError
from supplytrust.evidence.attestations import log_entry
from supplytrust.evidence.attestations import verdict as reasons
from supplytrust.evidence.attestations.log_entry import bytes_at, only_at, text_at, value_at
from supplytrust.evidence.attestations.root import Root, material
from supplytrust.evidence.attestations.statement import PAYLOAD_TYPE, AttestedFile, Statement, read_statement
from supplytrust.evidence.attestations.verdict import (
    Identity,
    UnverifiedStatement,
    Verdict,
    VerifiedStatement,
    identity_of,
)
from supplytrust.formats.json_reader import MIB, Json, Limits, read_base64, read_object
from supplytrust.records.envelope import pae
from supplytrust.records.keys import key_of

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from sigstore.models import Bundle

LIMITS = Limits(size=MIB)
INTOTO = ("intoto", "0.0.2")
KINDS = frozenset({("dsse", "0.0.1"), ("dsse", "0.0.2"), ("hashedrekord", "0.0.1"), ("hashedrekord", "0.0.2"), INTOTO})
SAID_BY_SIGSTORE = (
    ("invalid log entry", reasons.LOG_ENTRY),
    ("log entry ", reasons.LOG_ENTRY),
    ("transparency log entry", reasons.LOG_ENTRY),
    ("not enough sources of verified time", reasons.NO_TIME),
    ("DSSE: invalid signature", reasons.SIGNATURE),
    ("Signature is invalid", reasons.SIGNATURE),
    ("Bundle message digest mismatch", reasons.SUBJECT),
)

_IN_WORDS = {
    reasons.MALFORMED: "the bundle cannot be read",
    reasons.LOG_ENTRY: "the log entry does not hold",
    reasons.NO_TIME: "no verified time of signing",
    reasons.SIGNATURE: "the signature does not hold",
    reasons.SUBJECT: "the bundle is about another digest",
    reasons.REFUSED: "the certificate or its promise does not hold under the trust root",
}


@dataclass(frozen=True, slots=True)
class ExpectedSigner:
    """Who must have signed: an identity with its issuer, the holder of a PEM public key, or, when empty, anybody whose
    certificate names an issuer (who that is, is compared afterwards)."""

    identity: str = ""
    issuer: str = ""
    key: bytes = b""


@dataclass(frozen=True, slots=True)
class SignedBundle:
    """The parts of a bundle as they stand in it. `payload_type` is '' when bytes are signed and no envelope;
    `certificate` is None when a managed key signed; `integrated` is the log's time if its promise is there."""

    data: bytes
    document: dict[str, Json]
    payload_type: str
    payload: bytes
    certificate: Certificate | None
    log_id: bytes
    kind: tuple[str, str]
    integrated: datetime | None
    stamped: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """What was verified: the payload ('' and empty when bytes were signed), who signed, and when."""

    payload_type: str
    payload: bytes
    identity: Identity | None
    signed_at: datetime | None


def read(data: bytes) -> SignedBundle:
    """The parts of a bundle with exactly one log entry. MalformedRecordError."""
    from cryptography.x509 import load_der_x509_certificate

    document = read_object(data, LIMITS)
    payload_type, payload = "", b""
    if "dsseEnvelope" in document:
        payload_type, payload, _ = log_entry.envelope(document)
        if not payload_type:
            raise MalformedRecordError("the payload is of no type", reason=reasons.MALFORMED)
    entry = only_at(document, "verificationMaterial", "tlogEntries")
    _require_canonical_base64(entry)
    keyed = value_at(document, "verificationMaterial", "publicKey") is not None
    stamps = value_at(document, "verificationMaterial", "timestampVerificationData", "rfc3161Timestamps")
    try:
        leaf = None if keyed else load_der_x509_certificate(log_entry.certificate(document))
    except ValueError:
        raise MalformedRecordError("the bundle's certificate cannot be read", reason=reasons.MALFORMED) from None
    return SignedBundle(
        data,
        document,
        payload_type,
        payload,
        leaf,
        bytes_at(entry, "logId", "keyId"),
        log_entry.kind(document),
        _log_time(entry),
        isinstance(stamps, list) and bool(stamps),
    )


def _require_canonical_base64(entry: Json) -> None:
    """What sigstore decodes leniently: two spellings of one proof would be two documents to two readers."""
    hashes = value_at(entry, "inclusionProof", "hashes")
    names = (("canonicalizedBody",), ("inclusionProof", "rootHash"), ("inclusionPromise", "signedEntryTimestamp"))
    texts = [value_at(entry, *path) for path in names] + (hashes if isinstance(hashes, list) else [])
    for text in texts:
        if isinstance(text, str):
            read_base64(text)


def verify(bundle: SignedBundle, sha256: str, expected: ExpectedSigner, root: bytes) -> Proof:
    """What a bundle proves about a digest (hex), which an envelope's payload has to be compared with by the caller.

    Raises VerificationError or MalformedRecordError with a reason of `verdict`, whatever the libraries below raise.
    """
    try:
        if bundle.certificate is None or expected.key:
            return _by_key(bundle, sha256, expected, root)
        _require_known_origin(bundle, bundle.certificate, root)
        _require_signature_in_time(bundle, bundle.certificate)
        policy = _Policy(expected)
        return _by_sigstore(bundle, sha256, policy, root) if bundle.kind != INTOTO else _older(bundle, policy, root)
    except SupplytrustError:
        raise
    except Exception as error:
        reason = reason_of(error)
        raise VerificationError(_IN_WORDS[reason], reason=reason) from error


def reason_of(error: Exception) -> str:
    """The code of a refusal by sigstore, which tells most of them apart by text only.

    An unknown text is a refusal without reason: not accepted, and not held against the file either.
    """
    if type(error).__name__ == "InvalidBundle":
        return reasons.MALFORMED
    text = str(error)
    return next((reason for begin, reason in SAID_BY_SIGSTORE if text.startswith(begin)), reasons.REFUSED)


@dataclass(frozen=True, slots=True)
class _Policy:
    """The policy handed to sigstore."""

    expected: ExpectedSigner

    def verify(self, cert: Certificate) -> None:
        """Issuer and name, both exactly, if they are expected; an identity without issuer is none."""
        seen = identity_of(cert)
        wanted = (self.expected.issuer, self.expected.identity)
        if wanted not in {("", ""), (seen.issuer, seen.identity)}:
            raise VerificationError(f"signed by {seen.identity[:100]}", reason=reasons.IDENTITY)


def _by_key(bundle: SignedBundle, sha256: str, expected: ExpectedSigner, root: bytes) -> Proof:
    if not expected.key:
        raise VerificationError("signed with a key, and no key is expected", reason=reasons.IDENTITY)
    entry = log_entry.verify_keyed(bundle.document, sha256, expected.key, root)
    return Proof(bundle.payload_type, bundle.payload, None, entry.at)


def _require_known_origin(bundle: SignedBundle, certificate: Certificate, root: bytes) -> None:
    """Origins that the pinned root does not know: nothing can be said about them."""
    trusted, _ = material(root)
    if bundle.kind not in KINDS:
        text = f"log entries of kind {'/'.join(bundle.kind)[:40]} are not verified"
        raise VerificationError(text, reason=reasons.ENTRY_KIND)
    if bundle.log_id not in _logs(root):
        text = f"log {bundle.log_id.hex()[:16]} is not in the trust root"
        raise VerificationError(text, reason=reasons.UNKNOWN_LOG)
    if not any(_issued_by_root(certificate, authority) for authority in trusted.get_fulcio_certs()):
        raise VerificationError("no authority of the trust root issued the certificate", reason=reasons.AUTHORITY)
    if bundle.integrated is None and not bundle.stamped:
        raise VerificationError("neither a promise of the log nor a time-stamp", reason=reasons.NO_TIME)


def _issued_by_root(certificate: Certificate, authority: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _require_signature_in_time(bundle: SignedBundle, certificate: Certificate) -> None:
    """Relations between the parts of a bundle of known origin; a signature over bytes is left to sigstore."""
    if bundle.payload_type:
        _, _, signature = log_entry.envelope(bundle.document)
        if not key_of(certificate.public_key()).verifies(signature, pae(bundle.payload_type, bundle.payload)):
            text = "the signature does not fit payload and certificate"
            raise VerificationError(text, reason=reasons.SIGNATURE)
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if bundle.integrated is not None and not begin <= bundle.integrated <= end:
        raise VerificationError("the log entry is not of the time of the certificate", reason=reasons.TIME)


def _by_sigstore(bundle: SignedBundle, sha256: str, policy: _Policy, root: bytes) -> Proof:
    from sigstore.hashes import Hashed
    from sigstore.models import Bundle
    from sigstore_models.common import v1 as common

    _, verifier = material(root)
    parsed = Bundle.from_json(bundle.data)
    if bundle.payload_type:
        kind, payload = verifier.verify_dsse(parsed, policy)
    else:
        hashed = Hashed(algorithm=common.HashAlgorithm.SHA2_256, digest=bytes.fromhex(sha256))
        verifier.verify_artifact(hashed, parsed, policy)
        kind, payload = "", b""
    return _proof(bundle, parsed, (kind, payload))


def _proof(bundle: SignedBundle, parsed: Bundle, seen: tuple[str, bytes]) -> Proof:
    """The same payload and certificate as ours, or two readers saw two bundles."""
    if seen != (bundle.payload_type, bundle.payload) or parsed.signing_certificate != bundle.certificate:
        raise MalformedRecordError("two readers see two bundles", reason=reasons.MALFORMED)
    signed_at = bundle.integrated or _latest_timestamp(parsed)
    if signed_at is None:
        raise VerificationError("no verified time of signing", reason=reasons.NO_TIME)
    return Proof(bundle.payload_type, bundle.payload, identity_of(parsed.signing_certificate), signed_at)


def _older(bundle: SignedBundle, policy: _Policy, root: bytes) -> Proof:
    """An envelope logged as intoto 0.0.2, which sigstore's verifier does not take.

    Its entry is read by us, its signature was verified before; certificate chain, its promise (SCT), time-stamp and
    proof are verified by sigstore over the bundle without the log's promise, because it refuses the promised time of
    this kind. The method used is not public: if it goes, nothing of this kind passes.
    """
    from cryptography.hazmat.primitives.serialization import Encoding
    from sigstore.models import Bundle

    if bundle.certificate is None:
        raise MalformedRecordError("the bundle has no certificate", reason=reasons.MALFORMED)
    entry = log_entry.check_intoto(bundle.document, bundle.certificate.public_bytes(Encoding.DER), root)
    if not bundle.certificate.not_valid_before_utc <= entry.at <= bundle.certificate.not_valid_after_utc:
        raise VerificationError("the log entry is not of the time of the certificate", reason=reasons.TIME)
    if not bundle.stamped:
        raise VerificationError("an entry of this kind counts with a time-stamp only", reason=reasons.NO_TIME)
    _, verifier = material(root)
    parsed = Bundle.from_json(json.dumps(_without_promise(bundle.document)))
    verifier._verify_common_signing_cert(parsed, policy)  # noqa: SLF001
    return _proof(bundle, parsed, (bundle.payload_type, bundle.payload))


def _without_promise(document: dict[str, Json]) -> dict[str, Json]:
    found, entry = document["verificationMaterial"], only_at(document, "verificationMaterial", "tlogEntries")
    dropped = ("inclusionPromise", "integratedTime")
    kept: list[Json] = [{n: v for n, v in entry.items() if n not in dropped} if isinstance(entry, dict) else entry]
    rest = found if isinstance(found, dict) else {}
    return {**document, "verificationMaterial": {**rest, "tlogEntries": kept}}


def _latest_timestamp(parsed: Bundle) -> datetime | None:
    """The latest of the time-stamps; all that count were verified, and a later one claims less."""
    stamps = parsed.verification_material.timestamp_verification_data
    return max((s.tst_info.gen_time for s in stamps.rfc3161_timestamps), default=None) if stamps else None


def _logs(root: bytes) -> frozenset[bytes]:
    listed = read_object(root, LIMITS).get("tlogs")
    logs = listed if isinstance(listed, list) else []
    named = [value_at(log, name, "keyId") for log in logs for name in ("logId", "checkpointKeyId")]
    return frozenset(read_base64(key) for key in named if isinstance(key, str))


def _log_time(entry: Json) -> datetime | None:
    """The log's own time, which counts only with the promise that binds it."""
    said = value_at(entry, "integratedTime")
    if said is None or said == "0" or value_at(entry, "inclusionPromise", "signedEntryTimestamp") is None:
        return None
    digits = text_at(entry, "integratedTime")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 11):
        raise MalformedRecordError("the bundle's integrated time is no number", reason=reasons.MALFORMED)
    return datetime.fromtimestamp(int(digits), UTC)


# What one sigstore bundle proves about one file: the policy of this program over `verifier`.
#
# Whether it is about this file at all is asked before anything is verified, so that what is signed about something else
# is not held against the file. Whatever is raised, the attestation is not accepted.


def judge_bundle(data: bytes, file: AttestedFile, root: Root, now: datetime) -> Verdict:
    """What a bundle proves about the file. Never raises for what the bundle holds."""
    if root.stale(now):
        return UnverifiedStatement(reasons.STALE_ROOT, f"the trust root is of {root.taken:%Y-%m-%d}")
    try:
        bundle = read(data)
        statement = _about(bundle, file)
        return _verdict(statement, verify(bundle, file.sha256, ExpectedSigner(), root.data))
    except (MalformedRecordError, VerificationError) as error:
        return UnverifiedStatement(error.reason if error.reason in reasons.ALL else reasons.MALFORMED, error.message)
    except MalformedError as error:
        return UnverifiedStatement(reasons.REFUSED, error.message)
    except Exception as error:  # noqa: BLE001 - libraries leak many kinds; none of them may become a pass
        return UnverifiedStatement(reasons.MALFORMED, f"cannot be read ({type(error).__name__})")


def _about(bundle: SignedBundle, file: AttestedFile) -> Statement:
    """The statement, if it is about this file. Its signature is not verified yet."""
    if bundle.payload_type != PAYLOAD_TYPE:
        raise MalformedRecordError("the payload is no in-toto statement", reason=reasons.STATEMENT)
    statement = read_statement(bundle.payload)
    if statement.sha256 != file.sha256:
        raise MalformedRecordError("the statement is about another digest", reason=reasons.SUBJECT)
    if statement.name != file.name and not file.same_name(statement.name, file.name):
        raise MalformedRecordError("the statement is about another file name", reason=reasons.SUBJECT)
    if not file.knows_predicate(statement.predicate_type):
        raise MalformedRecordError("the predicate is of a type that is not known", reason=reasons.STATEMENT)
    return statement


def _verdict(statement: Statement, proof: Proof) -> Verdict:
    if proof.identity is None or proof.signed_at is None:
        return UnverifiedStatement(reasons.IDENTITY, "no identity signed at a verified time")
    if statement.commit and proof.identity.commit and statement.commit != proof.identity.commit:
        return UnverifiedStatement(reasons.COMMIT, "statement and certificate name different commits")
    return VerifiedStatement(statement, proof.identity, proof.signed_at)
