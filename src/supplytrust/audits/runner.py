"""Judge many packages: read the list -> what was judged lately? -> assess the rest in parallel -> compose.

Each record goes into the ledger as soon as it is made, so a run that was interrupted goes on where it stopped.
Any `concurrent.futures` executor will do: a task and its answer are plain values that can be pickled.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Unpack, cast

from supplytrust import ecosystems
from supplytrust.appraisal.judge import TOOL
from supplytrust.appraisal.policies import loader
from supplytrust.assessment import CallContext, collect_evidence, judge_evidence, load_policy, open_call
from supplytrust.audits import inventory
from supplytrust.audits.executors import count_slots, submit_task, wait_for_any
from supplytrust.audits.inventory import Inventory, ListedPackage, purls
from supplytrust.audits.progress import Watch
from supplytrust.audits.result import (
    EXT,
    PASSING_FAULT,
    AuditResult,
    SubjectVerdict,
    compose_result,
    has_passing_fault,
    judged_from_record,
    newer_releases,
    unknown_subject,
)
from supplytrust.audits.run_history import changes_since_last_run
from supplytrust.collection import resolve
from supplytrust.collection.options import CollectOptions, Observer, dependency_depth, load_settings
from supplytrust.collection.sources import names
from supplytrust.collection.subjects import NAME, exists, request_of
from supplytrust.ecosystems import PackageRequest, listing
from supplytrust.errors import InputError, NotFoundError, NothingToAssessError, SupplytrustError, UsageError
from supplytrust.formats.list_file import Field, writable
from supplytrust.io.context import CollectContext, quiet
from supplytrust.io.processes.run import optional_tools
from supplytrust.io.processes.worker import Workers
from supplytrust.ledger import Ledger, digest_of
from supplytrust.model.arguments import check_argument, check_callable, check_moment
from supplytrust.model.policy import Policy, Settings
from supplytrust.model.record import TrustRecord
from supplytrust.model.subject import Subject, release_of
from supplytrust.records import statement

JOBS = 3  # reading is bounded by one interpreter: a fourth costs memory and saves no time
MOST_JOBS = 64
REUSED_FOR = timedelta(hours=20)  # less than a night, so that every night looks again
RETRIED_AFTER = timedelta(hours=1)  # what a passing fault left unknown in a run that was interrupted
FINISHED = "in a finished run"  # a fact of the ledger about a record that rests on a passing fault
_FOLDER_OR_NAME = "{0} is read as what lies here; write pkg:{1}/{0} for the package of that name"

Target = str | Path | Inventory
RecordObserver = Callable[["SubjectVerdict", bytes], None]


@dataclass(frozen=True, slots=True)
class Task:
    """All that is needed to judge one listed package, anywhere."""

    listed: ListedPackage
    policy: str | Path | Policy
    at: datetime
    looking: CollectOptions
    question: str
    trustor: str = ""
    beside: tuple[str, ...] = ()  # names of the list that this one could be taken for


@dataclass(frozen=True, slots=True)
class Answer:
    """The record's statement, or why there is none. In one process the record itself is handed over beside it."""

    body: bytes = b""
    code: str = ""
    why: str = ""
    record: TrustRecord | None = None


