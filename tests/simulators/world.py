"""A `CollectContext` for tests: the real HTTP door and blob store over a folder that goes away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from simulators.index import Index
from supplytrust.io.context import CollectContext, FirstSeen
from supplytrust.io.http.client import Client, HttpLimits
from supplytrust.model.policy import Settings

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PATIENT = HttpLimits(connect=30, read=30, total=60, retries=1, first_pause=0.01, patience=0.2)
HURRIED = replace(PATIENT, read=0.3, total=0.3, retries=0)  # for servers that never answer


@contextmanager
def world(
    index: Index,
    folder: Path,
    *,
    at: datetime = NOW,
    ledger: FirstSeen | None = None,
    offline: bool = False,
    limits: HttpLimits = PATIENT,
) -> Iterator[CollectContext]:
    """A world whose index is `index`, seen at `at`."""
    scratch = folder / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    with closing(Client(folder / "http", offline=offline, limits=limits)) as door:
        settings = Settings(index={"pypi": index.url})
        yield CollectContext(door, settings, at=at, now=NOW, scratch=scratch, cache=folder / "cache", ledger=ledger)
