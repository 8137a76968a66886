"""What do the statements about an area add up to? The best of each group, summed over groups.

Statements of one group have the same origin: told twice they count once. Groups are independent of each
other, and their weights add (cumulative fusion of Josang, Subjective Logic, 2016, chapter 12).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from supplytrust.appraisal.algebra.ageing import favourable_at, opposing_at
from supplytrust.appraisal.algebra.state import State
from supplytrust.model.opinion import Opinion
from supplytrust.model.policy import Policy
from supplytrust.model.statement import Statement
from supplytrust.model.vocabulary import Area

DEFAULT_CAP = 8.0


def reliability(source: str, policy: Policy) -> float:
    """The factor of a source in [0, 1]; 0 when the policy does not list it."""
    factor = policy.reliability_of(source)
    return min(1.0, factor) if factor > 0 else 0.0


def cap(group: str, policy: Policy) -> float:
    """The most favourable weight a group can have."""
    return policy.weights.caps.get(group, DEFAULT_CAP)


def capped_weight(favourable: float, group: str, factor: float, policy: Policy) -> float:
    """The product rho * min(K, r): capped first, so that a flood from an unreliable source stays small."""
    return factor * min(cap(group, policy), favourable)


def favour(statement: Statement, policy: Policy, at: datetime) -> float:
    """What a statement adds to its group: aged, capped, then scaled by its source's reliability."""
    factor = reliability(statement.source, policy)
    return capped_weight(favourable_at(statement, at), statement.group, factor, policy)


def opposition(statement: Statement, policy: Policy, at: datetime) -> float:
    """What a statement holds against its group: unscaled and uncapped, if its source is listed."""
    return opposing_at(statement, at) if reliability(statement.source, policy) else 0.0


def groups(state: State, area: Area, policy: Policy, at: datetime) -> Mapping[str, tuple[float, float]]:
    """(favourable, opposing) weight of every group of the area, in order of group names."""
    found: dict[str, tuple[float, float]] = {}
    for statement in state.statements:
        if statement.area is area:
            r, s = found.get(statement.group, (0.0, 0.0))
            r = max(r, favour(statement, policy, at))
            found[statement.group] = (r, max(s, opposition(statement, policy, at)))
    return {group: found[group] for group in sorted(found)}


def opinion(state: State, area: Area, policy: Policy, at: datetime) -> Opinion:
    """The opinion of an area at a time: r = sum of the groups' favourable weights, s of the opposing ones."""
    weights = groups(state, area, policy, at).values()
    return Opinion(math.fsum(r for r, _ in weights), math.fsum(s for _, s in weights))
