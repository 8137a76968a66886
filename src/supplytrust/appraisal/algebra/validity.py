"""Until when does it hold? The first moment an admission ends, and the smallest loss that would end it.

Without new evidence belief never rises and disbelief never falls (ageing, expiry), so the moment is found by
bisection, exactly, to the microsecond that times are kept in.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from supplytrust.appraisal.algebra.fusion import favour, opinion
from supplytrust.appraisal.algebra.requirement import area_outcome
from supplytrust.appraisal.algebra.state import State
from supplytrust.model.opinion import Opinion
from supplytrust.model.policy import Policy
from supplytrust.model.vocabulary import Area, Outcome

HORIZON = timedelta(days=36525)  # a hundred years: what holds that long holds for every practical end
_TICK = timedelta(microseconds=1)


def worsens_at(
    state: State, area: Area, theta: float, policy: Policy, at: datetime, *, beyond: Outcome = Outcome.ADMIT
) -> datetime | None:
    """The first moment after `at` at which the area is worse than `beyond`; None: not within the horizon."""
    own = State(tuple(s for s in state.statements if s.area is area))
    return first_moment(lambda t: area_outcome(opinion(own, area, policy, t), theta) > beyond, at)


def first_moment(ended: Callable[[datetime], bool], at: datetime) -> datetime | None:
    """The first t >= at for which a condition holds that never stops holding once it does."""
    horizon = min(HORIZON, datetime.max.replace(tzinfo=UTC) - at)
    low, high = -1, horizon // _TICK
    if not ended(at + high * _TICK):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if ended(at + middle * _TICK) else (middle, high)
    return at + high * _TICK


def valid_until(at: datetime, flips_at: datetime | None, policy: Policy) -> datetime:
    """The policy's greatest age, or the end of the admission if that is earlier."""
    aged = at + timedelta(days=policy.max_age_days)
    return aged if flips_at is None else min(aged, flips_at)


def margin(state: State, area: Area, theta: float, policy: Policy, at: datetime) -> tuple[str, ...]:
    """The smallest set of claims whose loss ends the admission of an area; () when none does (theta 0).

    Exact: `losses[n]` is the most favourable weight that n lost statements can take away. Inside a group
    the best statements must go first, so only the number taken from each group is open.
    """
    if theta <= 0:
        return ()
    view = opinion(state, area, policy, at)
    losses: dict[int, tuple[float, tuple[str, ...]]] = {0: (0.0, ())}
    for ladder in _ladders(state, area, policy, at):
        losses = _combine_losses(losses, ladder)
    for count in sorted(losses):
        lost, claims = losses[count]
        left = Opinion(max(0.0, view.favourable - lost), view.opposing)
        if area_outcome(left, theta) is not Outcome.ADMIT:
            return tuple(sorted(claims))
    return ()


def _ladders(state: State, area: Area, policy: Policy, at: datetime) -> list[list[tuple[float, str]]]:
    """For each group: what losing its best 1, 2, ... statements takes away, with the claim lost last."""
    held: dict[str, list[tuple[float, str]]] = {}
    for statement in state.statements:
        weight = favour(statement, policy, at) if statement.area is area else 0.0
        if weight > 0:
            held.setdefault(statement.group, []).append((weight, statement.claim))
    ladders = []
    for group in sorted(held):
        items = sorted(held[group], key=lambda item: (-item[0], item[1]))
        after = [weight for weight, _ in items[1:]] + [0.0]
        ladders.append([(items[0][0] - rest, claim) for (_, claim), rest in zip(items, after, strict=True)])
    return ladders


def _combine_losses(
    losses: dict[int, tuple[float, tuple[str, ...]]], ladder: list[tuple[float, str]]
) -> dict[int, tuple[float, tuple[str, ...]]]:
    best = dict(losses)
    names = [claim for _, claim in ladder]
    for (count, (lost, claims)), taken in itertools.product(losses.items(), range(1, len(ladder) + 1)):
        total = math.fsum((lost, ladder[taken - 1][0]))
        if total > best.get(count + taken, (-1.0, ()))[0]:
            best[count + taken] = (total, claims + tuple(names[:taken]))
    return best
