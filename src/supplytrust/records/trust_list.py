"""A vendor's trust list as signed bytes, and back: what it endorses, what it found wanting, what it takes back.

Canonical JSON (RFC 8785) in a DSSE envelope with one signature. `epoch` grows with every list, so that an older one is
noticed. An entry may be bound to the digest of one file, and names the trustors through whom it reached the vendor.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from supplytrust.errors import MalformedRecordError
from supplytrust.formats.canonical_json import canonical_bytes
from supplytrust.formats.json_reader import Json, Limits, read_object
from supplytrust.formats.toml import read_toml
from supplytrust.model.claims.review import Endorsement
from supplytrust.records import envelope
from supplytrust.records.endorsement import read_entry
from supplytrust.records.envelope import Signer
from supplytrust.records.keys import VerificationKey

PAYLOAD_TYPE = "application/vnd.supplytrust.trust-list.v1+json"
LONGEST = timedelta(days=366)
LIMITS = Limits(size=16 * 2**20)
_FIELDS = {"vendor", "epoch", "issued", "expires", "endorsements", "violations", "revoked"}
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MOST_TRUSTORS = 8


@dataclass(frozen=True, slots=True)
class ListedEndorsement:
    """One entry; `digest` ('' for none) is the only file it is about, `via` whom it came through, nearest first."""

    endorsement: Endorsement
    digest: str
    via: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListedViolation:
    """Something that the vendor found wanting: a purl with or without version, since when, and why."""

    subject: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TrustList:
    """A list whose signature was verified. `revoked` are purls that the vendor no longer stands behind."""

    vendor: str
    epoch: int
    issued: datetime
    expires: datetime
    endorsements: tuple[ListedEndorsement, ...]
    violations: tuple[ListedViolation, ...]
    revoked: frozenset[str]


def seal_list(document: Mapping[str, Json], signer: Signer) -> bytes:
    """A signed list; MalformedRecordError for one that could not be read back."""
    _check_list(dict(document), signer.public)
    return envelope.seal(canonical_bytes(dict(document)), PAYLOAD_TYPE, signer)


def list_of(answers: bytes, issued: datetime, expires: datetime) -> dict[str, Json]:
    """The document of a list from a vendor's own TOML file. MalformedTomlError, MalformedRecordError."""
    found = read_toml(answers)
    if unknown := set(found) - {"vendor", "epoch", "endorsement", "violation", "revoked"}:
        raise _malformed_error(f"has the unknown key '{min(unknown)[:40]}'")
    start = format_time(issued)
    entries = [{"issued": start, **e, "expires": _stamp(e.get("expires"))} for e in _tables(found.get("endorsement"))]
    violations = [{"at": start, **v} for v in _tables(found.get("violation"))]
    named = (found.get("vendor"), found.get("epoch"))
    return compose_list(named, (issued, expires), entries, violations, found.get("revoked", []))


def compose_list(
    named: tuple[Json, Json],
    term: tuple[datetime, datetime],
    endorsements: Sequence[Mapping[str, Json]],
    violations: Sequence[Mapping[str, Json]],
    revoked: Json,
) -> dict[str, Json]:
    """The document of a list, unchecked: `named` is (vendor, epoch), `term` from when to when it holds."""
    return {
        "vendor": named[0],
        "epoch": named[1],
        "revoked": revoked,
        "issued": format_time(term[0]),
        "expires": format_time(term[1]),
        "endorsements": [dict(one) for one in endorsements],
        "violations": [dict(one) for one in violations],
    }


def format_time(at: datetime) -> str:
    """A moment as lists write it: UTC, to the second."""
    return at.astimezone(UTC).strftime(_TIME)


def _tables(value: object) -> list[dict[str, Json]]:
    listed = value if isinstance(value, list) else [] if value is None else [None]
    found: list[dict[str, Json]] = [one for one in listed if isinstance(one, dict)]
    if len(found) != len(listed):
        raise _malformed_error("has entries that are no tables")
    return found


def _stamp(value: object) -> str:
    """A day or an instant as the list writes it."""
    try:
        read = value if isinstance(value, date) else datetime.fromisoformat(str(value))
    except ValueError:
        raise _malformed_error("has an end that is no date") from None
    at = read if isinstance(read, datetime) else datetime(read.year, read.month, read.day, tzinfo=UTC)
    return (at.astimezone(UTC) if at.tzinfo else at).strftime(_TIME)


def read_list(data: bytes, key: VerificationKey) -> TrustList:
    """The list in an envelope that this key signed. MalformedRecordError or VerificationError."""
    verified = envelope.verify(data, [key], PAYLOAD_TYPE, limits=LIMITS)
    return _check_list(read_object(verified.payload, LIMITS), key)


def _check_list(document: dict[str, Json], key: VerificationKey) -> TrustList:
    if set(document) != _FIELDS:
        raise _malformed_error("has other fields than " + ", ".join(sorted(_FIELDS)))
    vendor, epoch = _text(document["vendor"], 200), document["epoch"]
    if not isinstance(epoch, int) or isinstance(epoch, bool) or epoch < 1:
        raise _malformed_error("has no epoch, a whole number from 1 on")
    issued, expires = _time(document["issued"]), _time(document["expires"])
    if not issued < expires <= issued + LONGEST:
        raise _malformed_error("does not end after its start and within 366 days")
    entries = tuple(_entry(e, vendor, key) for e in _objects(document["endorsements"]))
    violations = tuple(_violation(e) for e in _objects(document["violations"]))
    revoked = document["revoked"]
    if not isinstance(revoked, list):
        raise _malformed_error("has no array of what is revoked")
    return TrustList(vendor, epoch, issued, expires, entries, violations, frozenset(_text(r, 400) for r in revoked))


def _entry(entry: dict[str, Json], vendor: str, key: VerificationKey) -> ListedEndorsement:
    document = dict(entry)
    digest, via = document.pop("digest", ""), document.pop("via", [])
    if not isinstance(digest, str) or (digest and not _DIGEST.fullmatch(digest)):
        raise _malformed_error("binds an entry to no sha256 digest")
    if not isinstance(via, list) or len(via) > _MOST_TRUSTORS:
        raise _malformed_error(f"has an entry that came through no names, or more than {_MOST_TRUSTORS}")
    return ListedEndorsement(
        read_entry({**document, "author": vendor}, key), digest, tuple(_text(name, 200) for name in via)
    )


def _violation(entry: dict[str, Json]) -> ListedViolation:
    if set(entry) != {"subject", "reason", "at"}:
        raise _malformed_error("has a violation with other fields than subject, reason, at")
    return ListedViolation(_text(entry["subject"], 400), _text(entry["reason"], 500), _time(entry["at"]))


def _objects(value: Json) -> Sequence[dict[str, Json]]:
    found = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    if not isinstance(value, list) or len(found) != len(value):
        raise _malformed_error("has entries that are no objects")
    return found


def _text(value: Json, room: int) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > room:
        raise _malformed_error("has a text that cannot be used")
    return value


def _time(value: Json) -> datetime:
    try:
        return datetime.strptime(str(value), _TIME).replace(tzinfo=UTC)
    except ValueError:
        raise _malformed_error("has a time that is none") from None


def _malformed_error(text: str) -> MalformedRecordError:
    return MalformedRecordError(f"the trust list {text}", reason="trust-list")
