"""The pinned trust root: whose certificates, logs and time-stamps count.

It is shipped with this package, with its digest in this file, or named by the configuration; it is never fetched
and never read back from a cache that others can write. It has an end of its own: keys are rotated and withdrawn,
so that a root nobody renewed for too long says nothing, which is a state with a name and not an error.
"""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from supplytrust.errors import MalformedError, SupplytrustError
from supplytrust.evidence.attestations.json_places import bytes_at, list_at, value_at
from supplytrust.formats.json_reader import MIB, Json, Limits, read_base64, read_object

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from sigstore.models import TrustedRoot
    from sigstore.verify import Verifier

SHIPPED_SHA256 = "6494e21ea73fa7ee769f85f57d5a3e6a08725eae1e38c755fc3517c9e6bc0b66"
SHIPPED_TAKEN = datetime(2026, 11, 20, tzinfo=UTC)  # when the copy was compared with the root-signing repository
LONGEST = timedelta(days=270)
_LIMITS = Limits(size=MIB)


@dataclass(frozen=True, slots=True)
class Root:
    """The bytes of a trust root and the day they were taken."""

    data: bytes
    taken: datetime

    @property
    def sha256(self) -> str:
        """Its digest, kept with what was verified under it."""
        return hashlib.sha256(self.data).hexdigest()

    def stale(self, now: datetime) -> bool:
        """Too old to say anything; a clock before the day it was taken is as unusable."""
        return not self.taken - timedelta(days=1) <= now <= self.taken + LONGEST


def shipped_root() -> Root:
    """The root of this package. MalformedError when the file is not the one that was shipped."""
    data = (resources.files(__package__) / "trusted_root.json").read_bytes()
    if hashlib.sha256(data).hexdigest() != SHIPPED_SHA256:
        raise MalformedError("the shipped trust root was changed", hint="install this program again")
    return Root(data, SHIPPED_TAKEN)


def configured_root(path: Path) -> Root:
    """The root in a file; it is as old as the file's modification time. MalformedError when it cannot be used."""
    try:
        data, written = path.read_bytes(), path.stat().st_mtime
    except OSError as error:
        raise MalformedError(f"the trust root {path.name} cannot be read: {error.strerror}") from error
    root = Root(data, datetime.fromtimestamp(written, UTC))
    material(data)
    return root


def shipped_or_configured(path: str) -> Root:
    """The root in a file, or the one of this package where none is named. MalformedError."""
    return configured_root(Path(path)) if path else shipped_root()


@functools.lru_cache(maxsize=4)
def material(data: bytes) -> tuple[TrustedRoot, Verifier]:
    """Keys, certificates and the verifier over them, from these very bytes. MalformedError when they are no root."""
    from sigstore.models import TrustedRoot
    from sigstore.verify import Verifier
    from sigstore_models.trustroot import v1 as trustroot

    try:
        root = TrustedRoot(trustroot.TrustedRoot.from_json(_with_inclusive_ends(read_object(data, _LIMITS))))
        return root, Verifier(trusted_root=root)
    except Exception as error:
        raise MalformedError(f"the trust root cannot be used: {type(error).__name__}") from error


def _with_inclusive_ends(document: dict[str, Json]) -> bytes:
    """The root as the library has to see it: a term includes its end, and the library stops just before.

    Time-stamps have whole seconds here, so that a microsecond more lets in the end itself and nothing else.
    """
    listed = document.get("timestampAuthorities")
    for authority in listed if isinstance(listed, list) else []:
        term = authority.get("validFor") if isinstance(authority, dict) else None
        end = term.get("end") if isinstance(term, dict) else None
        if isinstance(term, dict) and isinstance(end, str):
            term["end"] = (datetime.fromisoformat(end) + timedelta(microseconds=1)).isoformat()
    return json.dumps(document).encode()


@dataclass(frozen=True, slots=True)
class Term:
    """From when until when something of the root counts, both ends included; without a beginning it never does."""

    begin: datetime | None
    end: datetime | None

    def covers(self, at: datetime) -> bool:
        """Whether a moment is in it."""
        return self.begin is not None and self.begin <= at and (self.end is None or at <= self.end)


@dataclass(frozen=True, slots=True)
class LogKey:
    """The key (DER SubjectPublicKeyInfo) of a log, the names that entries call the log by, and its term."""

    names: frozenset[bytes]
    spki: bytes
    term: Term


@dataclass(frozen=True, slots=True)
class Authority:
    """Certificates of an authority, the one that issues first and its own root last."""

    chain: tuple[Certificate, ...]
    term: Term


@dataclass(frozen=True, slots=True)
class TrustMaterial:
    """What our own reader uses of a trust root."""

    authorities: tuple[Authority, ...]
    stampers: tuple[Authority, ...]
    logs: tuple[LogKey, ...]
    certificate_logs: tuple[LogKey, ...]


@functools.lru_cache(maxsize=4)
def trust_material(data: bytes) -> TrustMaterial:
    """Keys and certificates of a trust root, read strictly. MalformedError when something of it cannot be read."""
    try:
        document = read_object(data, _LIMITS)
        if not list_at(document, "tlogs"):
            raise ValueError("it knows no log")
        return TrustMaterial(
            tuple(_authority(one) for one in list_at(document, "certificateAuthorities")),
            tuple(_authority(one) for one in list_at(document, "timestampAuthorities")),
            tuple(_log_key(one) for one in list_at(document, "tlogs")),
            tuple(_log_key(one) for one in list_at(document, "ctlogs")),
        )
    except (ValueError, SupplytrustError) as error:
        raise MalformedError(f"the trust root cannot be used: {error}") from error


def _authority(value: Json) -> Authority:
    from cryptography.x509 import load_der_x509_certificate

    listed = list_at(value, "certChain", "certificates")
    return Authority(tuple(load_der_x509_certificate(bytes_at(one, "rawBytes")) for one in listed), _term(value))


def _log_key(value: Json) -> LogKey:
    named = [value_at(value, name, "keyId") for name in ("logId", "checkpointKeyId")]
    names = frozenset(read_base64(name) for name in named if isinstance(name, str))
    return LogKey(names, bytes_at(value, "publicKey", "rawBytes"), _term(value_at(value, "publicKey")))


def _term(value: Json) -> Term:
    begin, end = (value_at(value, "validFor", name) for name in ("start", "end"))
    return Term(
        datetime.fromisoformat(begin) if isinstance(begin, str) else None,
        datetime.fromisoformat(end) if isinstance(end, str) else None,
    )
