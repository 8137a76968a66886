"""Other formats, derived from a record and naming its digest. One file a format; they lose much and add nothing.

Only ADMIT passes: what is refused, deferred or unknown is never turned into a passing level or property, area
by area neither. Each format is a function of the record alone, so deriving twice gives the same bytes.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Protocol, cast
from urllib.parse import quote

from supplytrust.errors import MalformedRecordError, UsageError
from supplytrust.formats.canonical_json import canonical_bytes
from supplytrust.formats.json_reader import Json
from supplytrust.model.record import TrustRecord
from supplytrust.model.vocabulary import Outcome
from supplytrust.records.statement import PREDICATE_TYPE, STATEMENT_TYPE, record_digest, subjects


class Export(Protocol):
    """A module of this package."""

    PAYLOAD_TYPE: str

    def derive(self, record: TrustRecord) -> bytes:
        """Canonical bytes. MalformedRecordError when the record is about no artifact."""
        ...


def names() -> tuple[str, ...]:
    """The formats there are. Closed world: the modules of this package."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__)))


def export_named(name: str) -> Export:
    """The format of this name. Raises UsageError."""
    if name not in names():
        raise UsageError(f"no export is called '{name}'", hint=f"one of {', '.join(names())}")
    return cast("Export", importlib.import_module(f"{__name__}.{name}"))


# --- what the formats have in common: how verifier, policy and passing properties are named

BASE = "https://supplytrust.dev"
PAYLOAD_TYPE = "application/vnd.in-toto+json"


def statement(record: TrustRecord, predicate_type: str, predicate: Json) -> bytes:
    """An in-toto Statement v1 about the judged artifact."""
    subject = subjects(record.trustee)
    if not subject:
        raise MalformedRecordError("the record is about no artifact with a digest", reason="subject")
    return canonical_bytes(
        {"_type": STATEMENT_TYPE, "subject": subject, "predicateType": predicate_type, "predicate": predicate}
    )


def verifier(record: TrustRecord) -> str:
    """The relying party as a URI."""
    return f"{BASE}/trustor/{quote(record.trustor.id or 'unnamed', safe='')}"


def policy(record: TrustRecord) -> dict[str, Json]:
    """The policy as a ResourceDescriptor."""
    return descriptor(f"{BASE}/policy/{quote(record.policy.id, safe='')}", record.policy.digest)


def input_record(record: TrustRecord) -> dict[str, Json]:
    """The record itself as a ResourceDescriptor: everything a format leaves out is in there."""
    return descriptor(PREDICATE_TYPE, record_digest(record))


def descriptor(uri: str, digest: str) -> dict[str, Json]:
    """A ResourceDescriptor from a URI and `sha256:<hex>`; without a digest when there is none."""
    algorithm, _, value = digest.partition(":")
    return {"uri": uri, "digest": {algorithm: value}} if value else {"uri": uri}


def passing(record: TrustRecord) -> list[Json]:
    """SUPPLYTRUST_ADMIT and one property a required area, in order; nothing at all unless it is admitted."""
    if record.outcome is not Outcome.ADMIT:
        return []
    admitted = [a for a, verdict in record.areas.items() if verdict.required and verdict.outcome is Outcome.ADMIT]
    return ["SUPPLYTRUST_ADMIT", *(f"SUPPLYTRUST_{area.value.upper()}" for area in sorted(admitted))]
