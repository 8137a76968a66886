"""Cases for the laws: small enough to be many, odd enough to break what can be broken.

Discrete choices are drawn as one integer and taken apart, which is several times quicker than drawing each.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from supplytrust.appraisal.algebra.explain import Questions
from supplytrust.appraisal.algebra.graph_verdict import NodeInput
from supplytrust.appraisal.algebra.opinion import State, opinion, state_of
from supplytrust.appraisal.algebra.requirement import area_outcome
from supplytrust.model.evidence import Edge, NotObservedReason
from supplytrust.model.finding import Finding, Opinion, Statement
from supplytrust.model.policy import Policy, Weight, WeightTable
from supplytrust.model.vocabulary import Area, EdgeKind, Outcome, Status

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=100)
SUBJECT = "pkg:generic/thing@1"

AREAS = (Area.BUILD, Area.INTEGRITY)
GROUPS = ("g1", "g2", "g3")
CLAIMS = ("one", "two")
SOURCES = ("plain", "half", "tenth")
CAPS = {"g1": 8.0, "g2": 3.0, "g3": 5.0}
POLICY = Policy(
    "laws",
    reliability={"plain": 1.0, "half": 0.5, "tenth": 0.1},
    weights=WeightTable({}, CAPS),
)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def taken_apart(code: int, *sizes: int) -> list[int]:
    digits = []
    for size in sizes:
        code, digit = divmod(code, size)
        digits.append(digit)
    return digits


# --- statements ---------------------------------------------------------------------------------------

_SIZES = (2, 3, 2, 3, 101, 3, 3)
WEIGHT = st.just(0.0) | st.floats(0, 20)


def _statement(code: int, favourable: float, opposing: float) -> Statement:
    area, group, claim, source, at, half_life, expires = taken_apart(code, *_SIZES)
    return Statement(
        SUBJECT,
        AREAS[area],
        GROUPS[group],
        CLAIMS[claim],
        SOURCES[source],
        day(at),
        favourable,
        opposing,
        (10.0, 50.0, math.inf)[half_life],
        (day(60), day(150), None)[expires],
    )


STATEMENT = st.builds(_statement, st.integers(0, math.prod(_SIZES) - 1), WEIGHT, WEIGHT)
STATEMENTS = st.lists(STATEMENT, max_size=12)
THETA = st.floats(0.05, 0.95)
GROUP = st.sampled_from(GROUPS)
SOURCE = st.sampled_from(SOURCES)


def state(statements: list[Statement], at: datetime = NOW) -> State:
    return state_of(statements, at).state


def view(statements: list[Statement], at: datetime = NOW, policy: Policy = POLICY) -> Opinion:
    return opinion(state(statements, at), Area.BUILD, policy, at)


def outcome(statements: list[Statement], theta: float, at: datetime = NOW) -> Outcome:
    return area_outcome(view(statements, at), theta)


# --- findings -----------------------------------------------------------------------------------------

# (signal, group, favourable, opposing, half-life in days)
_ROWS = (
    ("build/rebuilt", "rebuild", 12.0, 4.0, 365.0),
    ("build/declared", "build-system", 1.0, 0.0, math.inf),
    ("integrity/signed", "signature", 8.0, 3.0, math.inf),
    ("integrity/compared", "comparison", 5.0, 0.3, 30.0),
)
TABLE = WeightTable(
    {(signal, ""): Weight(signal, "", group, r, s, half, "expert") for signal, group, r, s, half in _ROWS},
    {"rebuild": 12.0},
)
SIGNALS = tuple(row[0] for row in _ROWS)
QUESTIONS = Questions({area: tuple(s for s in SIGNALS if s.startswith(area.value)) for area in AREAS})
GRAPH_POLICY = Policy(
    "laws",
    expect={
        "root": {Area.BUILD: 0.6, Area.INTEGRITY: 0.75},
        "link": {Area.BUILD: 0.5, Area.INTEGRITY: 0.7},
        "build": {Area.BUILD: 0.8, Area.INTEGRITY: 0.6},
        "service-remote": {Area.INTEGRITY: 0.75},
    },
    require={"root": ("integrity/signed",), "build": ("build/rebuilt",)},
    reliability={"lab": 1.0, "crowd": 0.5, "second": 0.8},
    weights=TABLE,
)


def finding(signal: str, status: Status, *, source: str = "lab", at: datetime = NOW) -> Finding:
    reason = NotObservedReason.NOT_FOUND if status is Status.NOT_OBSERVED else None
    return Finding(signal, status, "seen", at, evidence=("e",), sources=(source,), reason=reason)


# Mostly supporting, so that admissions happen: (status, source)
_ANSWERS = (
    (Status.SUPPORTS, "lab"),
    (Status.SUPPORTS, "lab"),
    (Status.SUPPORTS, "lab"),
    (Status.SUPPORTS, "crowd"),
    (Status.NOT_OBSERVED, "lab"),
    (Status.OPPOSES, "lab"),
)


def _findings(code: int) -> tuple[Finding, ...]:
    answers = taken_apart(code, *(len(_ANSWERS) for _ in SIGNALS))
    told = [(signal, *_ANSWERS[answer]) for signal, answer in zip(SIGNALS, answers, strict=True)]
    return tuple(finding(signal, status, source=source) for signal, status, source in told)


FINDINGS = st.integers(0, len(_ANSWERS) ** len(SIGNALS) - 1).map(_findings)


# --- graphs -------------------------------------------------------------------------------------------

NODES = 12
KINDS = (EdgeKind.LINK, EdgeKind.BUILD, EdgeKind.SERVICE_REMOTE)
NAMES = tuple(f"pkg:generic/p{number}@1" for number in range(NODES))
ROOT = NAMES[0]


def _edge(code: int) -> Edge:
    parent, child, kind = taken_apart(code, NODES, NODES, len(KINDS))
    return Edge(NAMES[parent], NAMES[child], KINDS[kind])


EDGE = st.integers(0, NODES * NODES * len(KINDS) - 1).map(_edge)
# Sparse ones, where most is out of reach, and dense ones with diamonds and cycles.
EDGES = st.lists(EDGE, max_size=8) | st.lists(EDGE, min_size=18, max_size=40)
INPUTS = st.lists(FINDINGS, min_size=NODES, max_size=NODES).map(
    lambda found: {name: NodeInput(f, QUESTIONS) for name, f in zip(NAMES, found, strict=True)}
)


def with_findings(inputs: dict[str, NodeInput], name: str, *more: Finding) -> dict[str, NodeInput]:
    """The same inputs, one package having these findings as well."""
    return {**inputs, name: replace(inputs[name], findings=(*inputs[name].findings, *more))}
