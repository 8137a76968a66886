"""Answers of look-up services, kept by question for offline use: no HTTP cache keeps what is asked by POST."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from supplytrust.formats.atomic import write_atomically


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A body with the time it was given."""

    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class QueryCache:
    """A folder of answers. Each begins with the digest of its body, so that a torn one is no answer."""

    folder: Path

    def get(self, url: str, question: bytes) -> KeptAnswer | None:
        """What was answered, however long ago; None when it was never asked, or the file is damaged."""
        path = self._path(url, question)
        try:
            data, at = path.read_bytes(), path.stat().st_mtime
        except OSError:
            return None
        digest, body = data[:32], data[32:]
        if hashlib.sha256(body).digest() != digest:
            return None
        return KeptAnswer(body, datetime.fromtimestamp(at, UTC))

    def put(self, url: str, question: bytes, body: bytes) -> datetime:
        """Keep an answer that was just given; a folder that cannot be written costs a later question."""
        path = self._path(url, question)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, hashlib.sha256(body).digest() + body, mode=0o600, durable=False)
        return datetime.now(UTC)

    def _path(self, url: str, question: bytes) -> Path:
        key = hashlib.sha256(url.encode() + b"\0" + question).hexdigest()
        return self.folder / key[:2] / key
