"""What would change it? The missing weight in closed form, and the smallest evidence that supplies it.

Weights add across groups, so taking the largest gains first gives the smallest set; nothing is searched.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from supplytrust.appraisal.algebra.fusion import capped_weight, reliability
from supplytrust.appraisal.algebra.requirement import area_outcome
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.finding import Finding
from supplytrust.model.opinion import PRIOR_WEIGHT, Opinion
from supplytrust.model.policy import Policy, Weight
from supplytrust.model.record import Gain, Missing
from supplytrust.model.vocabulary import Area, Outcome, Status

Catalogue = Mapping[Area, tuple[str, ...]]

# What cannot be had for this very release, however long one looks.
_NEVER = (NotObservedReason.NOT_APPLICABLE, NotObservedReason.NO_PREDECESSOR)


@dataclass(frozen=True, slots=True)
class Questions:
    """What can be asked: signal ids of each area, and how reliable the source is that could answer each.

    A signal that `answerable` does not name is taken to be answered by the best source the policy lists.
    """

    catalogue: Catalogue = field(default_factory=lambda: MappingProxyType({}))
    answerable: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class AreaState:
    """An area as it stands: its opinion, threshold, and favourable weight of each group."""

    area: Area
    opinion: Opinion
    theta: float
    groups: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class HoldingReasons:
    """What the node's must-haves and opposing findings add to the explanation of an area."""

    must_haves: tuple[str, ...] = ()
    blockers: tuple[str, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    signal: str
    group: str
    gain: float


def missing_weight(opinion: Opinion, theta: float) -> float:
    """Delta r = theta (s + W) / (1 - theta) - r: what brings belief to exactly theta; 0 when it is there."""
    needed = theta * (opinion.opposing + PRIOR_WEIGHT) / (1 - theta)
    return max(0.0, needed - opinion.favourable)


def explain(
    state: AreaState, findings: Iterable[Finding], policy: Policy, questions: Questions, held: HoldingReasons
) -> Missing:
    """What would change this area: must-haves first, since they are needed anyway, then the largest gains."""
    known = tuple(findings)
    candidates = _candidates(state, known, policy, questions)
    single = tuple(Gain(c.signal, c.gain) for c in _best(candidates) if _reaches(state, (c.gain,)))
    enough = None if held.blockers else _smallest(state, candidates, held.must_haves)
    opposing = sorted({f.signal for f in known if f.status is Status.OPPOSES and f.area is state.area})
    return Missing(
        area=state.area,
        missing=missing_weight(state.opinion, state.theta),
        evidence=enough or (),
        blockers=held.blockers or (tuple(opposing) if enough is None else ()),
        must_haves=held.must_haves,
        until=held.until,
        single=() if held.blockers or _reaches(state, ()) else single,
    )


def _smallest(
    state: AreaState, candidates: tuple[_Candidate, ...], must_haves: tuple[str, ...]
) -> tuple[Gain, ...] | None:
    taken: list[_Candidate] = []
    left = candidates
    for wanted in (must_haves, None):
        while not _reaches(state, (c.gain for c in taken)):
            offered = [c for c in _best(left) if wanted is None or c.signal in wanted]
            if not offered:
                break
            taken.append(offered[0])
            left = _after(offered[0], left)
    if not _reaches(state, (c.gain for c in taken)):
        return None
    return tuple(Gain(c.signal, c.gain) for c in taken)


def _reaches(state: AreaState, gains: Iterable[float]) -> bool:
    favourable = math.fsum((state.opinion.favourable, *gains))
    return area_outcome(Opinion(favourable, state.opinion.opposing), state.theta) is Outcome.ADMIT


def _best(candidates: Iterable[_Candidate]) -> list[_Candidate]:
    return sorted(candidates, key=lambda c: (-c.gain, c.signal, c.group))


def _after(taken: _Candidate, candidates: Iterable[_Candidate]) -> tuple[_Candidate, ...]:
    """What the others still add: the same group only what it has beyond; a signal answers once."""
    left = []
    for c in candidates:
        gain = c.gain - taken.gain if c.group == taken.group else c.gain
        if c.signal != taken.signal and gain > 0:
            left.append(_Candidate(c.signal, c.group, gain))
    return tuple(left)


def _candidates(
    state: AreaState, findings: tuple[Finding, ...], policy: Policy, questions: Questions
) -> tuple[_Candidate, ...]:
    answers = {f.signal: f for f in findings}
    best_listed = max((reliability(s, policy) for s in policy.reliability), default=0.0)
    found = []
    for signal in sorted(questions.catalogue.get(state.area, ())):
        answer = answers.get(signal)
        factor = questions.answerable.get(signal, best_listed)
        for row in _rows(signal, answer, policy):
            had = state.groups.get(row.group, 0.0)
            gain = capped_weight(row.favourable, row.group, factor, policy) - had
            if gain > 0:
                found.append(_Candidate(signal, row.group, gain))
    return tuple(found)


def _rows(signal: str, answer: Finding | None, policy: Policy) -> list[Weight]:
    rows = [policy.weights.rows[key] for key in sorted(policy.weights.rows) if key[0] == signal]
    if answer is None:
        return rows
    if answer.status is Status.OPPOSES or answer.reason in _NEVER:
        return []
    held = policy.weights.row(signal, answer.grade)
    if answer.status is Status.SUPPORTS and held is not None:
        # A better answer of the same kind replaces this one; in another group it would take this one away.
        return [row for row in rows if row.group == held.group]
    return rows
