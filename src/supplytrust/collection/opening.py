"""Open a `CollectContext` for the length of one call: cache folder, HTTP door, private scratch folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from supplytrust.collection.claim_cache import ClaimCache
from supplytrust.collection.shared_claims import SharedClaims, open_shared
from supplytrust.errors import ConfigError
from supplytrust.evidence.forge import hosts
from supplytrust.io.context import ClaimStore, CollectContext, FirstSeen, NoClaims, quiet
from supplytrust.io.http.client import Client
from supplytrust.io.processes import run
from supplytrust.io.processes.worker import Workers
from supplytrust.model.policy import Settings


def cache_folder() -> Path:
    """`$SUPPLYTRUST_CACHE`, else the user's cache folder (XDG Base Directory Specification)."""
    named = os.environ.get("SUPPLYTRUST_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "supplytrust"


@contextmanager
def open_collect_context(
    settings: Settings,
    *,
    at: datetime,
    now: datetime,
    ledger: FirstSeen | None = None,
    repository: str = "",
    offline: bool = False,
    options: Mapping[str, str],
    progress: Callable[[str, str], None] = quiet,
    workers: Workers | None = None,
) -> Iterator[CollectContext]:
    """A world that is closed again on the way out; ConfigError when there is no place for the cache."""
    cache = cache_folder()
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"cannot use the cache folder: {error.strerror}", hint="set SUPPLYTRUST_CACHE to a writable folder"
        ) from None
    door = Client(
        cache / "http",
        offline=offline,
        plain_http=_plain_http(settings),
        bearers=hosts.bearers(settings.forge.hosts) if settings.forge.ask != "never" else {},
    )
    claims = _claims(settings, cache, options)
    with run.private_folder() as private, closing(door):
        yield CollectContext(
            http=door,
            settings=settings,
            at=at,
            now=now,
            scratch=private,
            cache=cache,
            ledger=ledger,
            repository=repository,
            options=options,
            progress=progress,
            workers=workers,
            claims=claims,
        )
    if isinstance(claims, SharedClaims) and claims.notice:
        progress("notice", claims.notice)


def claim_folder(cache: Path) -> Path:
    """Where answers about bytes are kept."""
    return cache / "claims"


def _claims(settings: Settings, cache: Path, options: Mapping[str, str]) -> ClaimStore:
    """The answers about bytes that were read before, unless the caller or the configuration wants them read again."""
    if options.get("cache") == "no" or not settings.cache.claims:
        return NoClaims()
    local = ClaimCache(claim_folder(cache), settings.cache.most_mib)
    return open_shared(local, settings.cache) if settings.cache.store else local


def _plain_http(settings: Settings) -> frozenset[str]:
    """Hosts that the caller itself addresses by http: nowhere else is it accepted."""
    parts = [urlsplit(url) for url in settings.index.values()]
    return frozenset(p.hostname for p in parts if p.scheme == "http" and p.hostname)
