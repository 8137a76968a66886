"""Keys that stay where they are: HSMs and key services, through securesystemslib's URIs.

`SCHEME:REST#PUBLIC.pem`: everything before `#` is the URI of
https://python-securesystemslib.readthedocs.io, after it the file of the public key. Which libraries a scheme
needs is securesystemslib's business; a missing one is a usage error that names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from supplytrust.errors import UsageError
from supplytrust.records import envelope
from supplytrust.records.keys import VerificationKey, read_key

SCHEMES = ("file2", "gcpkms", "awskms", "azurekms", "hv", "hsm")


class _Signature(Protocol):
    signature: str  # hex


class _ForeignSigner(Protocol):
    def sign(self, payload: bytes, /) -> _Signature: ...


@dataclass(frozen=True, slots=True)
class RemoteSigner:
    """A signer of securesystemslib with the public key it answers to."""

    foreign: _ForeignSigner
    public: VerificationKey

    @property
    def keyid(self) -> str:
        """SHA-256 of the public key."""
        return self.public.fingerprint

    def sign(self, data: bytes) -> bytes:
        """The signature, ECDSA in DER. Raises UsageError with what the service said."""
        try:
            return bytes.fromhex(self.foreign.sign(data).signature)
        except Exception as error:
            raise _refusal("signing", error) from error


def seal(uri: str, payload: bytes, payload_type: str) -> bytes:
    """The envelope around a payload, signed by the key the URI names. Raises UsageError."""
    return envelope.seal(payload, payload_type, open_uri(uri))


def open_uri(uri: str) -> RemoteSigner:
    """The signer behind `SCHEME:REST#PUBLIC.pem`. Raises UsageError."""
    place, _, public_file = uri.rpartition("#")
    if not place:
        raise UsageError(f"{uri} names no public key", hint="SCHEME:KEY#PUBLIC.pem")
    try:
        public = read_key(Path(public_file).read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read {public_file}: {error.strerror}", hint="check the path after #") from None
    from cryptography.hazmat.primitives.serialization import load_der_public_key
    from securesystemslib.signer import Signer, SSlibKey  # type: ignore[attr-defined]  # it has no __all__

    try:
        foreign = Signer.from_priv_key_uri(place, SSlibKey.from_crypto(load_der_public_key(public.spki)))
    except Exception as error:  # each backend raises its own kinds
        raise _refusal("opening the key", error) from error
    return RemoteSigner(foreign, public)


def _refusal(what: str, error: Exception) -> UsageError:
    return UsageError(f"{what} failed: {type(error).__name__}: {error}", hint="is the key service's library installed?")
