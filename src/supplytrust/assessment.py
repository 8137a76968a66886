"""THE page to read first: resolve -> collect | I/O line | ask -> weigh -> compose -> record.

`collect` reads the world and returns frozen `Evidence`. `appraise` is a function of (evidence, policy,
context, time): same inputs, same record. `assess` is both, and remembers the result in the ledger.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
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
from supplytrust.errors import MalformedRecordError
from supplytrust.evidence.repository.addresses import share_repository
from supplytrust.io.context import CollectContext, quiet
from supplytrust.io.processes.worker import Workers
from supplytrust.ledger import Ledger, book, open_ledger
from supplytrust.model.arguments import check_argument, check_moment, check_question
from supplytrust.model.evidence import Evidence
from supplytrust.model.policy import Context, Policy, Settings
from supplytrust.model.record import CoveringRecord, TrustRecord
from supplytrust.model.subject import Subject
from supplytrust.records import statement


def assess(
    subject: str | Path,
    *,
    policy: str | Path | Policy | None = None,
    context: Context | None = None,
    at: datetime | None = None,
    trustor: str = "",
    progress: Observer = quiet,
    on_evidence: Callable[[Evidence], object] = bool,
    **looking: Unpack[CollectOptions],
) -> TrustRecord:
    """Judge a package under a policy.

    Args:
        subject: a purl (`pkg:pypi/requests@2.34.2`), a bare name, or a path to an artifact (a `Path` is one).
        policy: a shipped name, a file, or a `Policy`; None: the configured one, else `workload` for a WebAssembly
            file of one's own and `baseline` for everything that was published.
        context: replaces the policy's own context (purpose, role, impact, budget).
        at: the clock of the judgement; nothing later is looked at. None: now.
        trustor: in whose name the record is made (a URI); '': the configured one, else the policy's.
        progress: called with (event, detail) as sources finish.
        on_evidence: called with what the record is made of, for a report that shows more of it.
        **looking: see `CollectOptions`.

    Raises:
        supplytrust.errors.UsageError: subject, policy or configuration cannot be used.
        supplytrust.errors.NothingToAssessError: there is no such package, version or artifact.
        supplytrust.errors.LedgerError: the ledger cannot be used.

    A source that fails raises nothing: what it would have told is listed in `record.not_observed`.

    Example:
        >>> import supplytrust as st
        >>> record = st.assess("pkg:pypi/requests@2.34.2", policy="production")  # doctest: +SKIP
        >>> print(record.outcome)  # doctest: +SKIP
        REFER
    """
    name = check_question(subject, at, progress)
    check_argument("context", context, Context, optional=True)
    settings = load_settings(looking, name)
    named, whose = policy or settings.policy, trustor or settings.trustor
    chosen = load_policy(named, whose) if named else None
    for note in chosen.notes if chosen else ():
        progress("notice", note)
    with open_call(looking, settings, progress) as call:
        evidence = collect_evidence(call, lambda world: resolve(name, world), at)
        on_evidence(evidence)
        record = judge_evidence(
            call, evidence, chosen or load_policy(loader.usual_policy(evidence.root), whose), context=context, at=at
        )
        if call.ledger:
            call.ledger.keep(record, statement.to_statement(record))
    return record


def collect(
    subject: str | Path, *, at: datetime | None = None, progress: Observer = quiet, **looking: Unpack[CollectOptions]
) -> Evidence:
    """Look at a package, and at what it depends on, without judging: `Evidence`, which can be kept and replayed.

    Args:
        subject: a purl (`pkg:pypi/requests@2.34.2`), a bare PyPI name, or a path to an artifact.
        at: nothing later than this is looked at (releases, commits, advisories). None: now.
        progress: called with (event, detail) as sources finish.
        **looking: see `CollectOptions`.

    Raises:
        supplytrust.errors.UsageError: subject or configuration cannot be used.
        supplytrust.errors.NothingToAssessError: there is no such package, version or artifact.
        supplytrust.errors.LedgerError: the ledger cannot be used.

    Example:
        >>> import supplytrust as st
        >>> evidence = st.collect("requests", deps="none")  # doctest: +SKIP
        >>> st.save_evidence(evidence, "evidence.json")  # doctest: +SKIP
    """
    name = check_question(subject, at, progress)
    with open_call(looking, load_settings(looking, name), progress) as call:
        return collect_evidence(call, lambda world: resolve(name, world), at)


@dataclass(frozen=True, slots=True)
class CallContext:
    """What one call works with: its options, the configuration (read once) and the ledger (opened once).

    `workers` are processes that rebuild on behalf of several packages that are judged at a time.
    """

    options: CollectOptions
    settings: Settings
    ledger: Ledger | None
    progress: Observer = quiet
    workers: Workers | None = None


@contextlib.contextmanager
def open_call(options: CollectOptions, settings: Settings, progress: Observer = quiet) -> Iterator[CallContext]:
    """The context of a call, whose ledger is closed again on the way out. LedgerError."""
    with open_ledger(options.get("ledger")) as ledger:
        yield CallContext(options, settings, ledger, progress)


def judge_evidence(
    call: CallContext,
    evidence: Evidence,
    policy: Policy,
    *,
    context: Context | None = None,
    at: datetime | None = None,
) -> TrustRecord:
    """The half below the I/O line: `assess` does it once, an audit for each package of its list.

    The record names the one it supersedes and the records of its dependencies; it is not yet in the ledger.
    """
    artifact = next((n.subject.artifact for n in evidence.nodes if n.subject.purl == evidence.root), None)
    sha256 = artifact.sha256 if artifact else ""
    earlier = call.ledger.latest(evidence.root, policy.id, sha256=sha256) if call.ledger else None
    return appraise(
        evidence,
        policy=policy,
        context=context,
        at=at,
        alone=dependency_depth(call.options) == 0,
        supersedes=earlier.record_digest if earlier else "",
        records=book.latest_admitting(call.ledger, evidence, policy, at or evidence.collected_at),
    )


def collect_evidence(
    call: CallContext, find_subject: Callable[[CollectContext], Subject], at: datetime | None = None
) -> Evidence:
    """The half above the I/O line: the subject, its claims, and those of what it depends on."""
    now = datetime.now(UTC).replace(microsecond=0)
    depth = dependency_depth(call.options)
    with open_context(
        call.options, call.settings, at or now, now, ledger=call.ledger, progress=call.progress, workers=call.workers
    ) as world:
        root = find_subject(world)
        call.progress("subject", root.purl)
        first = collect_claims(root, world)
        beside = replace(world, repository="", settings=share_repository(world.repository, first, world.settings))
        found = dependency_graph.expand(first, beside, depth=depth, look=collect_claims)
        return Evidence(root.purl, min(world.at, now), found.nodes, found.edges, tool=judge.TOOL)


def appraise(
    evidence: Evidence,
    *,
    policy: str | Path | Policy = "baseline",
    context: Context | None = None,
    at: datetime | None = None,
    alone: bool = False,
    trustor: str = "",
    supersedes: str = "",
    records: Mapping[str, CoveringRecord] = MappingProxyType({}),
) -> TrustRecord:
    """Judge evidence. Pure: no network, no clock; the same inputs give the same record, byte for byte.

    Args:
        evidence: what `collect` returned or `load_evidence` read.
        policy: a shipped name, a file, or a `Policy`.
        context: replaces the policy's own context (purpose, role, impact, budget).
        at: the clock of the judgement, with a time zone. None: the time of collection.
        alone: narrows the question to the package itself; else dependencies that nobody looked at are REFER.
        trustor: in whose name the record is made (a URI); '': the policy's.
        supersedes: digest (`sha256:<hex>`) of an earlier record of the package; '' for none.
        records: records that dependencies have of their own under this policy, by purl.

    Raises:
        supplytrust.errors.UsageError: policy or time cannot be used.
        supplytrust.errors.MalformedRecordError: the evidence holds nothing about its own root.

    Example:
        >>> import supplytrust as st
        >>> record = st.appraise(st.load_evidence("evidence.json"), policy="baseline")  # doctest: +SKIP
        >>> print(record.to_text())  # doctest: +SKIP
    """
    check_moment(at)
    check_argument("evidence", evidence, Evidence)
    check_argument("context", context, Context, optional=True)
    if all(node.subject.purl != evidence.root for node in evidence.nodes):
        raise MalformedRecordError(f"the evidence holds nothing about its own root, {evidence.root}", reason="root")
    chosen = load_policy(policy, trustor)
    if context is not None:
        chosen = replace(chosen, context=context)
    loader.check_purpose(chosen)
    time = at or evidence.collected_at
    return judge.judge(evidence, chosen, time, supersedes=supersedes, alone=alone, records=records)


def load_policy(policy: str | Path | Policy, trustor: str = "") -> Policy:
    """A policy by shipped name or file, in the name of `trustor` if one is given. UsageError, PolicyError."""
    check_argument("policy", policy, str, Path, Policy)
    return loader.in_name_of(policy if isinstance(policy, Policy) else loader.load(policy), trustor)