def audit(
    targets: Iterable[Target] | Target,
    *,
    policy: str | Path | Policy | None = None,
    executor: Executor | None = None,
    jobs: int = JOBS,
    at: datetime | None = None,
    trustor: str = "",
    fresh: bool = False,
    progress: Observer = quiet,
    on_record: RecordObserver | None = None,
    **looking: Unpack[CollectOptions],
) -> AuditResult:
    """Judge every package that the targets list.

    Args:
        targets: lock files, bills of materials, lists, folders, environments, purls, names; or inventories.
        policy: a shipped name, a file, or a `Policy`; None: the configured one.
        executor: where the packages are judged; None: a pool of `jobs` threads. One of processes needs a policy
            by name or file.
        jobs: how many packages are judged at a time, 1 to 64.
        at: the clock of the judgement, the same for all packages. None: now.
        trustor: in whose name records are made (a URI); '': the configured one, else the policy's.
        fresh: judge anew what an earlier run judged lately.
        progress: called with ("audit", line) after each package.
        on_record: called at the end with each judged package and the bytes of its record, if there is a ledger.
        **looking: see `CollectOptions`; `deps` is "none" unless given, because the list is the graph.

    Raises:
        supplytrust.errors.InputError: a target cannot be read; names file and position.
        supplytrust.errors.UsageError: policy, configuration or number of jobs cannot be used.
        supplytrust.errors.NothingToAssessError: nothing is listed.
        supplytrust.errors.LedgerError: the ledger cannot be used.

    Example:
        >>> import supplytrust as st
        >>> result = st.audit("requirements.txt", policy="production", jobs=3)  # doctest: +SKIP
        >>> [one.purl for one in result if one.outcome is st.Outcome.REFUSE]  # doctest: +SKIP
        []
    """
    check_moment(at)
    check_callable("progress", progress)
    check_argument("jobs", jobs, int)
    if executor is not None:
        check_argument("executor", executor, Executor)
    if not 1 <= jobs <= MOST_JOBS:
        raise UsageError(f"{jobs} jobs", hint=f"a number from 1 to {MOST_JOBS}")
    options = cast("CollectOptions", {"deps": "none", **looking})
    dependency_depth(options)
    settings = load_settings(options)
    listed = inventory.at_configured(inventory_of(targets), settings)
    named = policy or settings.policy or loader.USUAL_POLICY
    chosen = load_policy(named, trustor or settings.trustor)
    listed = replace(listed, notes=(*listed.notes, *chosen.notes))
    settings = replace(settings, trustor=chosen.trustor)
    loader.check_purpose(chosen)
    moment = at or datetime.now(UTC).replace(microsecond=0)
    question = _question(options, settings)
    with open_call(options, settings) as call:
        ledger = call.ledger
        recent = {} if fresh or ledger is None else dict(_recent(listed, chosen, moment, question, ledger))
        given = chosen if executor is None else named
        asked = [o for o in listed.listed if o.wanted and o.purl not in recent]
        near = names.near_in_graph((o.wanted.type, o.wanted.name) for o in listed.listed if o.wanted)
        tasks = [
            Task(o, given, moment, options, _question_of(o, question), settings.trustor, near.get((w.type, w.name), ()))
            for o in asked
            if (w := o.wanted)
        ]
        done = [*_unjudgeable(listed), *recent.values()]
        watch = Watch(progress, len(listed.listed), len(done))
        pool = executor or ThreadPoolExecutor(jobs, thread_name_prefix="audit")
        heavy = options.get("rebuild") != "never"  # a package is rebuilt in a process, so that it holds up no other
        here = replace(call, workers=Workers(min(jobs, os.cpu_count() or 1)) if heavy else None)
        judge = judge_one if executor else functools.partial(judge_one, call=here)
        try:
            for task, answer, oldest in _answers(pool, judge, tasks, lambda: 2 * max(jobs, count_slots(pool))):
                one = _verdict(task, answer, ledger)
                done.append(one)
                watch.note_done(f"{one.purl} {one.outcome.name}", oldest)
        finally:
            if executor is None:
                pool.shutdown(cancel_futures=True)
        result = compose_result(listed, done, chosen, moment)
        if ledger:
            _note_faults(ledger, result)
            result = replace(result, changed=changes_since_last_run(ledger, result))
            _give_records(result, ledger, on_record)
        return result


def _give_records(result: AuditResult, ledger: Ledger, on_record: RecordObserver | None) -> None:
    for one in result.subjects if on_record else ():
        if on_record and one.record_digest:
            on_record(one, ledger.body(one.record_digest))
            ledger.note_signed(one.record_digest, result.at)  # or will be: it is in other hands now


def inventory_of(targets: Iterable[Target] | Target) -> Inventory:
    """The targets as one inventory. InputError; NothingToAssessError when nothing is listed."""
    check_argument("targets", targets, str, Path, Inventory, Iterable)
    several = [targets] if isinstance(targets, str | Path | Inventory) else list(targets)
    for target in several:
        check_argument("a target", target, str, Path, Inventory)
    if not several:
        raise NothingToAssessError("no target was named", hint="name a lock file, a folder or a purl")
    found = inventory.join_inventories(_one(target) for target in several)
    if not found.listed:
        raise NothingToAssessError(f"{found.name} lists no packages", hint="nothing was judged")
    return found


