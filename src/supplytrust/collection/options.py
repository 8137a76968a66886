"""Where and how to look: the options of a call, and what they become (settings, ledger, world)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypedDict

from supplytrust import ecosystems
from supplytrust.appraisal.policies import config as configuration
from supplytrust.collection.opening import open_collect_context
from supplytrust.collection.subjects import exists
from supplytrust.errors import UsageError
from supplytrust.io.context import CollectContext, FirstSeen, quiet
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
