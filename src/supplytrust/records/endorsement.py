"""An endorsement as signed bytes, and back: who vouches for which point of which package, why, and how long.

The payload is canonical JSON (RFC 8785) in a DSSE envelope with one signature. An endorsement is somebody's word:
it counts for the author whose key the relying party keeps, never for the name that stands in it alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from supplytrust.errors import MalformedRecordError, UsageError, VerificationError
from supplytrust.formats.canonical_json import canonical_bytes
from supplytrust.formats.json_reader import Json, Limits, read_object
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.vocabulary import Area
from supplytrust.records import envelope
from supplytrust.records.envelope import Signer
from supplytrust.records.keys import VerificationKey

PAYLOAD_TYPE = "application/vnd.supplytrust.endorsement.v1+json"
LONGEST = timedelta(days=366)
LIMITS = Limits(size=64 * 1024)
_FIELDS = ("subject", "area", "claim", "reason", "author", "issued", "expires")
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_LOCAL = re.compile(r"pkg:generic/[^?#\s]+\?checksum=sha256:[0-9a-f]{64}")  # a local file has no name of its own
_CLAIM = re.compile(r"([a-z]+)/[a-z][a-z0-9_]{1,80}")
_SERVICE = re.compile(  # what a configuration connects to, what code calls, what a host offers
    r"pkg:generic/(?:[^/?#\s]+\?(?:port=[0-9]{1,5}&)?protocol=[a-z0-9+.-]+"
    r"|service/[^?#\s]+@unversioned|wasi/[^?#\s]+(?:#[a-z0-9-]+)?)"
)
IDENTIFIED = "integrity/endpoint_identity_known"  # the claim that says who answers, and so has to name it
_IDENTITY = re.compile(r"(?:key|authority|attested):sha256:[0-9a-f]{64}")
_ROOM = {"subject": 400, "claim": 100, "reason": 500, "author": 200}


def endorse(
    subject: str,
    area: str,
    claim: str,
    reason: str,
    expires: datetime,
    author: str,
    signer: Signer,
    *,
    issued: datetime,
    identity: str = "",
) -> bytes:
    """A signed endorsement.

    `subject` is a purl with or without version (of a local file: with its checksum, as records name it; of a service:
    as records name it), `claim` the id of the signal whose open question is answered, `author` the name under which
    the relying party keeps the signer's public key. `identity` is what a service is held to: `key:sha256:<hex>` of its
    SubjectPublicKeyInfo, `authority:...` of that of a certificate authority, `attested:...` of a measurement. Raises
    UsageError for what could not be read back: an unknown area, a claim of another area, no reason, or a term over
    366 days.
    """
    draft = {
        "subject": subject,
        "area": area,
        "claim": claim,
        "reason": reason,
        "author": author,
        "issued": issued.astimezone(UTC).strftime(_TIME),
        "expires": expires.astimezone(UTC).strftime(_TIME),
    }
    if identity:
        draft["identity"] = identity
    try:
        _check_document(dict(draft), signer.public)
    except MalformedRecordError as error:
        raise UsageError(error.message, hint="see `supplytrust endorse --help`") from error
    return envelope.seal(canonical_bytes(dict(draft)), PAYLOAD_TYPE, signer)


def read_identity(text: str) -> str:
    """An identity whose digest may be given as a file with the key or a certificate (PEM); UsageError for others."""
    kind, divided, place = text.partition(":")
    if not text or _IDENTITY.fullmatch(text):
        return text
    if not divided or kind not in ("key", "authority"):
        raise UsageError(f"'{text[:100]}' is no identity", hint="key:FILE.pem, authority:FILE.pem, attested:sha256:HEX")
    try:
        data = Path(place).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {place}: {error.strerror}", hint="a key or a certificate in PEM") from None
    return f"{kind}:sha256:{hashlib.sha256(_spki(data, place)).hexdigest()}"


def _spki(data: bytes, place: str) -> bytes:
    """The SubjectPublicKeyInfo of a certificate or a public key."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
    from cryptography.x509 import load_pem_x509_certificate

    try:
        certificate = b"BEGIN CERTIFICATE" in data
        key = load_pem_x509_certificate(data).public_key() if certificate else load_pem_public_key(data)
    except ValueError:
        raise UsageError(f"{place} holds no key or certificate", hint="a key or a certificate in PEM") from None
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def read_endorsement(data: bytes, keys: Sequence[VerificationKey]) -> Endorsement:
    """The endorsement in an envelope that one of these keys signed, by the key's own owner.

    Raises MalformedRecordError, or VerificationError (reason signature, payload-type, keys or signer-scope).
    """
    verified = envelope.verify(data, keys, PAYLOAD_TYPE, limits=LIMITS)
    found = _check_document(read_object(verified.payload, LIMITS), verified.keys[0])
    if found.author != verified.keys[0].owner:
        raise VerificationError(f"signed by '{verified.keys[0].owner}', not by its author", reason="signer-scope")
    return found


def read_entry(document: dict[str, Json], key: VerificationKey) -> Endorsement:
    """An endorsement that stands in a document which this key signed as a whole. MalformedRecordError."""
    return _check_document(document, key)


def _check_document(document: dict[str, Json], key: VerificationKey) -> Endorsement:
    if set(document) - {"identity"} != set(_FIELDS):
        raise _malformed_error("has other fields than " + ", ".join(_FIELDS))
    text = {name: _text(name, document[name]) for name in _FIELDS}
    claim = _CLAIM.fullmatch(text["claim"])
    if text["area"] not in set(Area) or claim is None or claim.group(1) != text["area"]:
        raise _malformed_error("does not name a claim of its area, as provenance/releaser_known")
    service = bool(_SERVICE.fullmatch(text["subject"]))
    if not service and not _LOCAL.fullmatch(text["subject"]) and not _plain(text["subject"]):
        raise _malformed_error("is about no purl without qualifiers, no local file with its checksum, no service")
    identity = _identity(document, named=text["claim"] == IDENTIFIED)
    issued, expires = _time(text["issued"]), _time(text["expires"])
    if not issued < expires <= issued + LONGEST:
        raise _malformed_error("does not end after its start and within 366 days")
    return Endorsement(
        text["subject"],
        text["area"],
        text["claim"],
        text["reason"],
        text["author"],
        issued,
        expires,
        key.fingerprint,
        identity,
    )


def _identity(document: dict[str, Json], *, named: bool) -> str | None:
    """Who answers at a service is told by what it is held to; no other claim has an identity."""
    identity = document.get("identity")
    if named != ("identity" in document) or (named and not isinstance(identity, str)):
        raise _malformed_error(f"names an identity if and only if it is about {IDENTIFIED}")
    if not isinstance(identity, str):
        return None
    if not _IDENTITY.fullmatch(identity):
        raise _malformed_error("names no identity, as key:sha256:, authority:sha256: or attested:sha256: and the hex")
    return identity


def _plain(purl: str) -> bool:
    """A published package. Local files are told apart by their bytes only: anybody can name a file alike."""
    return purl.startswith("pkg:") and not purl.startswith("pkg:generic/") and not any(c in purl for c in "?# ")


def _text(name: str, value: Json) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > _ROOM.get(name, 40):
        raise _malformed_error(f"has no usable {name}")
    return value


def _time(text: str) -> datetime:
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    except ValueError:
        raise _malformed_error(f"has '{text}' for a time") from None


def _malformed_error(text: str) -> MalformedRecordError:
    return MalformedRecordError(f"the endorsement {text}", reason="endorsement")
