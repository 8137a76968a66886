"""Attestations of a file that the relying party keeps itself: for machines that reach no index's attestations."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from supplytrust.errors import NotFoundError, TooLargeError
from supplytrust.evidence.attestations.provenance import LIMITS

ENDINGS = (".provenance", ".publish.attestation", ".sigstore.json", ".sigstore")


def document(file_name: str, places: Iterable[str]) -> bytes | None:
    """The first document named `<file name><ending>` in these folders, or given as such a file; None: there is none.

    Raises NotFoundError for a place that cannot be read and TooLargeError for a document beyond the limit: what the
    relying party names must be there.
    """
    wanted = {file_name + ending for ending in ENDINGS}
    for place in map(Path, places):
        candidates = [place / name for name in sorted(wanted)] if place.is_dir() else [place]
        if not place.exists():
            raise NotFoundError(f"no attestations at {place.name}", hint="see [assurances] attestations")
        for path in candidates:
            if path.name in wanted and path.is_file():
                if path.stat().st_size > LIMITS.size:
                    raise TooLargeError(f"{path.name} is larger than {LIMITS.size} bytes")
                return path.read_bytes()
    return None
