"""Verify one sigstore bundle offline under a pinned root: the one place that says whether a signature counts.

    bundle = read(data)                                # strictly; nothing is verified yet
    proof = verify(bundle, sha256, expected, root)     # or VerificationError / MalformedRecordError with its reason

`judge.judge_bundle` asks it what an attestation proves about a file, the public conformance set about any bytes.

What is wrong is looked for from the outside in, so that a bundle of unknown origin is told from one that is shown to be
wrong: known entry kind, log and authority first, then signature and time, then everything else. Bundles with a
certificate and an inclusion proof go through sigstore's own verifier. What that one does not read is verified by
`log_entry` and `certificates`: managed keys, entries of kind intoto 0.0.2, and bundles of version 0.1 without a proof.
Reference: https://docs.sigstore.dev/about/bundle/.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from supplytrust.errors import MalformedRecordError, SupplytrustError, VerificationError
from supplytrust.evidence.attestations import certificates, log_entry
from supplytrust.evidence.attestations import verdict as reasons
from supplytrust.evidence.attestations.json_places import bytes_at, list_at, number_at, only_at, value_at
from supplytrust.evidence.attestations.log_entry import SignedParts
from supplytrust.evidence.attestations.registry_keys import RegistryKey
from supplytrust.evidence.attestations.root import material, trust_material
from supplytrust.evidence.attestations.verdict import Identity, identity_of
from supplytrust.formats.json_reader import MIB, Json, Limits, read_base64, read_object
from supplytrust.records.envelope import pae
from supplytrust.records.keys import VerificationKey, key_of, read_key

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

NAMES = {
    "bundle": frozenset({"mediaType", "verificationMaterial", "dsseEnvelope", "messageSignature"}),
    "material": frozenset(
        {"certificate", "x509CertificateChain", "publicKey", "tlogEntries", "timestampVerificationData"}
    ),
    "stamps": frozenset({"rfc3161Timestamps"}),
    "entry": frozenset(
        {
            "logIndex",
            "logId",
            "kindVersion",
            "integratedTime",
            "inclusionPromise",
            "inclusionProof",
            "canonicalizedBody",
        }
    ),
    "proof": frozenset({"logIndex", "rootHash", "treeSize", "hashes", "checkpoint"}),
    "checkpoint": frozenset({"envelope"}),
    "promise": frozenset({"signedEntryTimestamp"}),
}

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
    certificate names an issuer (who that is, is compared afterwards). `keys` are a registry's: one of them may have
    signed in its term, under the name that the bundle hints at."""

    identity: str = ""
    issuer: str = ""
    key: bytes = b""
    keys: tuple[RegistryKey, ...] = ()


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
    stamps: tuple[bytes, ...]
    proven: bool  # an inclusion proof is there
    hint: str = ""  # which key signed, where there is no certificate


@dataclass(frozen=True, slots=True)
class Proof:
    """What was verified: the payload ('' and empty when bytes were signed), who signed, and when.

    `identity` is None when a key signed; `key` is its name among the registry's, else its fingerprint.
    """

    payload_type: str
    payload: bytes
    identity: Identity | None
    signed_at: datetime | None
    key: str = ""


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
    _require_known_names(document, entry)
    _require_canonical_base64(entry)
    keyed = value_at(document, "verificationMaterial", "publicKey") is not None
    hint = value_at(document, "verificationMaterial", "publicKey", "hint")
    stamps = list_at(document, "verificationMaterial", "timestampVerificationData", "rfc3161Timestamps")
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
        tuple(bytes_at(one, "signedTimestamp") for one in stamps),
        proven=value_at(entry, "inclusionProof") is not None,
        hint=hint if isinstance(hint, str) else "",
    )


def _require_known_names(document: dict[str, Json], entry: Json) -> None:
    """Names that no version of the form has: what is not read could be what another reader goes by."""
    places: tuple[tuple[Json, frozenset[str]], ...] = (
        (document, NAMES["bundle"]),
        (value_at(document, "verificationMaterial"), NAMES["material"]),
        (value_at(document, "verificationMaterial", "timestampVerificationData"), NAMES["stamps"]),
        (entry, NAMES["entry"]),
        (value_at(entry, "inclusionProof"), NAMES["proof"]),
        (value_at(entry, "inclusionProof", "checkpoint"), NAMES["checkpoint"]),
        (value_at(entry, "inclusionPromise"), NAMES["promise"]),
    )
    for value, names in places:
        if not isinstance(value, dict | None) or (value and not value.keys() <= names):
            raise MalformedRecordError("the bundle has a part that is not known", reason=reasons.MALFORMED)


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
        by_sigstore = bundle.proven and bundle.kind != INTOTO
        return (_by_sigstore if by_sigstore else _by_own_reader)(bundle, sha256, _Policy(expected), root)
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
    """Signed with a managed key or a registry's. VerificationError also when the signer is not one of the expected."""
    if bundle.certificate is not None:
        raise VerificationError("signed with a certificate, and a key is expected", reason=reasons.ENTRY_KIND)
    if not expected.key and not expected.keys:
        reason = reasons.IDENTITY if expected.identity else reasons.UNPINNED_KEY
        raise VerificationError("signed with a key, and no key is expected", reason=reason)
    listed = next((one for one in expected.keys if one.name == bundle.hint and one.fits(bundle.payload_type)), None)
    if not expected.key and listed is None:
        text = f"signed with a key that is not pinned: {bundle.hint[:80]}"
        raise VerificationError(text, reason=reasons.UNPINNED_KEY)
    key = read_key(expected.key) if listed is None else listed.key
    parts = _signed_parts(bundle, sha256, key.spki)
    _require_signature(bundle, parts, key)
    moments, entry = _verify_times(bundle, parts, root)
    if listed is not None and not all(listed.term.covers(at) for at in moments):
        raise VerificationError("the registry's key was not in use at that time", reason=reasons.TIME)
    signed_at = entry.at or max(moments)
    return Proof(bundle.payload_type, bundle.payload, None, signed_at, listed.name if listed else key.fingerprint)


