"""Laws of what is said about a verdict: exact by comparison with trying everything."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from laws.strategies import GROUPS, NOW, POLICY, STATEMENTS, SUBJECT, THETA, day, state, view
from supplytrust.appraisal.algebra.explain import Questions
from supplytrust.appraisal.algebra.opinion import opinion
from supplytrust.appraisal.algebra.package_verdict import NodeVerdict, judge_node
from supplytrust.appraisal.algebra.requirement import area_outcome, margin, worsens_at
from supplytrust.model.finding import Finding, Statement
from supplytrust.model.policy import Weight, WeightTable
from supplytrust.model.vocabulary import Area, Outcome, Status

CAPS = {"g1": 8.0, "g2": 3.0, "g3": 5.0}
QUESTION = tuple(f"build/q{n}" for n in range(6))
QUESTIONS = Questions({Area.BUILD: QUESTION}, {"build/q5": 0.5})
ROW = st.tuples(st.sampled_from(GROUPS), st.sampled_from([0.5, 1.0, 2.0, 4.0, 9.0]))
ROWS = st.lists(ROW, min_size=6, max_size=6)
HELD = st.lists(st.sampled_from([Status.SUPPORTS, Status.OPPOSES, None, None]), min_size=6, max_size=6)
TICK = timedelta(microseconds=1)


def table(rows: list[tuple[str, float]], opposing: float) -> WeightTable:
    made = {
        (signal, ""): Weight(signal, "", group, weight, opposing, math.inf, "expert")
        for signal, (group, weight) in zip(QUESTION, rows, strict=True)
    }
    return WeightTable(made, CAPS)


def told(signal: str, status: Status) -> Finding:
    source = "half" if signal == "build/q5" else "plain"
    return Finding(signal, status, "seen", NOW, evidence=("e",), sources=(source,))


def judged(findings: list[Finding], weights: WeightTable, theta: float, must: tuple[str, ...] = ()) -> NodeVerdict:
    return judge_node(
        SUBJECT,
        findings,
        replace(POLICY, weights=weights),
        thresholds={Area.BUILD: theta},
        must_haves=must,
        questions=QUESTIONS,
        at=NOW,
    )


@given(ROWS, HELD, THETA, st.sampled_from([0.0, 0.5, 4.0]), st.sampled_from([(), ("build/q1",)]))
def test_the_smallest_set_is_smallest(
    rows: list[tuple[str, float]],
    held: list[Status | None],
    theta: float,
    opposing: float,
    must: tuple[str, ...],
) -> None:
    weights = table(rows, opposing)
    known = [told(s, status) for s, status in zip(QUESTION, held, strict=True) if status]
    verdict = judged(known, weights, theta, must)
    open_ones = [s for s, status in zip(QUESTION, held, strict=True) if status is None]
    fits = [
        set(extra)
        for size in range(len(open_ones) + 1)
        for extra in itertools.combinations(open_ones, size)
        if _admits([*known, *(told(s, Status.SUPPORTS) for s in extra)], weights, theta, must)
    ]
    if verdict.outcome is Outcome.ADMIT:
        assert verdict.would_change == ()
        assert fits[0] == set()
        return
    (missing,) = verdict.would_change
    named = {e.signal for e in missing.evidence} | set(missing.must_haves)
    if fits:
        assert named in fits
        assert len(named) == len(fits[0])
        alone = {next(iter(fit)) for fit in fits if len(fit) == 1}
        assert alone <= {e.signal for e in missing.single} | set(missing.must_haves)
    else:
        assert missing.evidence == missing.single == ()
        opposed = {s for s, status in zip(QUESTION, held, strict=True) if status is Status.OPPOSES}
        assert set(missing.blockers) in (opposed, opposed & set(must))


def _admits(findings: list[Finding], weights: WeightTable, theta: float, must: tuple[str, ...]) -> bool:
    return judged(findings, weights, theta, must).outcome is Outcome.ADMIT


@given(STATEMENTS, THETA)
def test_the_margin_is_the_smallest_loss(known: list[Statement], theta: float) -> None:
    held = [replace(s, opposing=s.opposing / 100) for s in known if s.area is Area.BUILD][:7]
    named = margin(state(held), Area.BUILD, theta, POLICY, NOW)
    newest = state(held).statements
    if area_outcome(view(held), theta) is not Outcome.ADMIT:
        return
    for size in range(len(newest) + 1):
        for lost in itertools.combinations(newest, size):
            left = [replace(s, favourable=0.0) if s in lost else s for s in newest]
            if area_outcome(view(left), theta) is not Outcome.ADMIT:
                assert len(named) == size
                return


@given(STATEMENTS, THETA)
def test_the_end_of_an_admission_is_exact(known: list[Statement], theta: float) -> None:
    held = state([replace(s, opposing=s.opposing / 100) for s in known])
    end = worsens_at(held, Area.BUILD, theta, POLICY, NOW)

    def admitted(at) -> bool:
        return area_outcome(opinion(held, Area.BUILD, POLICY, at), theta) is Outcome.ADMIT

    if end is None:
        assert admitted(NOW)
        assert admitted(day(36000))
    elif end == NOW:
        assert not admitted(NOW)
    else:
        assert admitted(end - TICK)
        assert not admitted(end)
