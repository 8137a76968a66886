"""Evidence as a file: what was seen, kept so that it can be judged again, with the same bytes everywhere.

The file is one object: `format`, and the fields of `model.evidence.Evidence` by the rules of `codec`, in
canonical bytes (RFC 8785). Neither the order in which claims arrived nor the process leaves a trace in it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from supplytrust.errors import MalformedRecordError, RecordError
from supplytrust.formats.atomic import write_atomically
from supplytrust.formats.canonical_json import sorted_bytes
from supplytrust.formats.codec import decode, encode
from supplytrust.formats.json_reader import MIB, Limits, read_object
from supplytrust.model.claims.claim import Claim
from supplytrust.model.evidence import Evidence

FORMAT = "https://supplytrust.dev/evidence/v1"
LIMITS = Limits(size=256 * MIB, values=30_000_000)


def observation_id(source: str, claim: Claim) -> str:
    """Sixteen hex digits of SHA-256 over source and claim, so that time and order play no part in it."""
    return hashlib.sha256(sorted_bytes([source, encode(claim, Claim)])).hexdigest()[:16]


def to_bytes(evidence: Evidence) -> bytes:
    """The canonical bytes of evidence. Raises MalformedRecordError for values that have none."""
    fields = encode(evidence)
    assert isinstance(fields, dict)  # noqa: S101 - a dataclass is written as an object
    return sorted_bytes({"format": FORMAT, **fields})


def from_bytes(data: bytes) -> Evidence:
    """Evidence from its bytes; equal to what was written. Raises MalformedRecordError."""
    document = read_object(data, LIMITS)
    found = document.pop("format", None)
    if found != FORMAT:
        raise MalformedRecordError(f"not an evidence file of format {FORMAT}", reason="format")
    return decode(Evidence, document)


def read(path: Path) -> Evidence:
    """Evidence from a file. Raises RecordError: the file cannot be opened, or (Malformed) not be read."""
    try:
        with path.open("rb") as file:
            data = file.read(LIMITS.size + 1)
    except OSError as error:
        raise RecordError(f"cannot read {path}: {error.strerror}", hint="check the path") from None
    return from_bytes(data)


def write(evidence: Evidence, path: Path) -> None:
    """Write a whole file or none: a draft beside it takes its place at the end. Raises RecordError."""
    data = to_bytes(evidence)
    try:
        write_atomically(path, data)
    except OSError as error:
        raise RecordError(f"cannot write {path}: {error.strerror}", hint="name a folder that can be written") from None
