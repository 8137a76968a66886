"""Ed25519 keys (RFC 8032): small, fast and without choices. The default."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from supplytrust.records.envelope import Signer
from supplytrust.records.key_files import PrivateKey
from supplytrust.records.keys import VerificationKey, key_of

ALGORITHMS = ("ed25519",)


@dataclass(frozen=True, slots=True)
class Ed25519Signer:
    """Signs with a key held in memory."""

    private: Ed25519PrivateKey = field(repr=False)
    public: VerificationKey

    @property
    def keyid(self) -> str:
        """SHA-256 of the public key."""
        return self.public.fingerprint

    def sign(self, data: bytes) -> bytes:
        """The 64 bytes of an Ed25519 signature."""
        return self.private.sign(data)


def generate(_algorithm: str) -> PrivateKey:
    """A fresh key from the system's randomness."""
    return Ed25519PrivateKey.generate()


def wrap(private: PrivateKey) -> Signer | None:
    """A signer if the key is of this kind."""
    if not isinstance(private, Ed25519PrivateKey):
        return None
    return Ed25519Signer(private, key_of(private.public_key()))
