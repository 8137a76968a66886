"""THE page to read first: resolve -> collect | I/O line | ask -> weigh -> compose -> record.

`collect` reads the world and returns frozen `Evidence`. `appraise` is a function of (evidence, policy,
context, time): same inputs, same record. `assess` is both, and remembers the result in the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Unpack

from supplytrust.appraisal import judge
from supplytrust.appraisal.policies import loader
from supplytrust.collection import dependency_graph
from supplytrust.collection.options import CollectOptions, Observer, dependency_depth, load_settings, open_context
from supplytrust.collection.resolve import resolve
from supplytrust.collection.scheduler import collect_claims
from supplytrust.errors import MalformedRecordError, PolicyError, Problem, UsageError
from supplytrust.io.context import quiet
from supplytrust.ledger import dependency_records, open_ledger
from supplytrust.model.context import Context
from supplytrust.model.evidence import Evidence
from supplytrust.model.policy import Policy
from supplytrust.model.record import TrustRecord
from supplytrust.records import statement


def assess(
    subject: str,
    *,
    policy: str | Path | Policy | None = None,
    context: Context | None = None,
    at: datetime | None = None,
    progress: Observer = quiet,
    **looking: Unpack[CollectOptions],
) -> TrustRecord:
    """Judge a package under a policy.

    Args:
        subject: a purl (`pkg:pypi/requests@2.34.2`), a bare PyPI name, or a path to an artifact.
        policy: a shipped name, a file, or a `Policy`; None: the configured one, else `baseline`.
        context: replaces the policy's own context (purpose, role, impact, budget).
        at: the clock of the judgement; nothing later is looked at. None: now.
        progress: called with (event, detail) as sources finish.
        **looking: see `CollectOptions`.

    Raises:
        supplytrust.errors.UsageError: subject, policy or configuration cannot be used.
        supplytrust.errors.NothingToAssessError: there is no such package, version or artifact.
    """
    settings = load_settings(looking)
    chosen = load_policy(policy or settings.policy)
    evidence = collect(subject, at=at, progress=progress, **looking)
    with open_ledger(looking.get("ledger")) as ledger:
        judged = next((n.subject.artifact for n in evidence.nodes if n.subject.purl == evidence.root), None)
        sha256 = judged.sha256 if judged else ""
        earlier = ledger.latest(evidence.root, chosen.id, sha256=sha256) if ledger else None
        record = appraise(
            evidence,
            policy=chosen,
            context=context,
            at=at,
            alone=looking.get("deps") == "none",
            supersedes=earlier.record_digest if earlier else "",
            records=dependency_records.latest_admitting(ledger, evidence, chosen, at or evidence.collected_at),
        )
        if ledger:
            ledger.keep(record, statement.to_statement(record))
    return record


def collect(
    subject: str, *, at: datetime | None = None, progress: Observer = quiet, **looking: Unpack[CollectOptions]
) -> Evidence:
    """Look at a package, and at what it depends on, without judging: `Evidence`, which can be kept and replayed."""
    now = datetime.now(UTC).replace(microsecond=0)
    _check_zone(at)
    with open_ledger(looking.get("ledger")) as ledger, open_context(looking, at or now, now, ledger, progress) as world:
        root = resolve(subject, world)
        progress("subject", root.purl)
        first = collect_claims(root, world)
        found = dependency_graph.expand(
            first, replace(world, repository=""), depth=dependency_depth(looking), look=collect_claims
        )
        return Evidence(root.purl, min(world.at, now), found.nodes, found.edges, tool=judge.TOOL)


def appraise(
    evidence: Evidence,
    *,
    policy: str | Path | Policy = "baseline",
    context: Context | None = None,
    at: datetime | None = None,
    alone: bool = False,
    supersedes: str = "",
    records: Mapping[str, str] = MappingProxyType({}),
) -> TrustRecord:
    """Judge evidence. Pure: no network, no clock (without `at` the time of collection is used).

    `alone` narrows the question to the package itself; else dependencies that nobody looked at are REFER.
    `supersedes` and `records` name earlier records: of the package, and of dependencies by purl.

    Raises:
        supplytrust.errors.UsageError: policy or time cannot be used.
        supplytrust.errors.MalformedRecordError: the evidence holds nothing about its own root.
    """
    _check_zone(at)
    if all(node.subject.purl != evidence.root for node in evidence.nodes):
        raise MalformedRecordError(f"the evidence holds nothing about its own root, {evidence.root}", reason="root")
    chosen = load_policy(policy)
    if context is not None:
        chosen = replace(chosen, context=context)
    if not chosen.purposes.knows(chosen.context.purpose):
        known = ", ".join(sorted(chosen.purposes.by_purpose))
        raise PolicyError((Problem("context.purpose", f"'{chosen.context.purpose}' is not known", f"known: {known}"),))
    time = at or evidence.collected_at
    return judge.judge(evidence, chosen, time, supersedes=supersedes, alone=alone, records=records)


def load_policy(policy: str | Path | Policy) -> Policy:
    """A policy by shipped name or file; a `Policy` is returned as it is."""
    return policy if isinstance(policy, Policy) else loader.load(policy)


def _check_zone(at: datetime | None) -> None:
    if at is not None and at.tzinfo is None:
        raise UsageError("the time of the judgement has no time zone", hint="give it one, such as datetime.UTC")
