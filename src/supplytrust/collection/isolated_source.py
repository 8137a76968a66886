"""A source that is asked in a process of its own, because it builds what others wrote and takes what it takes."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from supplytrust.collection.opening import open_collect_context
from supplytrust.io.context import CollectContext, Source, SourceClaim
from supplytrust.io.processes.worker import Workers
from supplytrust.model.evidence import NotObserved, SubjectEvidence
from supplytrust.model.policy import Settings
from supplytrust.model.subject import Subject

NAMES = frozenset({"rebuild"})


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


def observe(
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
