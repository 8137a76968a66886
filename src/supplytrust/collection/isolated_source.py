"""A source that is asked in a process of its own, because it builds what others wrote and takes what it takes."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast

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
    settings: dict[str, object]
    at: datetime
    now: datetime
    repository: str
    offline: bool
    options: dict[str, str]


def observe(
    source: Source, subject: Subject, known: SubjectEvidence, world: CollectContext, workers: Workers
) -> Sequence[SourceClaim | NotObserved]:
    """What the source answers, asked in another process. Raises what `Workers.run` raises."""
    needed = tuple(o for o in known.observations if isinstance(o.claim, tuple(source.NEEDS)))
    order = Order(
        source.NAME,
        subject,
        SubjectEvidence(subject, needed, known.gaps),
        _plain(world.settings),
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
        Settings(**cast("dict[str, Any]", order.settings)),
        at=order.at,
        now=order.now,
        repository=order.repository,
        offline=order.offline,
        options=order.options,
    ) as world:
        return source.observe(order.subject, order.known, world)


def _plain(settings: Settings) -> dict[str, object]:
    """Settings as values that can be sent: read-only mappings cannot."""
    values = {f.name: getattr(settings, f.name) for f in fields(settings)}
    return {name: dict(v) if isinstance(v, Mapping) else v for name, v in values.items()}
