"""THE page to read first: resolve -> collect | I/O line | ask -> weigh -> compose -> record.

`collect` reads the world and returns frozen `Evidence`. `appraise` is a function of (evidence, policy,
context, time): same inputs, same record. `assess` is both, and remembers the result in the ledger.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict, Unpack

from supplytrust import judgement
from supplytrust.collection import look
from supplytrust.dependencies import graph
from supplytrust.errors import NothingToAssessError, SourceError, UsageError
from supplytrust.ledger import Ledger
from supplytrust.model.claims.rebuild import RebuildResult
from supplytrust.model.context import Context
from supplytrust.model.evidence import Evidence
from supplytrust.model.policy import Policy
from supplytrust.model.record import TrustRecord
from supplytrust.model.settings import Settings
from supplytrust.policies import config as configuration
from supplytrust.policies import loader
from supplytrust.ports.opening import open_world
from supplytrust.ports.world import World, quiet
from supplytrust.rebuild import chosen
from supplytrust.records import statement
from supplytrust.resolving import resolve

Observer = Callable[[str, str], None]


class Looking(TypedDict, total=False):
    """Where and how to look. All optional; the defaults are those of the command line."""

    config: str | Path | None  # supplytrust.toml; None: the nearest one, if any
    index_url: str | None  # base of the package index
    repository: str | None  # source repository of the subject: path or URL
    offline: bool  # use the cache only
    deps: str  # all | direct | none
    rebuild: str  # auto | always | never | unsandboxed
    ledger: str | Path | None  # file of facts seen before; None: keep none


def assess(
    subject: str,
    *,
    policy: str | Path | Policy | None = None,
    context: Context | None = None,
    at: datetime | None = None,
    progress: Observer = quiet,
    **looking: Unpack[Looking],
) -> TrustRecord:
    """Judge a package under a policy.

    Args:
        subject: a purl (`pkg:pypi/requests@2.34.2`), a bare PyPI name, or a path to an artifact.
        policy: a shipped name, a file, or a `Policy`; None: the configured one, else `baseline`.
        context: replaces the policy's own context (purpose, role, impact, budget).
        at: the clock of the judgement; nothing later is looked at. None: now.
        progress: called with (event, detail) as sources finish.
        **looking: see `Looking`.

    Raises:
        supplytrust.errors.UsageError: subject, policy or configuration cannot be used.
        supplytrust.errors.NothingToAssessError: there is no such package, version or artifact.
    """
    settings = _settings(looking)
    chosen = load_policy(policy or settings.policy)
    evidence = collect(subject, at=at, progress=progress, **looking)
    with _ledger(looking) as ledger:
        earlier = ledger.latest(evidence.root, chosen.id) if ledger else None
        record = appraise(
            evidence,
            policy=chosen,
            context=context,
            at=at,
            alone=looking.get("deps") == "none",
            supersedes=earlier.record_digest if earlier else "",
        )
        if ledger:
            ledger.keep(record, statement.to_statement(record))
    return record


def collect(
    subject: str, *, at: datetime | None = None, progress: Observer = quiet, **looking: Unpack[Looking]
) -> Evidence:
    """Look at a package, and at what it depends on, without judging: `Evidence`, which can be kept and replayed."""
    now = datetime.now(UTC).replace(microsecond=0)
    with _ledger(looking) as ledger, _world(looking, at or now, now, ledger, progress) as world:
        root = resolve(subject, world)
        progress("subject", root.purl)
        first = look(root, world)
        found = graph.expand(first, replace(world, repository=""), depth=_depth(looking), look=look)
        return Evidence(root.purl, min(world.at, now), found.nodes, found.edges, tool=judgement.TOOL)


def appraise(
    evidence: Evidence,
    *,
    policy: str | Path | Policy = "baseline",
    context: Context | None = None,
    at: datetime | None = None,
    alone: bool = False,
    supersedes: str = "",
) -> TrustRecord:
    """Judge evidence. Pure: no network, no clock (without `at` the time of collection is used).

    `alone` narrows the question to the package itself; else dependencies that nobody looked at are REFER.
    """
    chosen = load_policy(policy)
    if context is not None:
        chosen = replace(chosen, context=context)
    return judgement.judge(evidence, chosen, at or evidence.collected_at, supersedes=supersedes, alone=alone)


def rebuilt(
    subject: str,
    *,
    config: str | Path | None = None,
    index_url: str | None = None,
    unsandboxed: bool = False,
    keep: str = "",
) -> RebuildResult:
    """Rebuild a release's wheel from its sdist, without judging; `keep` names a folder for what was built."""
    now = datetime.now(UTC).replace(microsecond=0)
    looking: Looking = {"config": config, "index_url": index_url, "rebuild": "unsandboxed" if unsandboxed else "always"}
    with _world(looking, now, now, None, quiet) as world:
        world = replace(world, options={**world.options, "keep": keep})
        found = resolve(subject, world)
        try:
            return chosen.from_sdist(found, chosen.pair(found, world), world)
        except SourceError as error:
            raise NothingToAssessError(f"cannot rebuild {found.purl}: {error.message}", hint=error.hint) from None


def load_policy(policy: str | Path | Policy) -> Policy:
    """A policy by shipped name or file; a `Policy` is returned as it is."""
    return policy if isinstance(policy, Policy) else loader.load(policy)


def _settings(looking: Looking) -> Settings:
    config = looking.get("config")
    settings = configuration.load(Path(config)) if config else configuration.find(Path.cwd())
    index_url = looking.get("index_url")
    return replace(settings, index={**settings.index, "pypi": index_url}) if index_url else settings


def _depth(looking: Looking) -> int | None:
    depths: dict[str, int | None] = {"none": 0, "direct": 1, "all": None}
    deps = looking.get("deps") or "direct"
    if deps not in depths:
        raise UsageError(f"deps cannot be '{deps}'", hint="one of: all, direct, none")
    return depths[deps]


@contextlib.contextmanager
def _ledger(looking: Looking) -> Iterator[Ledger | None]:
    path = looking.get("ledger")
    if path is None:
        yield None
        return
    with Ledger(Path(path)) as ledger:
        yield ledger


@contextlib.contextmanager
def _world(looking: Looking, at: datetime, now: datetime, ledger: Ledger | None, progress: Observer) -> Iterator[World]:
    with open_world(
        _settings(looking),
        at=at,
        now=now,
        ledger=ledger,
        repository=looking.get("repository") or "",
        offline=bool(looking.get("offline")),
        options={"rebuild": looking.get("rebuild") or "auto"},
        progress=progress,
    ) as world:
        yield world
