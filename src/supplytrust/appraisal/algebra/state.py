"""Which statements count? The newest of each key; of two equally new ones the less favourable.

A state is a set of evidence, never a score, and merging two states is the pointwise maximum: commutative,
associative and idempotent, so it does not matter who merges what, how often, in which order (a join
semilattice; Shapiro et al., Conflict-free Replicated Data Types, 2011).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.statement import Statement


@dataclass(frozen=True, slots=True)
class State:
    """At most one statement a key, in order of keys. Made by `state_of` and `merge` only."""

    statements: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Intake:
    """A state, and the claims (signal ids) that were dropped because they are dated after the judgement."""

    state: State
    dropped: tuple[str, ...] = ()


def state_of(statements: Iterable[Statement], at: datetime) -> Intake:
    """The state of all statements dated at or before `at`; the others are dropped and named."""
    taken: list[Statement] = []
    dropped: set[str] = set()
    for statement in statements:
        if statement.at <= at:
            taken.append(statement)
        else:
            dropped.add(statement.claim)
    return Intake(_newest(taken), tuple(sorted(dropped)))


def merge(*states: State) -> State:
    """The union of what the states know: per key the statement that comes last."""
    return _newest(statement for state in states for statement in state.statements)


def _newest(statements: Iterable[Statement]) -> State:
    newest: dict[tuple[str, ...], Statement] = {}
    for statement in statements:
        held = newest.get(statement.key)
        if held is None or _order(statement) > _order(held):
            newest[statement.key] = statement
    return State(tuple(newest[key] for key in sorted(newest)))


def _order(statement: Statement) -> tuple[datetime, float, float, float, float, str]:
    """Newer wins; then more opposition, less favour, quicker ageing, earlier expiry, larger id."""
    expires = math.inf if statement.expires is None else statement.expires.timestamp()
    return (
        statement.at,
        statement.opposing,
        -statement.favourable,
        -statement.half_life_days,
        -expires,
        statement.id,
    )
