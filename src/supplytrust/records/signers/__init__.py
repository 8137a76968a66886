"""Who signs: key files, hardware and key services, or an identity. One file a way; the text of a key picks it.

A key is the path of a PEM file (`records.key_files`), or `SCHEME:...` with a scheme of one of these modules, each of
which is a place where signing is done (SCHEMES, seal). Closed world: only modules of this package are asked.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import Protocol, cast

from supplytrust.errors import UsageError
from supplytrust.model.arguments import PATH, check_argument
from supplytrust.model.record import TrustRecord
from supplytrust.records import envelope
from supplytrust.records.envelope import Signer
from supplytrust.records.key_files import ALGORITHMS, generate_key, open_key_file, write_pair
from supplytrust.records.keys import VerificationKey
from supplytrust.records.statement import PAYLOAD_TYPE, to_statement

__all__ = ["Signer", "algorithms", "new_key", "open_key", "schemes", "seal", "sign"]

Key = str | Path | Signer


class _Place(Protocol):
    SCHEMES: tuple[str, ...]

    def seal(self, uri: str, payload: bytes, payload_type: str) -> bytes: ...


def sign(record: TrustRecord, key: Key) -> bytes:
    """The record in a signed envelope (DSSE, one signature; with a `sigstore:` key: in a bundle).

    Args:
        record: what `assess` or `appraise` returned.
        key: path of a private key (PEM PKCS #8), a URI of a key service, or a `Signer`.

    Raises:
        supplytrust.errors.UsageError: the key cannot be used.
        supplytrust.errors.MalformedRecordError: a value in the record has no form in a statement.

    Example:
        >>> import supplytrust as st
        >>> envelope = st.sign(st.assess("requests"), "vetting.key")  # doctest: +SKIP
    """
    check_argument("record", record, TrustRecord)
    if not hasattr(key, "sign"):
        check_argument("key", key, *PATH)
    return seal(to_statement(record), PAYLOAD_TYPE, key)


def seal(payload: bytes, payload_type: str, key: Key) -> bytes:
    """Any payload, signed by a key file, a URI or a `Signer`."""
    if not isinstance(key, str | Path):
        return envelope.seal(payload, payload_type, key)
    place = _places().get(str(key).partition(":")[0]) if isinstance(key, str) and ":" in key else None
    if place is not None:
        return place.seal(str(key), payload, payload_type)
    return envelope.seal(payload, payload_type, open_key(Path(key)))


def open_key(path: Path) -> Signer:
    """The signer for a private key file. Raises UsageError."""
    return open_key_file(path)


def new_key(path: Path, algorithm: str = "ed25519") -> VerificationKey:
    """Make a key: `path` (private, mode 0600) and `path`.pub. Existing files are never replaced; UsageError."""
    if algorithm not in ALGORITHMS:
        raise UsageError(f"no kind of key is called '{algorithm}'", hint=f"one of {', '.join(ALGORITHMS)}")
    return write_pair(generate_key(algorithm), path)


def algorithms() -> tuple[str, ...]:
    """The kinds of keys that can be made."""
    return ALGORITHMS


def schemes() -> tuple[str, ...]:
    """The places a key URI can name."""
    return tuple(sorted(_places()))


def _places() -> dict[str, _Place]:
    modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
    return {scheme: cast("_Place", module) for module in modules for scheme in module.SCHEMES}
