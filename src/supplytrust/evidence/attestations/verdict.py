"""Who signed an attestation, and what became of it: verified with what it says, shown to be wrong, or not judged.

Object identifiers: Fulcio's oid-info, 1.3.6.1.4.1.57264.1.*, of which those from .8 on are DER UTF8Strings. The
deprecated ones (.1 to .6) are not read. Comparison is pure; the expectation never comes from the attestation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from supplytrust.errors import MalformedRecordError
from supplytrust.evidence.attestations.statement import Statement
from supplytrust.model.policy import Publisher

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

PREFIX = "1.3.6.1.4.1.57264.1."
_UTF8_STRING = 0x0C


@dataclass(frozen=True, slots=True)
class Identity:
    """Claims of a certificate; '' where it makes none, but `issuer` and `identity` are always there.

    `workflow` is the top-level build configuration and `signer` the workflow that signed (another one when
    workflows are shared), both as addresses with `@ref`.
    """

    issuer: str
    identity: str
    repository: str = ""
    repository_id: str = ""
    owner_id: str = ""
    workflow: str = ""
    signer: str = ""
    commit: str = ""
    ref: str = ""
    runner: str = ""

    @property
    def publisher(self) -> str:
        """What stays the same from release to release, in one line: the form kept in a ledger."""
        workflow = self.workflow.partition("@")[0]
        parts = (self.issuer, self.repository or self.identity, self.repository_id, self.owner_id, workflow)
        return " ".join(part.replace(" ", "%20") or "-" for part in parts)


def identity_of(certificate: Certificate) -> Identity:
    """The identity in a certificate. MalformedRecordError when it names no issuer (V2) or not exactly one subject."""
    claims = _claims(certificate)
    issuer = claims.get("8", "")
    if not issuer:
        raise MalformedRecordError("the certificate names no issuer of the identity", reason="identity")
    return Identity(
        issuer,
        _name(certificate),
        repository=claims.get("12", ""),
        repository_id=claims.get("15", ""),
        owner_id=claims.get("17", ""),
        workflow=claims.get("18", ""),
        signer=claims.get("9", ""),
        commit=claims.get("13", ""),
        ref=claims.get("14", ""),
        runner=claims.get("11", ""),
    )


def _claims(certificate: Certificate) -> Mapping[str, str]:
    from cryptography.x509 import UnrecognizedExtension

    found: dict[str, str] = {}
    for extension in certificate.extensions:
        number = extension.oid.dotted_string.removeprefix(PREFIX)
        if number.isdigit() and int(number) >= 8 and isinstance(extension.value, UnrecognizedExtension):
            found[number] = _utf8_string(extension.value.value)
    return found


def _utf8_string(der: bytes) -> str:
    """The text of a DER UTF8String of less than 64 KiB, which must fill the bytes."""
    if len(der) < 2 or der[0] != _UTF8_STRING:
        raise MalformedRecordError("a claim of the certificate is not text", reason="identity")
    long_form = der[1] - 0x80 if der[1] & 0x80 else 0
    if long_form > 2:
        raise MalformedRecordError("a claim of the certificate is too long", reason="identity")
    size = int.from_bytes(der[2 : 2 + long_form], "big") if long_form else der[1]
    text = der[2 + long_form :]
    if len(text) != size:
        raise MalformedRecordError("a claim of the certificate has a wrong length", reason="identity")
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedRecordError("a claim of the certificate is not UTF-8", reason="identity") from None


def _name(certificate: Certificate) -> str:
    from cryptography.x509 import ExtensionNotFound, RFC822Name, SubjectAlternativeName, UniformResourceIdentifier

    try:
        names = list(certificate.extensions.get_extension_for_class(SubjectAlternativeName).value)
    except ExtensionNotFound:
        names = []
    if len(names) != 1 or not isinstance(names[0], UniformResourceIdentifier | RFC822Name):
        raise MalformedRecordError("the certificate does not name exactly one identity", reason="identity")
    return names[0].value


def against_configured(expected: Publisher, seen: Identity) -> tuple[str, ...]:
    """Which configured parts the identity does not have; the issuer is always one of them."""
    checks = (
        ("issuer", bool(expected.issuer) and expected.issuer == seen.issuer),
        ("repository", not expected.repository or _is_repository(expected.repository, seen)),
        ("workflow", not expected.workflow or _is_workflow(expected.workflow, seen)),
    )
    return tuple(name for name, holds in checks if not holds)


def against_first_seen(first: str, seen: Identity) -> tuple[str, ...]:
    """Which parts differ from the publisher line first kept.

    A repository that was renamed keeps its number; one that was given up and taken by another does not.
    """
    names = ("issuer", "repository", "repository-id", "owner-id", "workflow")
    before, now = first.split(" "), seen.publisher.split(" ")
    if len(before) != len(names):
        return names
    return tuple(name for name, one, other in zip(names, before, now, strict=True) if one != other)


def _is_repository(expected: str, seen: Identity) -> bool:
    """A full address, or `owner/name` on the forge whose issuer is expected. Forges do not tell case apart."""
    address = seen.repository.removesuffix(".git").lower()
    wanted = expected.removesuffix(".git").lower()
    return bool(address) and wanted in {address, urlsplit(address).path.strip("/")}


def _is_workflow(expected: str, seen: Identity) -> bool:
    """A file of the repository itself: workflows elsewhere with the same name are others."""
    address = (seen.workflow or seen.signer).partition("@")[0]
    inside = address.removeprefix(f"{seen.repository}/")
    if not seen.repository or inside == address:
        return False
    return inside == expected or ("/" not in expected and inside.rpartition("/")[2] == expected)


# What became of one attestation: verified with what it says, shown to be wrong, or not judged.

# Reasons of attestations that were shown to be wrong: each is a broken cryptographic relation.
SIGNATURE, LOG_ENTRY, TIME = "signature", "log-entry", "time"
# Reasons of those that could not be judged.
MALFORMED, STATEMENT, SUBJECT, ENTRY_KIND = "malformed", "statement", "other-subject", "entry-kind"
UNKNOWN_LOG, AUTHORITY, NO_TIME, STALE_ROOT = "unknown-log", "unknown-authority", "no-trusted-time", "stale-root"
IDENTITY, COMMIT, REFUSED, UNPINNED_KEY = "identity", "commit", "refused", "unpinned-key"
FAILURES = frozenset({SIGNATURE, LOG_ENTRY, TIME})
ALL = (
    FAILURES
    | {MALFORMED, STATEMENT, SUBJECT, ENTRY_KIND, UNKNOWN_LOG, AUTHORITY, NO_TIME, STALE_ROOT}
    | {IDENTITY, COMMIT, REFUSED, UNPINNED_KEY}
)


@dataclass(frozen=True, slots=True)
class VerifiedStatement:
    """A statement, who signed it (from the certificate) and when (from log or time-stamp)."""

    statement: Statement
    identity: Identity
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class KeyedStatement:
    """A statement that a pinned key of a registry signed, by its name, and when: it names no workflow and no person."""

    statement: Statement
    key: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class UnverifiedStatement:
    """Not accepted. `failed` only for reasons of FAILURES."""

    reason: str
    detail: str

    @property
    def failed(self) -> bool:
        """Shown to be wrong, rather than not judged."""
        return self.reason in FAILURES


Verdict = VerifiedStatement | KeyedStatement | UnverifiedStatement
