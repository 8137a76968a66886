"""Private keys in files: PEM PKCS #8, readable by their owner only, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from supplytrust.errors import UsageError
from supplytrust.formats.atomic import create_atomically
from supplytrust.records.keys import VerificationKey, key_of

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
SIZE = 64 * 1024


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