def _one(target: Target) -> Inventory:
    """What one target lists; what a text means is told as `assess` tells it, but what exists here is read first."""
    if isinstance(target, Inventory):
        return target
    text = str(target)
    field = Field(text, Path("target"), "")
    if isinstance(target, str) and text.startswith("pkg:"):
        return inventory.inventory(text, [purls.package_of_purl(field, text)])
    if isinstance(target, Path) or exists(text) or text.endswith((".txt", ".toml", ".lock", ".json")):
        return _read(
            text,
            _FOLDER_OR_NAME.format(text, ecosystems.default_type()) if NAME.fullmatch(text) and "." not in text else "",
        )
    name, at, address = text.partition(" @ ")
    if at and NAME.fullmatch(name.strip()):
        why = f"from a direct address: {listing.escape_text(address, 120)}"
        return inventory.inventory(text, [listing.package(field, name.strip(), unknown=why)])
    request = request_of(text)
    if request.wanted is None:
        return _read(request.path, *request.notices)
    wanted = request.wanted
    return inventory.inventory(text, [listing.package(field, wanted.name, wanted.version)], notes=request.notices)


def _read(path: str, *notes: str) -> Inventory:
    if not exists(path):
        raise InputError(f"{writable(path[:200])}: no such file or folder", hint="check the path")
    found = inventory.read(Path(path))
    return replace(found, notes=(*found.notes, *(writable(note) for note in notes if note)))


# --- one package: runs on any executor ----------------------------------------------------------------


def judge_one(task: Task, call: CallContext | None = None) -> Answer:
    """Look at one package and judge it, as `assess` does. Never raises for what the world did.

    `call` is the run's own context; on another machine or in another process the task opens one of its own.
    """
    try:
        record = _record(task, call)
        return Answer(statement.to_statement(record), record=record if call else None)
    except SupplytrustError as error:
        return Answer(code=f"not-judged:{error.reason}", why=error.message)
    except Exception as error:  # noqa: BLE001 - one package that breaks us must not cost the other verdicts
        return Answer(code="not-judged:internal", why=f"{type(error).__name__}: {error}"[:200])


def _record(task: Task, call: CallContext | None) -> TrustRecord:
    if call is None:
        with open_call(task.looking, load_settings(task.looking)) as opened:
            return _record(task, opened)
    find_subject = functools.partial(_subject, task.listed)
    evidence = names.note_near_root(collect_evidence(call, find_subject, task.at), task.beside)
    record = judge_evidence(call, evidence, load_policy(task.policy, task.trustor), at=task.at)
    faults = any(gap.reason.is_passing_fault for node in evidence.nodes for gap in node.gaps)
    noted = {"question": task.question, **({PASSING_FAULT: True} if faults else {}), **newer_releases(evidence)}
    return replace(record, ext={**record.ext, EXT: noted})


def _subject(listed: ListedPackage, world: CollectContext) -> Subject:
    """The release with a file that the list accepts, or the file that lies at the listed path."""
    if listed.path:
        local = resolve.local_file(listed.path, world)
        if listed.sha256 and local.artifact and local.artifact.sha256 not in listed.sha256:
            raise NothingToAssessError(f"the file is not one of a locked sha256 ({listed.sha256[0][:8]}...)")
        return local
    return resolve.release(listed.wanted or PackageRequest("generic", listed.purl), world, listed.sha256)


# --- the run ------------------------------------------------------------------------------------------


def _answers(
    pool: Executor, judge: Callable[[Task], Answer], tasks: list[Task], ahead: Callable[[], int]
) -> Iterator[tuple[Task, Answer, str]]:
    """Answers as they come, each with the package that is waited for longest.

    At most `ahead` tasks are out at a time, which bounds memory; it is asked anew, as a cluster grows and shrinks.
    """
    waiting = iter(tasks)
    running: dict[Future[Answer], Task] = {}
    try:
        while True:
            for task in islice(waiting, max(0, ahead() - len(running))):
                running[submit_task(pool, judge, task)] = task
            if not running:
                return
            for future in wait_for_any(pool, running):
                task = running.pop(future)
                yield task, _answer(future), next((one.listed.purl for one in running.values()), "")
    finally:
        for future in running:
            future.cancel()


