"""Verify a sigstore bundle over any bytes by identity or by key: what the public conformance set asks for.

sigstore's verifier does the work where it can; entries it does not know (`intoto` 0.0.2) and bundles of managed keys
are read by `log_entry`. Unlike `bundle.judge` this says nothing about a package: it answers yes, or why not.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplytrust.attestations import log_entry
from supplytrust.attestations.identity import identity_of
from supplytrust.attestations.root import material
from supplytrust.attestations.statement import PAYLOAD_TYPE
from supplytrust.errors import MalformedRecordError, SupplytrustError, VerificationError
from supplytrust.records.envelope import pae
from supplytrust.records.keys import key_of
from supplytrust.records.strict import MIB, Json, Limits, read_object

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

LIMITS = Limits(size=MIB)


@dataclass(frozen=True, slots=True)
class Expected:
    """Who must have signed: an identity with its issuer, or the holder of a PEM public key."""

    identity: str = ""
    issuer: str = ""
    key: bytes = b""


def verify_blob(data: bytes, sha256: str, expected: Expected, root: bytes) -> None:
    """Return when the bundle proves that the expected signer signed this digest (hex).

    Raises VerificationError or MalformedRecordError, whatever the libraries below raise.
    """
    try:
        bundle = read_object(data, LIMITS)
        if expected.key:
            log_entry.verify_keyed(bundle, sha256, expected.key, root)
        elif "publicKey" in _material(bundle):
            raise VerificationError("signed with a key, and no key is expected", reason="keys")
        else:
            _by_identity(bundle, data, sha256, expected, root)
    except SupplytrustError:
        raise
    except Exception as error:
        text = " ".join(str(error).split())[:200]
        raise VerificationError(f"{type(error).__name__}: {text}", reason=_reason(error, text)) from error


_REASONS = (
    ("invalid log entry", "log-entry"),
    ("log entry", "log-entry"),
    ("transparency log entry", "log-entry"),
    ("not enough sources of verified time", "no-trusted-time"),
    ("invalid signing cert", "time"),
    ("failed to verify SCT", "certificate-log"),
    ("DSSE: invalid signature", "signature"),
    ("Signature is invalid", "signature"),
    ("Bundle message digest mismatch", "other-subject"),
)


def _reason(error: Exception, text: str) -> str:
    """A code for a refusal of sigstore's verifier, as far as its text or type tells; `refused` otherwise."""
    kinds = {"InvalidBundle": "malformed", "CertValidationError": "certificate"}
    told = next((reason for begin, reason in _REASONS if text.startswith(begin)), "refused")
    return kinds.get(type(error).__name__, told)


def _material(bundle: dict[str, Json]) -> dict[str, Json]:
    found = bundle.get("verificationMaterial")
    if not isinstance(found, dict):
        raise MalformedRecordError("the bundle has no verification material", reason="malformed")
    return found


@dataclass(frozen=True, slots=True)
class _Policy:
    expected: Expected

    def verify(self, cert: Certificate) -> None:
        """Issuer and name, both exactly."""
        seen = identity_of(cert)
        if not self.expected.issuer or seen.issuer != self.expected.issuer or seen.identity != self.expected.identity:
            raise VerificationError(f"signed by {seen.identity[:100]}", reason="identity")


def _by_identity(bundle: dict[str, Json], data: bytes, sha256: str, expected: Expected, root: bytes) -> None:
    from sigstore.hashes import Hashed
    from sigstore.models import Bundle
    from sigstore_models.common import v1 as common

    _, verifier = material(root)
    if "dsseEnvelope" not in bundle:
        hashed = Hashed(algorithm=common.HashAlgorithm.SHA2_256, digest=bytes.fromhex(sha256))
        verifier.verify_artifact(hashed, Bundle.from_json(data), _Policy(expected))
        return
    if log_entry.kind(bundle) == ("intoto", "0.0.2"):
        payload_type, payload = _older(bundle, _Policy(expected), root)
    else:
        payload_type, payload = verifier.verify_dsse(Bundle.from_json(data), _Policy(expected))
    subjects = read_object(payload, LIMITS).get("subject") if payload_type == PAYLOAD_TYPE else None
    if not any(_names(one, sha256) for one in (subjects if isinstance(subjects, list) else [])):
        raise VerificationError("the statement is about something else", reason="other-subject")


def _names(subject: Json, sha256: str) -> bool:
    digest = subject.get("digest") if isinstance(subject, dict) else None
    return isinstance(digest, dict) and digest.get("sha256") == sha256


def _older(bundle: dict[str, Json], policy: _Policy, root: bytes) -> tuple[str, bytes]:
    """An envelope logged as intoto 0.0.2, which sigstore's verifier does not take.

    Entry and signature are read by us; certificate chain, its promise (SCT), time-stamp and proof are verified by
    sigstore over the bundle without the log's promise, because it refuses the promised time of this kind. A bundle
    without time-stamp is therefore refused. The method used is not public: if it goes, nothing passes.
    """
    from cryptography.x509 import load_der_x509_certificate
    from sigstore.models import Bundle

    der = log_entry.certificate(bundle)
    entry, leaf = log_entry.check_intoto(bundle, der, root), load_der_x509_certificate(der)
    if not leaf.not_valid_before_utc <= entry.at <= leaf.not_valid_after_utc:
        raise VerificationError("the log entry is not of the time of the certificate", reason="time")
    payload_type, payload, signature = log_entry.envelope(bundle)
    if not key_of(leaf.public_key()).verifies(signature, pae(payload_type, payload)):
        raise VerificationError("the signature does not fit payload and certificate", reason="signature")
    _, verifier = material(root)
    stamped = Bundle.from_json(json.dumps(_without_promise(bundle)))
    if stamped.signing_certificate != leaf:
        raise VerificationError("two readers see two certificates", reason="malformed")
    verifier._verify_common_signing_cert(stamped, policy)  # noqa: SLF001
    return payload_type, payload


def _without_promise(bundle: dict[str, Json]) -> dict[str, Json]:
    found = _material(bundle)
    entries = found.get("tlogEntries")
    dropped = ("inclusionPromise", "integratedTime")
    kept: list[Json] = [
        {name: value for name, value in one.items() if name not in dropped}
        for one in (entries if isinstance(entries, list) else [])
        if isinstance(one, dict)
    ]
    return {**bundle, "verificationMaterial": {**found, "tlogEntries": kept}}
