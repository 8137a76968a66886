"""A private folder for the length of one piece of work."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def folder(parent: Path | None = None) -> Iterator[Path]:
    """A new folder that only this user can enter (mode 0700); it is gone afterwards, whatever happened."""
    path = Path(tempfile.mkdtemp(prefix="supplytrust-", dir=parent))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
