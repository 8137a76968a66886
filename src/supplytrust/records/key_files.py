"""Private keys in files: PEM PKCS #8, readable by their owner only, written whole or not at all.

Ed25519 (RFC 8032) is small, fast and without choices: the default. ECDSA (FIPS 186-5) over P-256 with SHA-256 and over
P-384 with SHA-384 is for where policy or hardware asks for it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from supplytrust.errors import UsageError
from supplytrust.formats.atomic import create_atomically
from supplytrust.records.keys import HASH_OF_CURVE, VerificationKey, key_of

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
SIZE = 64 * 1024
ALGORITHMS = ("ecdsa-p256", "ecdsa-p384", "ed25519")


@dataclass(frozen=True, slots=True)
class LocalSigner:
    """Signs with a key held in memory; the kind of key, and the curve of ECDSA, decide how."""

    private: PrivateKey = field(repr=False)
    public: VerificationKey

    @property
    def keyid(self) -> str:
        """SHA-256 of the public key."""
        return self.public.fingerprint

    def sign(self, data: bytes) -> bytes:
        """The 64 bytes of an Ed25519 signature, or an ECDSA signature in ASN.1 (DER)."""
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(data)
        return self.private.sign(data, ec.ECDSA(HASH_OF_CURVE[self.private.curve.name]))


def open_key_file(path: Path) -> LocalSigner:
    """The signer for a private key file. Raises UsageError."""
    private = read_private(path)
    return LocalSigner(private, key_of(private.public_key()))


def generate_key(algorithm: str) -> PrivateKey:
    """A fresh key of one of `ALGORITHMS` from the system's randomness."""
    if algorithm == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP384R1() if algorithm == "ecdsa-p384" else ec.SECP256R1())


def read_private(path: Path) -> PrivateKey:
    """The private key in a file that nobody but its owner can read. Raises UsageError."""
    try:
        with path.open("rb") as file:
            loose = os.fstat(file.fileno()).st_mode & 0o077
            data = file.read(SIZE)
    except OSError as error:
        raise UsageError(f"cannot read key {path}: {error.strerror}", hint="check the path") from None
    if loose:
        raise UsageError(f"key {path} can be read by others than its owner", hint=f"chmod 600 {path}")
    try:
        key = serialization.load_pem_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UsageError(f"{path} is no unencrypted PEM private key", hint="supplytrust keys new FILE") from None
    if not isinstance(key, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey):
        raise UsageError(f"key {path} is neither Ed25519 nor ECDSA", hint="supplytrust keys new FILE")
    return key


def write_pair(key: PrivateKey, path: Path) -> VerificationKey:
    """Write `path` (private, mode 0600) and `path`.pub; an existing file is never replaced. Raises UsageError."""
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    _write_new(path.with_name(f"{path.name}.pub"), public, 0o644)
    _write_new(path, private, 0o600)
    return key_of(key.public_key())


def _write_new(path: Path, data: bytes, mode: int) -> None:
    try:
        create_atomically(path, data, mode=mode)
    except FileExistsError:
        raise UsageError(f"{path} exists already", hint="name another file; keys are never overwritten") from None
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}", hint="name a folder that can be written") from None
