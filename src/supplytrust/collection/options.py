"""Where and how to look: the options of a call, and what they become (settings, ledger, world)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypedDict
from urllib.parse import urlsplit

from supplytrust import ecosystems
from supplytrust.appraisal.policies import config as configuration
from supplytrust.collection.claim_cache import ClaimCache
from supplytrust.collection.shared_claims import SharedClaims, open_shared
from supplytrust.collection.subjects import exists
from supplytrust.errors import ConfigError, UsageError
from supplytrust.evidence.forge import hosts
from supplytrust.io.context import ClaimStore, CollectContext, FirstSeen, NoClaims, quiet
from supplytrust.io.http.client import Client
from supplytrust.io.processes import run
from supplytrust.io.processes.worker import Workers
from supplytrust.model.arguments import PATH, check_argument
from supplytrust.model.policy import Settings
from supplytrust.wasm import adapters

Observer = Callable[[str, str], None]


class DatedFacts(FirstSeen, Protocol):
    """First-seen facts that can also be asked as they were known at an earlier time (the ledger)."""

    def as_of(self, at: datetime) -> FirstSeen:
        """The facts as they were known then."""
        ...


class CollectOptions(TypedDict, total=False):
    """Where and how to look. All optional; the defaults are those of the command line."""

    config: str | Path | None  # supplytrust.toml (None: the nearest one), or a workload's Enarx.toml, spin.toml, ...
    loader_config: str | Path | None  # what a workload would run with, under any name; beside `config`
    loader_format: str | None  # enarx | spin | wasmtime; None: told by its name or its contents
    lock: str | Path | None  # the lock file that a workload was built with: the digests of the packages it names
    index_url: str | None  # base of the package index
    repository: str | None  # source repository of the subject: path or URL
    offline: bool  # use the cache only
    deps: str  # all | direct | none
    rebuild: str  # auto | always | never | unsandboxed
    second_interpreter: bool  # rebuild on another interpreter as well, and compare
    cache: bool  # keep what was read of artifacts (default), so that the same bytes are not read again
    ledger: str | Path | None  # file of facts seen before; None: keep none


_FLAGS = ("offline", "second_interpreter", "cache")
_PATHS = ("config", "loader_config", "lock", "ledger")
_TEXTS = ("index_url", "repository", "loader_format", "deps", "rebuild")
_REBUILD = ("auto", "always", "never", "unsandboxed")


def check_options(looking: CollectOptions) -> None:
    """UsageError for an option that is not known, or of a value that it cannot have."""
    given = dict(looking)
    known = CollectOptions.__annotations__
    for name in given:
        if name not in known:
            raise UsageError(f"there is no option '{name}'", hint=f"known: {', '.join(known)}")
    for names, kinds in ((_FLAGS, (bool,)), (_PATHS, PATH), (_TEXTS, (str,))):
        for name in names:
            check_argument(name, given.get(name), *kinds, optional=True)
    if (looking.get("rebuild") or "auto") not in _REBUILD:
        raise UsageError(f"rebuild cannot be '{looking.get('rebuild')}'", hint=f"one of: {', '.join(_REBUILD)}")


def load_settings(looking: CollectOptions, subject: str = "") -> Settings:
    """The configuration file, with the address given for this call. UsageError for options that cannot be used.

    The address is that of the index of the subject's type; of lists and bare names, of the type that these mean.
    """
    check_options(looking)
    config = looking.get("config")
    mine = config if config and not loader_config(looking) else None
    settings = configuration.load(Path(mine)) if mine else configuration.find(Path.cwd())
    index_url = looking.get("index_url")
    if not index_url:
        return settings
    named = subject.removeprefix("pkg:").partition("/")[0] if subject.startswith("pkg:") else ""
    purl_type = named if named in ecosystems.known_types() else ecosystems.default_type()
    return replace(settings, index={**settings.index, purl_type: index_url})


def loader_config(looking: CollectOptions) -> str:
    """The configuration a workload would run with: named as such, or by a usual name (Enarx.toml, ...); '' for none."""
    config, named = looking.get("config"), looking.get("loader_config")
    usual = str(config) if config and adapters.format_of(str(config)) else ""
    if named and usual:
        raise UsageError(
            f"both {named} and {config} are loader configurations", hint="--config is for supplytrust.toml then"
        )
    return str(named) if named else usual


def _loader_format(looking: CollectOptions) -> str:
    named = looking.get("loader_format") or ""
    if named and named not in adapters.formats():
        raise UsageError(f"no loader format '{named}'", hint=f"one of: {', '.join(adapters.formats())}")
    return named


def dependency_depth(looking: CollectOptions) -> int | None:
    """How far dependencies are followed: 0 not at all, None without end."""
    depths: dict[str, int | None] = {"none": 0, "direct": 1, "all": None}
    deps = looking.get("deps") or "direct"
    if deps not in depths:
        raise UsageError(f"deps cannot be '{deps}'", hint="one of: all, direct, none")
    return depths[deps]


def _collect_switches(looking: CollectOptions) -> dict[str, str]:
    """What single sources are asked to do; each knows its own names."""
    switches = {"rebuild": looking.get("rebuild") or "auto", "workload-config": loader_config(looking)}
    if not looking.get("cache", True):
        switches["cache"] = "no"
    if named := _loader_format(looking):
        switches["workload-config-format"] = named
    if lock := looking.get("lock"):
        switches["workload-lock"] = str(lock)
    return {**switches, "second-interpreter": "yes"} if looking.get("second_interpreter") else switches


@contextlib.contextmanager
def open_context(
    looking: CollectOptions,
    settings: Settings,
    at: datetime,
    now: datetime,
    *,
    ledger: DatedFacts | None = None,
    progress: Observer = quiet,
    workers: Workers | None = None,
) -> Iterator[CollectContext]:
    """The world of the call: closed again afterwards. UsageError when the named repository is not there."""
    named = looking.get("repository") or ""
    if named and "://" not in named and "@" not in named and not exists(named):
        raise UsageError(f"no repository at {named}", hint="name a folder, or an address such as https://...")
    with open_collect_context(
        settings,
        at=at,
        now=now,
        ledger=ledger.as_of(at) if ledger and at < now else ledger,
        repository=named,
        offline=bool(looking.get("offline")),
        options=_collect_switches(looking),
        progress=progress,
        workers=workers,
    ) as world:
        yield world


# --- the world of one call: cache folder, HTTP door, private scratch folder


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
