"""A wheel's RECORD against its members.

https://packaging.python.org/specifications/recording-installed-packages/: every file is listed with a digest,
except RECORD itself and its signatures.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io

from supplytrust.ecosystems.pypi.contents import Contents
from supplytrust.errors import TooLargeError
from supplytrust.model.claims.artifact import RecordCheck

_UNLISTED = ("RECORD", "RECORD.jws", "RECORD.p7s")


def check(contents: Contents) -> RecordCheck:
    """Compare both directions. A digest that is weaker than SHA-256 or unreadable counts as a mismatch.

    TooLargeError: there is a RECORD, but its bytes were not kept; that says nothing about the members.
    """
    path = contents.dist_info + "RECORD"
    text = contents.text(path) if contents.dist_info else None
    if text is None and contents.dist_info and contents.file(path):
        raise TooLargeError(f"{contents.file_name}: its RECORD is beyond the limits of what is read")
    if text is None:
        return RecordCheck(contents.file_name, present=False, mismatched=(), unlisted=(), absent=())
    listed = _rows(text)
    members = {file.path: file for file in contents.files}
    exempt = {contents.dist_info + name for name in _UNLISTED}
    mismatched = [p for p, (sha, size) in listed.items() if p in members and p not in exempt
                  and (sha != members[p].sha256 or size not in ("", str(members[p].size)))]  # fmt: skip
    return RecordCheck(
        contents.file_name,
        present=True,
        mismatched=tuple(sorted(mismatched)),
        unlisted=tuple(sorted(set(members) - set(listed) - exempt)),
        absent=tuple(sorted(set(listed) - set(members) - exempt)),
    )


def _rows(text: str) -> dict[str, tuple[str, str]]:
    """Path to (SHA-256 in hex, size as written); an unreadable digest becomes ''."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text)) if row]
    except csv.Error:
        return {}
    return {row[0]: (_hex(row[1] if len(row) > 1 else ""), row[2] if len(row) > 2 else "") for row in rows}


def _hex(value: str) -> str:
    algorithm, _, encoded = value.partition("=")
    if algorithm != "sha256":
        return ""
    try:
        return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).hex()
    except (binascii.Error, ValueError):
        return ""