def _by_own_reader(bundle: SignedBundle, sha256: str, policy: _Policy, root: bytes) -> Proof:
    """Signed with a certificate, and logged in a way that sigstore's verifier does not take."""
    from cryptography.hazmat.primitives.serialization import Encoding

    leaf = bundle.certificate
    if leaf is None:
        raise MalformedRecordError("the bundle has no certificate", reason=reasons.MALFORMED)
    parts = _signed_parts(bundle, sha256, leaf.public_bytes(Encoding.DER))
    _require_signature(bundle, parts, key_of(leaf.public_key()))
    _require_known_chain(bundle, root)
    moments, entry = _verify_times(bundle, parts, root)
    if not all(leaf.not_valid_before_utc <= at <= leaf.not_valid_after_utc for at in moments):
        raise VerificationError("signed outside the time of the certificate", reason=reasons.TIME)
    certificates.check_certificate(leaf, trust_material(root), moments)
    policy.verify(leaf)
    return Proof(bundle.payload_type, bundle.payload, identity_of(leaf), entry.at or max(moments))


def _require_known_chain(bundle: SignedBundle, root: bytes) -> None:
    """Certificates beside the leaf are the trust root's own: others prove nothing and look as if they did."""
    from cryptography.hazmat.primitives.serialization import Encoding

    listed = list_at(bundle.document, "verificationMaterial", "x509CertificateChain", "certificates")[1:]
    trust = trust_material(root)
    known = {one.public_bytes(Encoding.DER) for authority in trust.authorities for one in authority.chain}
    if not all(bytes_at(one, "rawBytes") in known for one in listed):
        raise VerificationError("a certificate beside the signer's is not in the trust root", reason=reasons.AUTHORITY)


def _signed_parts(bundle: SignedBundle, sha256: str, signer: bytes) -> SignedParts:
    """What the bundle itself signs. VerificationError when that is another digest than the one asked about."""
    if bundle.payload_type:
        _, _, signature = log_entry.envelope(bundle.document)
    else:
        signature = bytes_at(bundle.document, "messageSignature", "signature")
        stated = value_at(bundle.document, "messageSignature", "messageDigest", "digest")
        if (
            stated is not None
            and bytes_at(bundle.document, "messageSignature", "messageDigest", "digest").hex() != sha256
        ):
            raise VerificationError("the bundle is about another digest", reason=reasons.SUBJECT)
    return SignedParts(bundle.payload_type, bundle.payload, sha256, signature, signer)


def _require_signature(bundle: SignedBundle, parts: SignedParts, key: VerificationKey) -> None:
    if parts.payload_type:
        holds = key.verifies(parts.signature, pae(bundle.payload_type, bundle.payload))
    else:
        holds = key.verifies_digest(parts.signature, bytes.fromhex(parts.sha256))
    if not holds:
        raise VerificationError("the signature is not by this key over these bytes", reason=reasons.SIGNATURE)


def _verify_times(bundle: SignedBundle, parts: SignedParts, root: bytes) -> tuple[list[datetime], log_entry.Entry]:
    """All verified times of the signature, and the entry that is bound to it. VerificationError when there is none."""
    trust = trust_material(root)
    stamps = certificates.verified_stamps(bundle.stamps, parts.signature, trust)
    if bundle.integrated is None and not stamps:
        raise VerificationError("neither a promise of the log nor a time-stamp", reason=reasons.NO_TIME)
    entry = log_entry.verify_entry(bundle.document, trust, stamps)
    log_entry.check_binding(entry, parts)
    return [*stamps, *([entry.at] if entry.at else [])], entry


def _require_known_origin(bundle: SignedBundle, certificate: Certificate, root: bytes) -> None:
    """Origins that the pinned root does not know: nothing can be said about them."""
    trust = trust_material(root)
    if bundle.kind not in KINDS:
        text = f"log entries of kind {'/'.join(bundle.kind)[:40]} are not verified"
        raise VerificationError(text, reason=reasons.ENTRY_KIND)
    if not any(bundle.log_id in log.names for log in trust.logs):
        text = f"log {bundle.log_id.hex()[:16]} is not in the trust root"
        raise VerificationError(text, reason=reasons.UNKNOWN_LOG)
    if not any(_issued_by_root(certificate, issuer) for one in trust.authorities for issuer in one.chain):
        raise VerificationError("no authority of the trust root issued the certificate", reason=reasons.AUTHORITY)
    if bundle.integrated is None and not bundle.stamps:
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


def _latest_timestamp(parsed: Bundle) -> datetime | None:
    """The latest of the time-stamps; all that count were verified, and a later one claims less."""
    stamps = parsed.verification_material.timestamp_verification_data
    return max((s.tst_info.gen_time for s in stamps.rfc3161_timestamps), default=None) if stamps else None


def _log_time(entry: Json) -> datetime | None:
    """The log's own time, which counts only with the promise that binds it."""
    said = value_at(entry, "integratedTime")
    if said is None or said == "0" or value_at(entry, "inclusionPromise", "signedEntryTimestamp") is None:
        return None
    return datetime.fromtimestamp(number_at(entry, "integratedTime"), UTC)
