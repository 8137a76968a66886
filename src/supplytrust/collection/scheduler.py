"""Ask every source about one subject: on a thread pool, each as soon as what it needs has been collected.

A source that fails leaves a `NotObserved` with its reason for every claim it would have made; nothing is dropped.
The result does not depend on the order in which sources finish (`SubjectEvidence` sorts itself).
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from supplytrust.collection import sources
from supplytrust.collection.options import open_collect_context
from supplytrust.ecosystems import artifact_cache
from supplytrust.errors import SourceError
from supplytrust.io.context import CollectContext, Source, SourceClaim
from supplytrust.io.processes.worker import Workers
from supplytrust.model.claims.claim import Claim
from supplytrust.model.evidence import NotObserved, NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.policy import VOICE, Settings
from supplytrust.model.subject import Subject
from supplytrust.records.evidence_file import observation_id

THREADS = 8


def all_sources() -> tuple[Source, ...]:
    """Every source of this package, by name. Closed world: nothing registers itself."""
    return _sources_in(tuple(sources.__path__))


@functools.lru_cache(maxsize=4)
def _sources_in(folders: tuple[str, ...]) -> tuple[Source, ...]:
    modules = [importlib.import_module(f"{sources.__name__}.{m.name}") for m in pkgutil.iter_modules(folders)]
    return tuple(sorted((cast("Source", m) for m in modules if hasattr(m, "observe")), key=lambda s: s.NAME))


def collect_claims(subject: Subject, world: CollectContext, asked: Iterable[Source] | None = None) -> SubjectEvidence:
    """Collect all claims about a subject. Never raises for what the world did."""
    subject = _with_own_digest(subject, world)
    waiting = [s for s in (all_sources() if asked is None else asked) if _applies(s, subject)]
    known = SubjectEvidence(subject)
    running: dict[Future[SubjectEvidence], Source] = {}
    with ThreadPoolExecutor(THREADS, thread_name_prefix="source") as pool:
        while waiting or running:
            for source in _ready(waiting, list(running.values())):
                waiting.remove(source)
                running[pool.submit(_ask, source, subject, known, world)] = source
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                source = running.pop(future)
                world.progress("source", source.NAME)
                part = future.result()
                known = SubjectEvidence(subject, known.observations + part.observations, known.gaps + part.gaps)
    return known


def _with_own_digest(subject: Subject, world: CollectContext) -> Subject:
    """The judged file by the SHA-256 of its bytes, where the index lists it by SHA-512 and they have that digest."""
    artifact = subject.artifact
    if artifact is None or artifact.sha256 or not artifact.sha512:
        return subject
    try:
        read = artifact_cache.of(subject, artifact, world)
        same = read.sha512 == artifact.sha512
    except SourceError:
        return subject
    return replace(subject, artifact=replace(artifact, sha256=read.sha256)) if same else subject


def _applies(source: Source, subject: Subject) -> bool:
    return not source.ECOSYSTEMS or subject.type in source.ECOSYSTEMS


def _ready(waiting: list[Source], running: list[Source]) -> list[Source]:
    """Sources none of whose needs can still be answered by another source.

    When needs form a circle nobody is ready and nobody runs: then all that wait are let go at once, and
    each of them says itself what it misses.
    """
    open_offers = [(s, frozenset(s.OFFERS)) for s in (*waiting, *running)]
    ready = [s for s in waiting if not any(o is not s and set(s.NEEDS) & offers for o, offers in open_offers)]
    return ready if ready or running else list(waiting)


def _ask(source: Source, subject: Subject, known: SubjectEvidence, world: CollectContext) -> SubjectEvidence:
    at = min(world.now, world.at)
    try:
        observed = _observe(source, subject, known, world)
        made = tuple(observation(_name(source, o), o, at) for o in observed if isinstance(o, SourceClaim))
    except SourceError as error:
        return SubjectEvidence(subject, (), _gaps(source, (), _reason(error), error.message))
    except Exception as error:  # noqa: BLE001 - a defect of one source must not cost the other answers
        return SubjectEvidence(
            subject, (), _gaps(source, (), NotObservedReason.INTERNAL, f"{type(error).__name__}: {error}")
        )
    told = tuple(_with_source(source, m) for m in observed if isinstance(m, NotObserved))
    covered = {type(o.claim).__name__ for o in made} | {g.claim for g in told}
    silent = _gaps(source, covered, NotObservedReason.NOT_PUBLISHED, f"{source.NAME} had nothing to say")
    return SubjectEvidence(subject, made, told + silent)


def _observe(
    source: Source, subject: Subject, known: SubjectEvidence, world: CollectContext
) -> Sequence[SourceClaim | NotObserved]:
    if world.workers is not None and source.NAME in ISOLATED:
        return observe_isolated(source, subject, known, world, world.workers)
    return source.observe(subject, known, world)


def observation(source: str, observed: SourceClaim, at: datetime) -> Observation[Claim]:
    """A claim with its source, time and id."""
    return Observation(
        observation_id(source, observed.claim), source, at, observed.method, observed.digest, observed.claim
    )


def _name(source: Source, observed: SourceClaim) -> str:
    return f"{source.NAME}{VOICE}{observed.voice}" if observed.voice else source.NAME


def _with_source(source: Source, missed: NotObserved) -> NotObserved:
    return replace(missed, source=source.NAME, detail=missed.detail[:200])


def _gaps(source: Source, covered: Iterable[str], reason: NotObservedReason, detail: str) -> tuple[NotObserved, ...]:
    names = sorted({c.__name__ for c in source.OFFERS} - set(covered))
    return tuple(NotObserved(name, source.NAME, reason, detail[:200]) for name in names)


def _reason(error: SourceError) -> NotObservedReason:
    try:
        return NotObservedReason(error.reason)
    except ValueError:
        return NotObservedReason.REFUSED


# --- a source that is asked in a process of its own, because it builds what others wrote and takes what it takes

ISOLATED = frozenset({"rebuild"})


@dataclass(frozen=True, slots=True)
class Order:
    """All that the source needs: plain values, of the evidence only what it reads."""

    source: str
    subject: Subject
    known: SubjectEvidence
    settings: Settings
    at: datetime
    now: datetime
    repository: str
    offline: bool
    options: dict[str, str]


def observe_isolated(
    source: Source, subject: Subject, known: SubjectEvidence, world: CollectContext, workers: Workers
) -> Sequence[SourceClaim | NotObserved]:
    """What the source answers, asked in another process where there is work for one. Raises what both do."""
    nothing = getattr(source, "answer_without_building", None)
    answered = nothing(subject, known, world) if nothing else ()
    if answered:
        return cast("Sequence[SourceClaim | NotObserved]", answered)
    needed = tuple(o for o in known.observations if isinstance(o.claim, tuple(source.NEEDS)))
    order = Order(
        source.NAME,
        subject,
        SubjectEvidence(subject, needed, known.gaps),
        world.settings,
        world.at,
        world.now,
        world.repository,
        world.http.offline,
        dict(world.options),
    )
    return workers.run(answer_order, order)


def answer_order(order: Order) -> Sequence[SourceClaim | NotObserved]:
    """The other side: opens a world of its own on the same cache."""
    source = cast("Source", importlib.import_module(f"supplytrust.collection.sources.{order.source}"))
    with open_collect_context(
        order.settings,
        at=order.at,
        now=order.now,
        repository=order.repository,
        offline=order.offline,
        options=order.options,
    ) as world:
        return source.observe(order.subject, order.known, world)
