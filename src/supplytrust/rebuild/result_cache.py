"""Verdicts that are kept: published files are immutable, so what was once shown stays shown.

Key: digest of the published file, digest of what it was rebuilt from, version of the engine. `not-rebuilt`
says something about this machine and day, and is asked again after a day.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from supplytrust.errors import RecordError
from supplytrust.formats import codec
from supplytrust.formats.atomic import write_atomically
from supplytrust.formats.json_reader import read_json
from supplytrust.model.claims.rebuild import RebuildLevel, RebuildResult

FRESH: Final = timedelta(days=1)
MACHINE: Final = ("no-sandbox", "no-installer", "no-interpreter")


@dataclass(frozen=True, slots=True)
class Verdicts:
    """A folder of verdicts; safe to share between threads and processes."""

    folder: Path

    def get(self, sha256: str, source_digest: str, engine: str, now: datetime) -> RebuildResult | None:
        """The kept verdict, or None: there is none, it cannot be read, or it is of another question."""
        path = self._path(sha256, source_digest, engine)
        try:
            at = datetime.fromtimestamp(path.stat().st_mtime, tz=now.tzinfo)
            found = codec.decode(RebuildResult, read_json(path.read_bytes()))
        except (OSError, RecordError):
            return None
        if (found.sha256, found.source_digest, found.engine) != (sha256, source_digest, engine):
            return None
        stale = found.level is RebuildLevel.NOT_REBUILT and now - at > FRESH
        return None if stale else found

    def put(self, result: RebuildResult) -> None:
        """Keep a verdict, unless this machine's lack of tools made it. A full disk costs a rebuild."""
        if result.reason.startswith(MACHINE) or result.sandbox == "none":
            return
        path = self._path(result.sha256, result.source_digest, result.engine)
        text = json.dumps(codec.encode(result), sort_keys=True).encode("utf-8")
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, text, mode=0o600, durable=False)

    def _path(self, sha256: str, source_digest: str, engine: str) -> Path:
        key = hashlib.sha256("\n".join((sha256, source_digest, engine)).encode("utf-8")).hexdigest()
        return self.folder / key[:2] / f"{key}.json"
