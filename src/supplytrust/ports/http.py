"""The one HTTP door (interface; being built)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete, size-capped response body. `url` is where it finally came from."""

    url: str
    status: int
    content_type: str
    body: bytes
    from_cache: bool = False


class HttpDoor(Protocol):
    """GET only. Raises `errors.SourceError` kinds; never returns a status other than 2xx."""

    def get(self, url: str, *, accept: str = "*/*", limit: int = 32 * 2**20) -> Answer:
        """Fetch one document of at most `limit` bytes."""
        ...