def _answer(future: Future[Answer]) -> Answer:
    """What was answered; a task that failed, was cancelled or gave something else is a package that was not judged."""
    try:
        answer = future.result()
    except (Exception, CancelledError) as error:  # noqa: BLE001 - whatever an executor meets
        return Answer(code="not-judged:internal", why=f"{type(error).__name__}: {error}"[:200])
    if isinstance(answer, Answer):
        return answer
    return Answer(code="not-judged:internal", why=f"the executor answered a {type(answer).__name__}")


def _verdict(task: Task, answer: Answer, ledger: Ledger | None) -> SubjectVerdict:
    listed = task.listed
    if not answer.body:
        near = _near_names(listed) if answer.code == f"not-judged:{NotFoundError.reason}" else ()
        return unknown_subject(listed.purl, answer.code, answer.why, where=listed.where, near=near)
    record = answer.record or statement.from_statement(answer.body)
    if ledger:
        ledger.keep(record, answer.body)
    return judged_from_record(listed.purl, record, digest_of(answer.body), where=listed.where)


def _near_names(listed: ListedPackage) -> tuple[str, ...]:
    """Popular names that may have been meant; none when the name itself is one of them."""
    if listed.wanted is None:
        return ()
    try:
        known = ecosystems.for_type(listed.wanted.type).name_neighbours(listed.wanted.name)
    except SupplytrustError:  # an ecosystem without a list of names
        return ()
    return () if known.popular else known.neighbours


def _unjudgeable(listed: Inventory) -> list[SubjectVerdict]:
    return [unknown_subject(o.purl, "not-judged", o.unknown, where=o.where) for o in listed.listed if o.wanted is None]


_ASKED = ("offline", "deps", "rebuild", "second_interpreter", "repository")


def _question(looking: CollectOptions, settings: Settings) -> str:
    """A digest of how and with which tools it is looked at: a record that answered another question is not reused."""
    asked = (
        TOOL,
        settings,
        [(key, str(looking.get(key) or "")) for key in _ASKED],
        [(tool.name, tool.found) for tool in optional_tools()],
    )
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:32]


def _question_of(one: ListedPackage, question: str) -> str:
    """A file given by path does not answer for the index's file of the same release."""
    return f"{question} by path" if one.path else question


def _recent(
    listed: Inventory, policy: Policy, at: datetime, question: str, ledger: Ledger
) -> Iterator[tuple[str, SubjectVerdict]]:
    """Packages that were judged lately: the same release and file, policy and question."""
    for one in listed.listed:
        if one.wanted and one.wanted.version:
            found = _recent_verdict(one, policy, at, question, ledger)
            if found:
                yield one.purl, found


def _recent_verdict(
    one: ListedPackage, policy: Policy, at: datetime, question: str, ledger: Ledger
) -> SubjectVerdict | None:
    local = hashlib.sha256(Path(one.path).read_bytes()).hexdigest() if one.path else ""
    accepted = (local,) if local else one.sha256
    for entry in ledger.history(release_of(one.purl) if local else one.purl, limit=50):
        fitting = entry.policy_digest == policy.digest and at - REUSED_FOR < entry.assessed_at <= at
        if fitting and (not accepted or entry.artifact_sha256 in accepted):
            record = statement.from_statement(ledger.body(entry.record_digest))
            noted = record.ext.get(EXT)
            same = isinstance(noted, Mapping) and noted.get("question") == _question_of(one, question)
            if same and _is_reusable(record, entry.record_digest, at, ledger):
                return judged_from_record(one.purl, record, entry.record_digest, where=one.where, reused=True)
    return None


def _is_reusable(record: TrustRecord, digest: str, at: datetime, ledger: Ledger) -> bool:
    """Whether it has not ended, and rests on a passing fault only when the run that met the fault was interrupted."""
    if record.expires <= at or not has_passing_fault(record):
        return record.expires > at
    return at - record.assessed_at < RETRIED_AFTER and ledger.recall(digest, FINISHED) is None


def _note_faults(ledger: Ledger, result: AuditResult) -> None:
    """A finished run has told what was not to be had; the next one looks again."""
    for one in result.subjects:
        if one.passing_fault and one.record_digest:
            ledger.remember(one.record_digest, FINISHED, "", result.at)
