"""From findings to an opinion about an area: statements by weight, the newest of each, aged, the best of each group.

1. A finding becomes a statement by its row of the weight table; without a row it is worth 0.
2. Of the statements with one key the newest counts; of two equally new ones the less favourable.
3. Favourable weight halves with its half-life; opposing weight stays until something newer resolves it.
4. The reliability of the source scales the weight, the cap of the group bounds it; inside a group the best counts,
   over groups they add up: `b = r/(r+s+2)`, `d = s/(r+s+2)`, `u = 2/(r+s+2)`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.finding import CONTROL_CHANGED, Finding, Opinion, Statement
from supplytrust.model.policy import Policy
from supplytrust.model.vocabulary import Area, Status

# --- Which statements count? The newest of each key; of two equally new ones the less favourable.


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


# --- How does evidence age? Favourable weight halves with its half-life; opposing weight stays.

SECONDS_A_DAY = 86400.0


def favourable_at(statement: Statement, at: datetime) -> float:
    """r(t) = r * 2^(-(t - at) / half-life), and 0 from `expires` on; never more than r."""
    if statement.expires is not None and at >= statement.expires:
        return 0.0
    days = (at - statement.at).total_seconds() / SECONDS_A_DAY
    return float(statement.favourable * 2.0 ** -(max(0.0, days) / statement.half_life_days))


def opposing_at(statement: Statement, _at: datetime) -> float:
    """s(t) = s. It ends by a newer statement of the same key, or with another version."""
    return statement.opposing


# --- What do the statements about an area add up to? The best of each group, summed over groups.

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


# --- What is a finding worth? Its row of the weight table makes it a statement; without one it is worth 0.

Pair = tuple[Finding, Statement | None]


def weigh(findings: Iterable[Finding], subject: str, policy: Policy) -> tuple[Statement, ...]:
    """The statements that findings make about a subject (a purl). What was not observed makes none."""
    return tuple(s for _, s in weigh_each(findings, subject, policy) if s is not None)


def weigh_each(findings: Iterable[Finding], subject: str, policy: Policy) -> tuple[Pair, ...]:
    """Each finding with its statement, in order of signal, so that the order of arrival leaves no trace.

    Once control of a package has changed, what reputation groups say is about someone else: it weighs 0.
    """
    ordered = sorted(findings, key=lambda f: (f.signal, repr(f)))
    pairs = [(f, _statement(f, subject, policy)) for f in ordered]
    if any(f.grade == CONTROL_CHANGED for f in ordered):
        return tuple((f, _without_reputation(s, policy)) for f, s in pairs)
    return tuple(pairs)


def _statement(finding: Finding, subject: str, policy: Policy) -> Statement | None:
    row = policy.weights.row(finding.signal, finding.grade)
    if row is None or finding.status is Status.NOT_OBSERVED or finding.at is None or not finding.sources:
        return None
    supports = finding.status is Status.SUPPORTS
    return Statement(
        subject=subject,
        area=finding.area,
        group=row.group,
        claim=finding.signal,
        # A conclusion is as reliable as the least reliable of what it was drawn from.
        source=min(finding.sources, key=lambda source: (reliability(source, policy), source)),
        at=finding.at,
        favourable=row.favourable if supports else 0.0,
        opposing=0.0 if supports else row.opposing,
        half_life_days=row.half_life_days,
        expires=finding.until if supports else None,
        id=",".join(finding.evidence),
    )


def _without_reputation(statement: Statement | None, policy: Policy) -> Statement | None:
    if statement is None or statement.group not in policy.weights.reputation_groups:
        return statement
    return dataclasses.replace(statement, favourable=0.0)
