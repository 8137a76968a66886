"""Evidence as a file: what was seen, kept so that it can be judged again, with the same bytes everywhere.

The file is one object: `format`, and the fields of `model.evidence.Evidence` by the rules of `codec`, in
canonical bytes (RFC 8785). Neither the order in which claims arrived nor the process leaves a trace in it. Of files of
earlier versions, fields may be missing whose default says that they are not known.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from supplytrust.errors import MalformedRecordError, RecordError
from supplytrust.formats.atomic import write_atomically
from supplytrust.formats.canonical_json import sorted_bytes
from supplytrust.formats.codec import decode, encode
from supplytrust.formats.json_reader import MIB, Limits, read_object
from supplytrust.model.arguments import PATH, check_argument
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
        hint = "a record is read by supplytrust.load"
        raise MalformedRecordError(f"not an evidence file of format {FORMAT}", reason="format", hint=hint)
    return decode(Evidence, document, lenient=True)


def load_evidence(path: str | Path) -> Evidence:
    """Evidence that `save_evidence` or `supplytrust collect -o` wrote, to be judged again.

    Args:
        path: the file; at most 256 MiB.

    Returns:
        Evidence equal to what was written. A field that an earlier version did not write is not known (None);
        where a field has no such value, the file is too old and refused: `collect` again.

    Raises:
        supplytrust.errors.RecordError: the file cannot be opened.
        supplytrust.errors.MalformedRecordError: it is no evidence file, or not whole.

    Example:
        >>> import supplytrust as st
        >>> evidence = st.load_evidence("evidence.json")  # doctest: +SKIP
        >>> print(st.appraise(evidence, policy="production").outcome)  # doctest: +SKIP
        REFER
    """
    check_argument("path", path, *PATH)
    return from_bytes(read_file(path, LIMITS.size))


def save_evidence(evidence: Evidence, path: str | Path) -> None:
    """Write evidence to a file: the whole file or none, a draft beside it takes its place at the end.

    Args:
        evidence: what `collect` returned.
        path: the file; an older one is replaced. Its folder must be there.

    Raises:
        supplytrust.errors.RecordError: the file cannot be written.
        supplytrust.errors.MalformedRecordError: a value in the evidence has no form in a file.

    Example:
        >>> import supplytrust as st
        >>> st.save_evidence(st.collect("requests"), "evidence.json")  # doctest: +SKIP
    """
    check_argument("evidence", evidence, Evidence)
    check_argument("path", path, *PATH)
    data = to_bytes(evidence)
    try:
        write_atomically(Path(path), data)
    except OSError as error:
        raise RecordError(f"cannot write {path}: {error.strerror}", hint="name a folder that can be written") from None


# Saved documents of this program as bytes, within a limit.


def read_file(path: str | Path, limit: int) -> bytes:
    """The bytes of a file, at most one more than `limit`, so that its reader refuses what is longer.

    Raises RecordError when the file cannot be opened or read.
    """
    try:
        with Path(path).open("rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        why = error.strerror if isinstance(error, OSError) else error
        raise RecordError(f"cannot read {path}: {why}", hint="check the path") from None
