"""Public keys that verify: Ed25519 (RFC 8032), ECDSA over P-256 with SHA-256 and P-384 with SHA-384 (FIPS 186-5).

A key is what its SubjectPublicKeyInfo says and is known by the SHA-256 of it; the names that envelopes
give to keys are hints. Who owns a key, and how its signatures are spelled, is configuration, never data.
"""

from __future__ import annotations

import enum
import functools
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

from supplytrust.errors import VerificationError

PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey
HASH_OF_CURVE: dict[str, hashes.HashAlgorithm] = {"secp256r1": hashes.SHA256(), "secp384r1": hashes.SHA384()}


class SignatureForm(enum.StrEnum):
    """How an ECDSA signature is spelled: an ASN.1 sequence, or r and s side by side (IEEE P1363)."""

    DER = "der"
    P1363 = "p1363"


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key (DER SubjectPublicKeyInfo) with the principal that owns it, '' when nobody is named."""

    spki: bytes
    owner: str = ""
    form: SignatureForm = SignatureForm.DER

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the SubjectPublicKeyInfo in hex: what tells keys apart."""
        return hashlib.sha256(self.spki).hexdigest()

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether this key made this signature of this message."""
        key = _load(self.spki)
        try:
            if isinstance(key, ed25519.Ed25519PublicKey):
                key.verify(signature, message)
            else:
                spelled = signature if self.form is SignatureForm.DER else _der(signature, key)
                key.verify(spelled, message, ec.ECDSA(HASH_OF_CURVE[key.curve.name]))
        except (InvalidSignature, ValueError):
            return False
        return True

    def verifies_digest(self, signature: bytes, sha256: bytes) -> bool:
        """Whether this key made this signature of the message with this digest; never for keys that hash otherwise."""
        key = _load(self.spki)
        if not isinstance(key, ec.EllipticCurvePublicKey) or self.form is not SignatureForm.DER:
            return False
        try:
            key.verify(signature, sha256, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
        except (InvalidSignature, ValueError):
            return False
        return True


def read_key(data: bytes, owner: str = "", form: SignatureForm = SignatureForm.DER) -> VerificationKey:
    """A key from PEM or DER SubjectPublicKeyInfo. VerificationError (reason key) for anything else."""
    try:
        pem = data.lstrip().startswith(b"-----BEGIN")
        key = serialization.load_pem_public_key(data) if pem else serialization.load_der_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _unusable("these bytes are no public key") from None
    return key_of(key, owner, form)


def key_of(key: object, owner: str = "", form: SignatureForm = SignatureForm.DER) -> VerificationKey:
    """A key object of `cryptography` as a verification key; VerificationError for other algorithms."""
    if not isinstance(key, ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey):
        raise _unusable("the key is neither Ed25519 nor ECDSA")
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name not in HASH_OF_CURVE:
        raise _unusable("the curve is neither P-256 nor P-384")
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return VerificationKey(spki, owner, form)


def _unusable(text: str) -> VerificationError:
    hint = "a PEM file with a public key, as `supplytrust keys new` writes it"
    return VerificationError(text, reason="key", hint=hint)


@functools.lru_cache(maxsize=256)
def _load(spki: bytes) -> PublicKey:
    key = serialization.load_der_public_key(spki)
    if not isinstance(key, ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey):
        raise _unusable("the key is neither Ed25519 nor ECDSA")
    return key


def _der(signature: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    width = (key.curve.key_size + 7) // 8
    if len(signature) != 2 * width:
        raise ValueError("not two numbers of this curve")
    r, s = (int.from_bytes(half, "big") for half in (signature[:width], signature[width:]))
    return utils.encode_dss_signature(r, s)
