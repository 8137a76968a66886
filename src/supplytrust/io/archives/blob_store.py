"""Files kept under the SHA-256 of their bytes: written atomically, checked whenever they are read."""

from __future__ import annotations

import contextlib
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from supplytrust.formats.atomic import write_atomically

_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class BlobStore:
    """A folder of blobs; safe to share between threads and processes."""

    folder: Path

    def get(self, sha256: str) -> bytes | None:
        """The bytes with this digest, or None. A blob that no longer has its digest is removed."""
        path = self._path(sha256)
        if path is None:
            return None
        try:
            data = path.read_bytes()
        except OSError:
            return None
        if hashlib.sha256(data).hexdigest() == sha256:
            return data
        with contextlib.suppress(OSError):
            path.unlink()
        return None

    def put(self, data: bytes) -> str:
        """Keep the bytes; answers their SHA-256. A store that cannot be written costs a later download."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.folder / sha256[:2] / sha256
        if path.exists():
            return sha256
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, data, mode=0o600, durable=False)
        return sha256

    def _path(self, sha256: str) -> Path | None:
        return self.folder / sha256[:2] / sha256 if _HEX.fullmatch(sha256) else None
