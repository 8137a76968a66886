"""Why is it so, and what would change it?

A reason is a stable code for programs and one plain line for people. The missing weight has a closed form, and the
smallest evidence that supplies it is found without search: weights add across groups, so taking the largest gains first
gives the smallest set.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

from supplytrust.appraisal.algebra.opinion import capped_weight, reliability
from supplytrust.appraisal.algebra.requirement import MustHave, area_outcome
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.finding import CONTROL_CHANGED, PRIOR_WEIGHT, Finding, Opinion
from supplytrust.model.policy import Exemption, Policy, Weight
from supplytrust.model.record import AreaVerdict, Gain, Missing, Reason, WeighedFinding
from supplytrust.model.vocabulary import Area, EdgeKind, Outcome, Status, Veto

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
    reaching = [Gain(c.signal, c.gain) for c in _best(candidates) if _reaches(state, (c.gain,))]
    single = tuple(dict.fromkeys(reaching))  # grades of a signal that bring as much are one answer
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


# --- Why is it so? A stable code for programs, and one plain line for people.


def veto_reason(veto: Veto, finding: Finding) -> Reason:
    """A fact that no weight can answer."""
    return Reason(f"veto:{veto.value}", f"{finding.signal}: {finding.because}")


def must_have_reason(signal: str, value: MustHave, answer: Finding | None) -> Reason:
    """A required assurance that is contradicted, waited for, or not there."""
    said = f": {answer.because}" if answer is not None and answer.because else ""
    if value is MustHave.CONTRADICTED:
        return Reason("must-have-contradicted", f"{signal} is required and does not hold{said}")
    if answer is not None and answer.reason is NotObservedReason.COOLING_DOWN:
        end = f"; until {_minute(answer.until)}" if answer.until else ""
        return Reason("cooling-down", f"{signal}{said}{end}")
    return Reason("must-have-missing", f"{signal} is required and was not observed{said}")


def area_reason(judged: Area, verdict: AreaVerdict) -> Reason:
    """A required area that is not admitted."""
    name, theta = judged.value, verdict.threshold
    if verdict.outcome is Outcome.REFUSE:
        most = 1 - verdict.disbelief
        return Reason("cannot-reach", f"{name}: {_words(verdict, 1)}at most {most:.2f} of {theta:.2f} is left")
    lacking = f"weight {missing_weight(Opinion(verdict.favourable, verdict.opposing), theta):.1f} is missing"
    if verdict.favourable == 0 and verdict.opposing == 0:
        return Reason("area-unknown", f"{name}: {_words(verdict)}nothing that counts is known; {lacking}")
    belief = f"belief {verdict.belief:.2f} is below {theta:.2f}"
    return Reason("area-below", f"{name}: {_words(verdict)}{belief}; {lacking}")


def area_facts(verdict: AreaVerdict) -> tuple[str, ...]:
    """What was seen and did not speak for the area, the gravest first.

    First what opposes, by weight; then a change of hands; then what was looked at and held. By name among equals.
    """
    seen = sorted((_gravity(w), w.signal, w.because) for w in verdict.findings)
    return tuple(dict.fromkeys(because for gravity, _, because in seen if gravity < (2, 0.0) and because))


def _words(verdict: AreaVerdict, most: int = 3) -> str:
    """The facts as words before the numbers."""
    return "".join(f"{because}; " for because in area_facts(verdict)[:most])


def _gravity(weighed: WeighedFinding) -> tuple[int, float]:
    if weighed.weight.opposing > 0:
        return 0, -weighed.weight.opposing
    if weighed.status is Status.NOT_OBSERVED and weighed.grade == CONTROL_CHANGED:
        return 1, -1.0
    return (1, 0.0) if weighed.reason is NotObservedReason.INCONCLUSIVE else (2, 0.0)


def refuses(reason: Reason) -> bool:
    """Whether this reason alone makes a package REFUSE."""
    return reason.code.startswith("veto:") or reason.code in {"must-have-contradicted", "cannot-reach"}


def exception_reason(covered: Area, exemption: Exemption) -> Reason:
    """A recorded residual doubt that was taken."""
    terms = f"by {exemption.owner} until {_minute(exemption.expires)}"
    return Reason("exempted", f"{covered.value}: undecided, excepted {terms}: {exemption.reason}")


def dependency_reason(purl: str, outcome: Outcome, own: tuple[Reason, ...], path: tuple[str, ...]) -> Reason:
    """A package on the way that is not admitted, with the path that leads to it."""
    first = f": {own[0].text}" if own else ""
    return Reason("dependency", f"{purl} {outcome.name}{first}", path)


def covered_reason(purl: str, kind: EdgeKind, signal: str, number: int) -> Reason:
    """What a kind of dependency must meet is met by an accounting of the package itself."""
    several = f"{number} {kind.value} dependencies" if number != 1 else f"1 {kind.value} dependency"
    return Reason("covered", f"{several} of {purl} covered by {signal}")


def record_reason(purl: str, digest: str) -> Reason:
    """What is known by its bytes alone has a record of its own that admits."""
    return Reason("own-record", f"{purl} is admitted by its own record {digest[:19]}")


def dependencies_unknown_reason() -> Reason:
    """The policy asks something of dependencies, and nobody looked at them."""
    return Reason("dependencies-unknown", "the policy covers dependencies and they were not looked at")


def nothing_required_reason(purl: str) -> Reason:
    """A policy that asks nothing cannot be met."""
    return Reason("nothing-required", f"the policy requires nothing of {purl}")


def _minute(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
