"""ECDSA keys over P-256 (SHA-256) and P-384 (SHA-384), FIPS 186-5: where policy or hardware asks for them."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec

from supplytrust.records.envelope import Signer
from supplytrust.records.key_files import PrivateKey
from supplytrust.records.keys import HASH_OF_CURVE, VerificationKey, key_of

ALGORITHMS = ("ecdsa-p256", "ecdsa-p384")


@dataclass(frozen=True, slots=True)
class EcdsaSigner:
    """Signs with a key held in memory; the curve decides the hash."""

    private: ec.EllipticCurvePrivateKey = field(repr=False)
    public: VerificationKey

    @property
    def keyid(self) -> str:
        """SHA-256 of the public key."""
        return self.public.fingerprint

    def sign(self, data: bytes) -> bytes:
        """An ASN.1 (DER) signature."""
        return self.private.sign(data, ec.ECDSA(HASH_OF_CURVE[self.private.curve.name]))


def generate(algorithm: str) -> PrivateKey:
    """A fresh key from the system's randomness."""
    return ec.generate_private_key(ec.SECP384R1() if algorithm == "ecdsa-p384" else ec.SECP256R1())


def wrap(private: PrivateKey) -> Signer | None:
    """A signer if the key is of this kind."""
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        return None
    return EcdsaSigner(private, key_of(private.public_key()))
