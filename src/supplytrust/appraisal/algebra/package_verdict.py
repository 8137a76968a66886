"""How does one package stand under a policy? Areas, vetoes, must-haves, exceptions; the reasons and a way forward."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from supplytrust.appraisal.algebra import explain as why
from supplytrust.appraisal.algebra import requirement as rule
from supplytrust.appraisal.algebra.explain import AreaState, HoldingReasons, Questions, explain
from supplytrust.appraisal.algebra.opinion import Pair, State, favour, groups, opinion, opposition, state_of, weigh_each
from supplytrust.appraisal.algebra.requirement import MustHave, margin, valid_until, worsens_at
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.finding import Finding, Opinion
from supplytrust.model.policy import Exemption, Policy
from supplytrust.model.record import AreaVerdict, AreaVerdicts, CountedWeight, Missing, Reason, VetoFact, WeighedFinding
from supplytrust.model.vocabulary import Area, Outcome, Status, Veto


@dataclass(frozen=True, slots=True)
class NodeVerdict:
    """One package under one requirement.

    `exceptions` are those that were used. `flips_at` is the first moment an ADMIT ends without any new
    evidence (None: not within a century, or it is none); `valid_until` also keeps the policy's greatest age.
    `margin` names, for each admitted area, the smallest set of claims whose loss ends it. `dropped` are
    claims dated after the judgement.
    """

    purl: str
    outcome: Outcome
    areas: AreaVerdicts
    vetoes: tuple[VetoFact, ...]
    must_haves: tuple[tuple[str, MustHave], ...]
    reasons: tuple[Reason, ...]
    would_change: tuple[Missing, ...]
    exceptions: tuple[Exemption, ...]
    flips_at: datetime | None
    valid_until: datetime
    margin: Mapping[Area, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _NodeJudgement:
    """Everything a verdict is drawn from. `areas` are as judged, before exceptions."""

    purl: str
    findings: tuple[Finding, ...]
    policy: Policy
    questions: Questions
    at: datetime
    pairs: tuple[Pair, ...]
    state: State
    must_haves: tuple[tuple[str, MustHave], ...]
    areas: Mapping[Area, AreaVerdict] = field(default_factory=lambda: MappingProxyType({}))

    def exemption(self, area: Area, outcome: Outcome) -> Exemption | None:
        """The exception that applies: it lifts what is undecided, never what is refused."""
        if outcome is not Outcome.REFER:
            return None
        return rule.exception_in_force(self.purl, area, self.policy, self.at)


def judge_node(
    purl: str,
    findings: Iterable[Finding],
    policy: Policy,
    *,
    thresholds: Mapping[Area, float],
    must_haves: Iterable[str],
    questions: Questions,
    at: datetime,
) -> NodeVerdict:
    """The verdict on one package at one time.

    `thresholds` gives theta of each required area, in [0, 1); `must_haves` are signal ids that must support.
    An area that is not required is told as REFER, whatever is known: nobody is to read it as admitted.
    """
    known = tuple(sorted(findings, key=lambda f: (f.signal, repr(f))))
    pairs = weigh_each(known, purl, policy)
    intake = state_of((s for _, s in pairs if s is not None), at)
    present = tuple((s, rule.must_have(s, known, policy, at)) for s in sorted(set(must_haves)))
    unjudged = _NodeJudgement(purl, known, policy, questions, at, pairs, intake.state, present)
    judged = {area: _area(unjudged, area, thresholds.get(area, 0.0)) for area in Area}
    case = replace(unjudged, areas=MappingProxyType(judged))
    vetoes = rule.vetoes(known, policy)
    areas = {area: _apply_exception(case, area, verdict) for area, verdict in judged.items()}
    outcome = rule.subject_outcome(
        (veto for veto, _ in vetoes),
        (_must_have(case, signal, value) for signal, value in present),
        (verdict.outcome for verdict in areas.values() if verdict.required),
    )
    flips = _flips_at(case) if outcome is Outcome.ADMIT else None
    return NodeVerdict(
        purl=purl,
        outcome=outcome,
        areas=AreaVerdicts(areas),
        vetoes=tuple(VetoFact(veto, f"{f.signal}: {f.because}") for veto, f in vetoes),
        must_haves=present,
        reasons=_reasons(case, vetoes),
        would_change=_would_change(case, vetoes),
        exceptions=tuple(sorted({e for _, e in _exceptions(case)})),
        flips_at=flips,
        valid_until=valid_until(at, flips, policy),
        margin=_margins(case),
        dropped=intake.dropped,
    )


# --- areas and must-haves --------------------------------------------------------------------------


def _area(case: _NodeJudgement, area: Area, theta: float) -> AreaVerdict:
    view = opinion(case.state, area, case.policy, case.at)
    own = tuple(pair for pair in case.pairs if pair[0].area is area)
    asked = case.questions.catalogue.get(area, ())
    answered = {f.signal for f, _ in own if f.status is not Status.NOT_OBSERVED}
    return AreaVerdict(
        outcome=rule.area_outcome(view, theta) if theta > 0 else Outcome.REFER,
        required=theta > 0,
        threshold=theta,
        favourable=view.favourable,
        opposing=view.opposing,
        belief=view.belief,
        disbelief=view.disbelief,
        uncertainty=view.uncertainty,
        coverage=len(answered & set(asked)) / len(set(asked)) if asked else 0.0,
        findings=tuple(_weigh_finding(case, pair) for pair in own),
    )


def _weigh_finding(case: _NodeJudgement, pair: Pair) -> WeighedFinding:
    f, statement = pair
    row = case.policy.weights.row(f.signal, f.grade)
    favourable = opposing = 0.0
    if statement is not None and statement in case.state.statements:
        favourable = favour(statement, case.policy, case.at)
        opposing = opposition(statement, case.policy, case.at)
    return WeighedFinding(
        signal=f.signal,
        status=f.status,
        because=f.because,
        grade=f.grade,
        group=row.group if row else "",
        weight=CountedWeight(favourable, opposing, row.basis if row else ""),
        at=f.at,
        until=f.until,
        reason=f.reason,
        veto=f.veto,
        evidence=f.evidence,
        sources=f.sources,
    )


def _apply_exception(case: _NodeJudgement, area: Area, verdict: AreaVerdict) -> AreaVerdict:
    excepted = verdict.required and case.exemption(area, verdict.outcome)
    return replace(verdict, outcome=Outcome.ADMIT) if excepted else verdict


def _must_have(case: _NodeJudgement, signal: str, value: MustHave) -> Outcome:
    outcome = rule.must_have_outcome(value)
    return Outcome.ADMIT if case.exemption(_area_of(signal), outcome) else outcome


def _area_of(signal: str) -> Area:
    return Area(signal.partition("/")[0])


def _exceptions(case: _NodeJudgement) -> list[tuple[Area, Exemption]]:
    """The exceptions that were used, each with the area it lifted."""
    undecided = {area for area, v in case.areas.items() if v.required and v.outcome is Outcome.REFER}
    undecided |= {_area_of(s) for s, value in case.must_haves if value is MustHave.NOT_OBSERVED}
    found = [(area, case.exemption(area, Outcome.REFER)) for area in Area if area in undecided]
    return [(area, exemption) for area, exemption in found if exemption is not None]


# --- reasons and explanation -----------------------------------------------------------------------


def _reasons(case: _NodeJudgement, vetoes: tuple[tuple[Veto, Finding], ...]) -> tuple[Reason, ...]:
    found = [why.veto_reason(veto, finding) for veto, finding in vetoes]
    for signal, value in case.must_haves:
        if _must_have(case, signal, value) is not Outcome.ADMIT:
            found.append(why.must_have_reason(signal, value, _answer(case, signal)))
    # An area of which something was seen comes before one of which nothing was.
    for area, verdict in sorted(case.areas.items(), key=lambda pair: not why.area_facts(pair[1])):
        undone = verdict.required and verdict.outcome is not Outcome.ADMIT
        if undone and not case.exemption(area, verdict.outcome):
            found.append(why.area_reason(area, verdict))
    found.sort(key=lambda reason: not why.refuses(reason))  # what decides is told first
    return (*found, *(why.exception_reason(area, exemption) for area, exemption in _exceptions(case)))


def _answer(case: _NodeJudgement, signal: str) -> Finding | None:
    return next((f for f in case.findings if f.signal == signal), None)


def _would_change(case: _NodeJudgement, vetoes: tuple[tuple[Veto, Finding], ...]) -> tuple[Missing, ...]:
    found = []
    for area, verdict in case.areas.items():
        held = _holding_reasons(case, area, vetoes)
        theta = verdict.threshold if not case.exemption(area, verdict.outcome) else 0.0
        below = theta > 0 and verdict.outcome is not Outcome.ADMIT
        if below or held.blockers or held.must_haves:
            view = Opinion(verdict.favourable, verdict.opposing)
            weights = groups(case.state, area, case.policy, case.at)
            state = AreaState(area, view, theta, {group: r for group, (r, _) in weights.items()})
            found.append(explain(state, case.findings, case.policy, case.questions, held))
    return tuple(found)


def _holding_reasons(case: _NodeJudgement, area: Area, vetoes: tuple[tuple[Veto, Finding], ...]) -> HoldingReasons:
    own = [(signal, value) for signal, value in case.must_haves if _area_of(signal) is area]
    missing = [
        signal
        for signal, value in own
        if value is MustHave.NOT_OBSERVED and _must_have(case, signal, value) is Outcome.REFER
    ]
    blocked = {finding.signal for _, finding in vetoes if finding.area is area}
    blocked |= {signal for signal, value in own if value is MustHave.CONTRADICTED}
    answers = [_answer(case, signal) for signal in missing]
    ends = [f.until for f in answers if f and f.reason is NotObservedReason.COOLING_DOWN and f.until]
    return HoldingReasons(tuple(missing), tuple(sorted(blocked)), max(ends, default=None))


# --- time ------------------------------------------------------------------------------------------


def _flips_at(case: _NodeJudgement) -> datetime | None:
    ends = [_area_end(case, area, verdict) for area, verdict in case.areas.items() if verdict.required]
    for signal, value in case.must_haves:
        end: datetime | None = case.at
        if value is MustHave.PRESENT:
            end = rule.must_have_until(signal, case.findings, case.policy, case.at)
        ends.append(_extend_by_exception(case, _area_of(signal), end))
    return min((end for end in ends if end is not None), default=None)


def _area_end(case: _NodeJudgement, area: Area, verdict: AreaVerdict) -> datetime | None:
    theta = verdict.threshold
    lapse: datetime | None = case.at
    if verdict.outcome is Outcome.ADMIT:
        lapse = worsens_at(case.state, area, theta, case.policy, case.at)
    end = _extend_by_exception(case, area, lapse)
    if end == lapse:
        return end
    refused = worsens_at(case.state, area, theta, case.policy, case.at, beyond=Outcome.REFER)
    return min((t for t in (end, refused) if t is not None), default=None)


def _extend_by_exception(case: _NodeJudgement, area: Area, end: datetime | None) -> datetime | None:
    """An exception in force when an assurance ends carries it on, to its own end."""
    exemption = rule.exception_in_force(case.purl, area, case.policy, end) if end is not None else None
    return exemption.expires if exemption is not None else end


def _margins(case: _NodeJudgement) -> Mapping[Area, tuple[str, ...]]:
    admitted = [(area, v) for area, v in case.areas.items() if v.required and v.outcome is Outcome.ADMIT]
    return MappingProxyType({a: margin(case.state, a, v.threshold, case.policy, case.at) for a, v in admitted})


# --- Exceptions in a set: which are in use and for how long, which have ended, and whether there are too many.

SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Exceptions:
    """`used` carry an admission, soonest end first; `ended` are past their end and name a package of the set.

    `unused` name a package that is not in the set or that does not need them. `packages` is how many packages
    stand on an exception, `failures` what has to be decided by a person.
    """

    used: tuple[Exemption, ...] = ()
    ended: tuple[Exemption, ...] = ()
    unused: tuple[Exemption, ...] = ()
    packages: int = 0
    failures: tuple[Reason, ...] = ()


def most_exceptions(packages: int) -> int:
    """How many packages of a set may stand on an exception: one always, else a twentieth, rounded down."""
    return max(1, int(packages * SHARE))


def standing(
    policy: Iterable[Exemption], used: Mapping[str, Collection[Exemption]], present: Collection[str], at: datetime
) -> Exceptions:
    """How the exceptions of a policy stand in a set of releases.

    Args:
        policy: all exceptions of the policy.
        used: release (purl) -> the exceptions that its record was made with; empty ones may be left out.
        present: every release of the set, as purls without qualifiers.
        at: the moment of the judgement.
    """
    given = tuple(policy)
    carrying = {one for several in used.values() for one in several}
    ended = tuple(one for one in given if one.expires <= at and one.subject in present and one not in carrying)
    unused = tuple(one for one in given if one not in carrying and one not in ended)
    packages = sum(bool(several) for several in used.values())
    failures = [
        Reason("exception-ended", f"{one.subject}: the exception of {one.owner} ended on {one.expires:%Y-%m-%d}")
        for one in sorted(ended)
    ]
    if packages > max(1, int(SHARE * len(present))):
        share = f"{packages} of {len(present)} packages stand on an exception; at most {SHARE:.0%} of a set may"
        failures.append(Reason("too-many-exceptions", share))
    return Exceptions(
        tuple(sorted(carrying, key=lambda one: (one.expires, one))),
        tuple(sorted(ended)),
        tuple(sorted(unused)),
        packages,
        tuple(failures),
    )
