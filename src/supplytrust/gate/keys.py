"""Public keys of the gate's policy: Ed25519, or ECDSA over P-256 with SHA-256 and P-384 with SHA-384."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

KeyTypes = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey
_HASHES: dict[str, hashes.HashAlgorithm] = {"secp256r1": hashes.SHA256(), "secp384r1": hashes.SHA384()}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """`fingerprint`: SHA-256 of SubjectPublicKeyInfo, what tells keys apart. `p1363`: r and s side by side."""

    fingerprint: str
    p1363: bool
    key: KeyTypes | None = field(repr=False)

    @property
    def algorithm(self) -> str:
        """Ed25519, ES256 or ES384 (RFC 8037, RFC 7518)."""
        if isinstance(self.key, ed25519.Ed25519PublicKey):
            return "EdDSA"
        if self.key is None:
            return "none"
        return "ES256" if self.key.curve.name == "secp256r1" else "ES384"

    def as_p1363(self) -> PublicKey:
        """The same key for formats that always put r and s side by side (RFC 7518, 3.4)."""
        return PublicKey(self.fingerprint, p1363=True, key=self.key)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether the signature is of this key over this message."""
        try:
            if isinstance(self.key, ed25519.Ed25519PublicKey):
                self.key.verify(signature, message)
            elif self.key is not None:
                self._ecdsa(self.key, signature, message)
        except (InvalidSignature, ValueError):
            return False
        return self.key is not None

    def _ecdsa(self, key: ec.EllipticCurvePublicKey, signature: bytes, message: bytes) -> None:
        if self.p1363:
            signature = _der(signature, (key.curve.key_size + 7) // 8)
        key.verify(signature, message, ec.ECDSA(_HASHES[key.curve.name]))


def _der(signature: bytes, width: int) -> bytes:
    """IEEE P1363 to DER; another length is not a signature of this curve."""
    if len(signature) != 2 * width:
        raise ValueError("wrong length")
    r, s = (int.from_bytes(half, "big") for half in (signature[:width], signature[width:]))
    return utils.encode_dss_signature(r, s)


def load(pem: str, *, p1363: bool = False) -> PublicKey:
    """A key from PEM text. Raises ValueError for other kinds of keys and for what is no key."""
    try:
        key = serialization.load_pem_public_key(pem.encode("utf-8"))
    except (UnsupportedAlgorithm, ValueError, TypeError):
        raise ValueError("not a public key in PEM") from None
    return of(key, p1363=p1363)


def of(key: object, *, p1363: bool = False) -> PublicKey:
    """Wrap a key object; ValueError for algorithms that records do not use."""
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name not in _HASHES:
        raise ValueError("neither P-256 nor P-384")
    if not isinstance(key, ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey):
        raise ValueError("neither Ed25519 nor ECDSA")  # noqa: TRY004 - one error for all unusable keys
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(hashlib.sha256(spki).hexdigest(), p1363, key)


NONE = PublicKey("", p1363=False, key=None)  # stands for a key that could not be read; verifies nothing
