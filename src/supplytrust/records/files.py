"""Saved documents of this program as bytes, within a limit."""

from __future__ import annotations

from pathlib import Path

from supplytrust.errors import RecordError


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
