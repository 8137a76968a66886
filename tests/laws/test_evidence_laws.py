"""Laws of one package: how statements merge, age and add up, and what they can never do."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laws.strategies import (
    AREAS,
    CAPS,
    CLAIMS,
    FINDINGS,
    GRAPH_POLICY,
    GROUP,
    GROUPS,
    NOW,
    POLICY,
    QUESTIONS,
    SOURCE,
    STATEMENTS,
    SUBJECT,
    THETA,
    WEIGHT,
    day,
    outcome,
    state,
    view,
)
from supplytrust.appraisal.algebra.explain import missing_weight
from supplytrust.appraisal.algebra.opinion import State, merge, opinion, state_of
from supplytrust.appraisal.algebra.package_verdict import NodeVerdict, judge_node
from supplytrust.appraisal.algebra.requirement import area_outcome
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.finding import Finding, Opinion, Statement
from supplytrust.model.policy import Exemption, Policy
from supplytrust.model.vocabulary import Area, Outcome, Status

TINY = 1e-9
THRESHOLDS = {Area.BUILD: 0.6, Area.INTEGRITY: 0.75}


def new(group: str, source: str, *, favourable: float = 0.0, opposing: float = 0.0) -> Statement:
    """A statement of a claim that the generated ones do not make."""
    return Statement(SUBJECT, Area.BUILD, group, "new", source, NOW, favourable, opposing)


def judged(
    findings: tuple[Finding, ...], policy: Policy = GRAPH_POLICY, must: tuple[str, ...] = (), at: float = 100
) -> NodeVerdict:
    return judge_node(
        SUBJECT, findings, policy, thresholds=THRESHOLDS, must_haves=must, questions=QUESTIONS, at=day(at)
    )


@given(STATEMENTS, STATEMENTS, STATEMENTS)
def test_l1_merge_is_a_join(a: list[Statement], b: list[Statement], c: list[Statement]) -> None:
    x, y, z = state(a), state(b), state(c)
    assert merge(x, y) == merge(y, x)
    assert merge(x, merge(y, z)) == merge(merge(x, y), z)
    assert merge(x, x) == x
    assert merge(x, merge(x, y)) == merge(x, y)
    assert merge(x, State()) == x


@given(STATEMENTS, GROUP, SOURCE, st.floats(0, 20), THETA)
def test_l2_favour_never_worsens(known: list[Statement], group: str, source: str, weight: float, theta: float) -> None:
    more = [*known, new(group, source, favourable=weight)]
    assert outcome(more, theta) <= outcome(known, theta)


@given(STATEMENTS, GROUP, SOURCE, st.floats(0, 20), THETA)
def test_l3_opposition_never_improves(
    known: list[Statement], group: str, source: str, weight: float, theta: float
) -> None:
    more = [*known, new(group, source, opposing=weight)]
    assert outcome(more, theta) >= outcome(known, theta)


@given(STATEMENTS, THETA, THETA)
def test_l4_a_higher_threshold_never_improves(known: list[Statement], one: float, two: float) -> None:
    low, high = sorted((one, two))
    assert outcome(known, low) <= outcome(known, high)


@given(THETA, st.lists(st.sampled_from(list(NotObservedReason)), max_size=4), st.booleans())
def test_l5_no_evidence_is_undecided(theta: float, gaps: list[NotObservedReason], must: bool) -> None:
    assert outcome([], theta) is Outcome.REFER
    nothing = tuple(
        Finding(f"build/s{n}", Status.NOT_OBSERVED, "no", NOW, sources=("lab",), reason=r) for n, r in enumerate(gaps)
    )
    verdict = judge_node(
        SUBJECT,
        nothing,
        GRAPH_POLICY,
        thresholds={Area.BUILD: theta},
        must_haves=("build/s0",) if must else (),
        questions=QUESTIONS,
        at=NOW,
    )
    assert verdict.outcome is Outcome.REFER
    assert {v.outcome for v in verdict.areas.values()} == {Outcome.REFER}


@given(STATEMENTS, THETA, st.integers(0, 100), st.integers(0, 200))
def test_l6_time_alone_never_improves(known: list[Statement], theta: float, taken_in: int, later: int) -> None:
    held = state(known, day(taken_in))
    then, now = (opinion(held, Area.BUILD, POLICY, day(taken_in + d)) for d in (0, later))
    assert now.belief <= then.belief + 1e-12
    assert now.disbelief >= then.disbelief - 1e-12
    assert area_outcome(now, theta) >= area_outcome(then, theta)


@given(FINDINGS, st.integers(0, 400), st.integers(1, 60))
def test_l6_time_alone_never_improves_a_verdict(findings: tuple[Finding, ...], later: int, ends: int) -> None:
    ending = tuple(replace(f, until=day(100 + ends)) for f in findings)
    must = ("build/rebuilt",)
    assert judged(ending, must=must, at=100 + later).outcome >= judged(ending, must=must).outcome


@given(STATEMENTS, st.sampled_from(list(POLICY.reliability)), st.floats(0.01, 1))
def test_l7_a_less_reliable_source_never_raises_belief(known: list[Statement], source: str, factor: float) -> None:
    lower = {**POLICY.reliability, source: POLICY.reliability[source] * factor}
    policy = replace(POLICY, reliability=lower)
    assert view(known, policy=policy).belief <= view(known).belief + 1e-12


@given(STATEMENTS, STATEMENTS, GROUP)
def test_l8_flooding_a_group_gains_at_most_its_cap(known: list[Statement], flood: list[Statement], group: str) -> None:
    crowd = [
        replace(s, area=Area.BUILD, group=group, claim=f"sock-{n}", favourable=s.favourable * 1e6)
        for n, s in enumerate(flood)
    ]
    gained = view([*known, *crowd]).favourable - view(known).favourable
    assert -TINY <= gained <= CAPS[group] + TINY


@given(STATEMENTS, st.integers(1, 3))
def test_l9_a_duplicate_changes_nothing(known: list[Statement], times: int) -> None:
    assert state(known * (times + 1)) == state(known)
    assert view(known * (times + 1)) == view(known)


@pytest.mark.parametrize("echoes", [1, 3, 10])
@given(STATEMENTS, THETA)
def test_an_echo_inside_a_group_changes_nothing(echoes: int, known: list[Statement], theta: float) -> None:
    """The same word from the same origin, told again under other names by the same sources."""
    newest = state(known).statements
    told_again = [replace(s, claim=f"{s.claim}-echo-{k}") for s in newest for k in range(echoes)]
    assert view([*newest, *told_again]) == view(list(newest))
    assert outcome([*newest, *told_again], theta) is outcome(list(newest), theta)


@given(st.floats(0, 50), st.just(0.0) | st.floats(0, 50), THETA)
def test_l10_the_missing_weight_is_exact(favourable: float, opposing: float, theta: float) -> None:
    held = Opinion(favourable, opposing)
    lacking = missing_weight(held, theta)
    assert area_outcome(Opinion(favourable + lacking, opposing), theta) is Outcome.ADMIT
    if lacking > 1e-6:
        less = Opinion(favourable + 0.999 * lacking, opposing)
        assert area_outcome(less, theta) is not Outcome.ADMIT


@given(FINDINGS, st.sets(st.integers(0, 3)))
def test_l16_dropping_unanswered_questions_never_raises_belief(
    findings: tuple[Finding, ...], dropped: set[int]
) -> None:
    fewer = tuple(f for n, f in enumerate(findings) if f.status is not Status.NOT_OBSERVED or n not in dropped)
    before, after = judged(findings), judged(fewer)
    assert all(after.areas[a].belief <= before.areas[a].belief for a in Area)
    assert after.outcome >= before.outcome


@given(STATEMENTS, st.integers(0, 3000))
def test_l17_opinions_are_finite_and_never_certain(known: list[Statement], later: int) -> None:
    for area in AREAS:
        held = opinion(state(known), area, POLICY, day(100 + later))
        assert held.favourable >= 0
        assert held.opposing >= 0
        assert math.isfinite(held.favourable + held.opposing)
        assert held.uncertainty > 0
        assert held.belief + held.disbelief + held.uncertainty == pytest.approx(1, abs=1e-12)


@given(
    st.sampled_from([math.nan, math.inf, -math.inf, -1.0, -5e-324]) | st.floats(max_value=-1e-300),
    WEIGHT,
    st.booleans(),
)
def test_l17_what_cannot_be_computed_with_is_refused(bad: float, good: float, swapped: bool) -> None:
    first, second = (good, bad) if swapped else (bad, good)
    with pytest.raises(ValueError, match="finite"):
        Opinion(first, second)
    with pytest.raises(ValueError, match="finite"):
        Statement(SUBJECT, Area.BUILD, "g1", "one", "plain", NOW, first, second)


@given(FINDINGS, st.integers(-50, 50), st.sets(st.sampled_from(list(AREAS)), min_size=1))
def test_l19_an_expired_exception_is_none(findings: tuple[Finding, ...], days: int, covers: set[Area]) -> None:
    exemption = Exemption(SUBJECT, tuple(sorted(covers)), "known", "owner", day(100 + days))
    policy = replace(GRAPH_POLICY, exemptions=(exemption,))
    must = ("integrity/signed",)
    without, with_it = judged(findings, must=must), judged(findings, policy, must)
    if days <= 0:
        assert with_it == without
    assert with_it.outcome <= without.outcome
    assert (with_it.outcome is Outcome.REFUSE) == (without.outcome is Outcome.REFUSE)
    later = judged(findings, policy, must, at=100 + max(0, days))
    assert later == judged(findings, GRAPH_POLICY, must, at=100 + max(0, days))


@given(STATEMENTS, STATEMENTS, THETA)
def test_l20_it_does_not_matter_who_merges(a: list[Statement], b: list[Statement], theta: float) -> None:
    mine = merge(state(a), state(b))
    yours = merge(state(b), state(a))
    assert mine == yours == state([*b, *a])
    for area in AREAS:
        assert area_outcome(opinion(mine, area, POLICY, NOW), theta) is area_outcome(
            opinion(yours, area, POLICY, NOW), theta
        )


@given(STATEMENTS, st.integers(0, 100))
def test_what_is_dated_later_is_left_out_by_name(known: list[Statement], today: int) -> None:
    intake = state_of(known, day(today))
    assert all(s.at <= day(today) for s in intake.state.statements)
    assert set(intake.dropped) == {s.claim for s in known if s.at > day(today)} <= set(CLAIMS)


@given(st.lists(st.floats(0, 1e9), min_size=len(GROUPS), max_size=len(GROUPS)))
def test_reputation_alone_leaves_doubt(weights: list[float]) -> None:
    """However long the record: 1 - b >= W / (W + sum of the caps)."""
    known = [new(g, "plain", favourable=w) for g, w in zip(GROUPS, weights, strict=True)]
    assert 1 - view(known).belief >= 2 / (2 + sum(CAPS.values())) - 1e-12
