"""A package, a library, a compiler and a remote service, judged by hand first: every digit must come out.

Day 1000. Sources: self 1, sigstore 1, rebuilder .9, auditor .9, scorecard .7. Impact 10, budget 12.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from supplytrust.appraisal.algebra.explain import Questions
from supplytrust.appraisal.algebra.graph_verdict import GraphVerdict, NodeInput, judge_graph
from supplytrust.appraisal.algebra.opinion import state_of, weigh
from supplytrust.appraisal.algebra.requirement import worsens_at
from supplytrust.model.evidence import Edge
from supplytrust.model.finding import Finding
from supplytrust.model.policy import Policy, Weight, WeightTable
from supplytrust.model.record import Gain
from supplytrust.model.vocabulary import Area, EdgeKind, Outcome, Status, Veto

APP, LIB, COMPILER, SERVICE = (f"pkg:generic/{name}@1" for name in ("app", "libA", "compiler", "service"))
EDGES = (
    Edge(APP, LIB, EdgeKind.LINK),
    Edge(APP, COMPILER, EdgeKind.BUILD),
    Edge(APP, SERVICE, EdgeKind.SERVICE_REMOTE),
)
BUILD, INTEGRITY, RESPONSIVENESS, PROVENANCE, EXPERTISE = Area

# signal: (grade, group, favourable, opposing, half-life in days)
ROWS = {
    "build/slsa": [("", "slsa", 8, 0, math.inf), ("level-2", "slsa", 3, 0, math.inf)],
    "build/rebuilt": [("", "rebuild", 12, 0, 365)],
    "integrity/digest": [("", "digest", 8, 0, math.inf)],
    "integrity/signature": [("", "signature", 12, 0, math.inf)],
    "integrity/source_compared": [("", "comparison", 8, 8, math.inf)],
    "responsiveness/advisories": [
        ("", "advisories", 8, 0, 180),
        ("as-seen", "advisories", 8, 0, math.inf),
        ("three-of-four", "advisories", 6, 0, math.inf),
    ],
    "responsiveness/one_late": [("", "late", 0, 2, math.inf)],
    "responsiveness/scorecard": [("", "scorecard", 3, 0, 90)],
    "provenance/history": [
        ("", "history", 6, 0, 365),
        ("as-seen", "history", 6, 0, math.inf),
        ("long", "history", 8, 0, math.inf),
    ],
    "provenance/review": [("", "review", 8, 0, 180), ("as-seen", "review", 8, 0, math.inf)],
    "provenance/popular": [("", "popularity", 50, 0, 30)],
    "expertise/audit": [("", "audit", 16, 0, 730), ("this-version", "audit", 16, 0, math.inf)],
    "expertise/fuzzed": [("", "fuzzing", 3, 0, 180)],
}
WEIGHTS = WeightTable(
    {
        (signal, grade): Weight(signal, grade, group, r, s, half_life, "expert")
        for signal, rows in ROWS.items()
        for grade, group, r, s, half_life in rows
    },
    {"rebuild": 12.0, "signature": 12.0, "audit": 16.0, "popularity": 1.0},
)
POLICY = Policy(
    id="worked",
    expect={
        "root": {BUILD: 0.8, INTEGRITY: 0.9, RESPONSIVENESS: 0.7, PROVENANCE: 0.8, EXPERTISE: 0.8},
        "link": {BUILD: 0.7, INTEGRITY: 0.9, RESPONSIVENESS: 0.6, PROVENANCE: 0.7, EXPERTISE: 0.6},
        "build": {BUILD: 0.8, INTEGRITY: 0.9, PROVENANCE: 0.7},
        "service-remote": {INTEGRITY: 0.7, RESPONSIVENESS: 0.7},
    },
    reliability={"self": 1.0, "sigstore": 1.0, "rebuilder": 0.9, "auditor": 0.9, "scorecard": 0.7},
    weights=WEIGHTS,
)
QUESTIONS = Questions(
    {area: tuple(s for s in ROWS if s.startswith(area.value)) for area in Area},
    {"build/rebuilt": 0.9, "expertise/audit": 0.9, "responsiveness/scorecard": 0.7},
)


def day(number: float) -> datetime:
    return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=number)


NOW = day(1000)


def first_day(end: datetime | None) -> int:
    """The first whole day from now on which it no longer holds."""
    assert end is not None
    return math.ceil((end - NOW) / timedelta(days=1))


def found(signal: str, grade: str = "", *, source: str = "self", at: float = 1000) -> Finding:
    return Finding(signal, Status.SUPPORTS, "seen", day(at), grade, ("e",), (source,))


def opposed(signal: str, *, veto: Veto | None = None) -> Finding:
    return Finding(signal, Status.OPPOSES, "seen", NOW, "", ("e",), ("self",), veto)


IN_FULL = (found("integrity/digest"), found("integrity/signature", source="sigstore"))
FINDINGS = {
    APP: (
        found("build/slsa"),
        found("build/rebuilt", source="rebuilder", at=990),
        *IN_FULL,
        found("responsiveness/advisories"),
        found("responsiveness/scorecard", source="scorecard", at=995),
        found("provenance/history"),
        found("provenance/review"),
        found("provenance/popular"),
        found("expertise/audit", source="auditor", at=500),
        found("expertise/fuzzed"),
    ),
    LIB: (
        found("build/slsa"),
        *IN_FULL,
        found("responsiveness/advisories", "three-of-four"),
        opposed("responsiveness/one_late"),
        found("provenance/history", "as-seen"),
        found("provenance/review", "as-seen"),
        found("expertise/audit", "this-version", source="auditor", at=900),
    ),
    COMPILER: (found("build/slsa", "level-2"), *IN_FULL, found("provenance/history", "long")),
    SERVICE: (found("integrity/digest"), found("responsiveness/advisories", "as-seen")),
}
REBUILT = (*FINDINGS[COMPILER], found("build/rebuilt", source="rebuilder"))


def judged(**changed: tuple[Finding, ...]) -> GraphVerdict:
    findings = {**FINDINGS, **{{"compiler": COMPILER, "lib": LIB}[k]: v for k, v in changed.items()}}
    inputs = {purl: NodeInput(known, QUESTIONS) for purl, known in findings.items()}
    return judge_graph(APP, inputs, EDGES, POLICY, NOW)


BELIEFS = [
    (APP, BUILD, "18.60", ".903", 0.8),
    (APP, INTEGRITY, "20.00", ".909", 0.9),
    (APP, RESPONSIVENESS, "10.02", ".834", 0.7),
    (APP, PROVENANCE, "15.00", ".882", 0.8),
    (APP, EXPERTISE, "11.96", ".857", 0.8),
    (LIB, BUILD, "8.00", ".800", 0.7),
    (LIB, INTEGRITY, "20.00", ".909", 0.9),
    (LIB, RESPONSIVENESS, "6.00", ".600", 0.6),
    (LIB, PROVENANCE, "14.00", ".875", 0.7),
    (LIB, EXPERTISE, "14.40", ".878", 0.6),
    (COMPILER, BUILD, "3.00", ".600", 0.8),
    (COMPILER, INTEGRITY, "20.00", ".909", 0.9),
    (COMPILER, PROVENANCE, "8.00", ".800", 0.7),
    (SERVICE, INTEGRITY, "8.00", ".800", 0.7),
    (SERVICE, RESPONSIVENESS, "8.00", ".800", 0.7),
]


@pytest.mark.parametrize(("purl", "area", "favourable", "belief", "theta"), BELIEFS)
def test_opinions(purl: str, area: Area, favourable: str, belief: str, theta: float) -> None:
    verdict = judged().nodes[purl].areas[area]
    assert f"{verdict.favourable:.2f}" == favourable
    assert f"{verdict.belief:.3f}".lstrip("0") == belief
    assert verdict.threshold == theta


def test_only_what_the_edge_kind_gates_is_required() -> None:
    nodes = judged().nodes
    required = {p: [a for a, v in n.areas.items() if v.required] for p, n in nodes.items()}
    assert required[APP] == required[LIB] == list(Area)
    assert required[COMPILER] == [BUILD, INTEGRITY, PROVENANCE]
    assert required[SERVICE] == [INTEGRITY, RESPONSIVENESS]


def test_outcomes() -> None:
    verdict = judged()
    outcomes = {purl: node.outcome for purl, node in verdict.nodes.items()}
    assert outcomes == {
        APP: Outcome.ADMIT,
        LIB: Outcome.ADMIT,
        COMPILER: Outcome.REFER,
        SERVICE: Outcome.ADMIT,
    }
    assert verdict.outcome is Outcome.REFER
    assert verdict.paths == {COMPILER: (APP, COMPILER)}
    assert [reason.code for reason in verdict.reasons] == ["dependency"]
    assert f"{verdict.nodes[LIB].areas[RESPONSIVENESS].disbelief:.3f}" == "0.200"


@pytest.mark.parametrize(("area", "days"), [(RESPONSIVENESS, 172), (PROVENANCE, 210), (EXPERTISE, 270)], ids=str)
def test_app_lapses(area: Area, days: int) -> None:
    state = state_of(weigh(FINDINGS[APP], APP, POLICY), NOW).state
    end = worsens_at(state, area, POLICY.expect["root"][area], POLICY, NOW)
    assert first_day(end) == days


def test_app_flips_first_by_responsiveness() -> None:
    assert first_day(judged().nodes[APP].flips_at) == 172


def test_library_is_at_the_margin() -> None:
    assert judged().nodes[LIB].margin[RESPONSIVENESS] == ("responsiveness/advisories",)


def test_risk() -> None:
    risk = judged().risk
    assert (f"{risk.low:.2f}", f"{risk.high:.2f}", risk.budget) == ("2.00", "10.16", 12.0)
    assert {one.subject: f"{one.risk:.2f}" for one in risk.top} == {
        APP: "1.66",
        LIB: "4.00",
        COMPILER: "4.00",
        SERVICE: "0.50",
    }


def test_explanation() -> None:
    (missing,) = judged().would_change
    assert (missing.subject, missing.area) == (COMPILER, BUILD)
    assert missing.missing == pytest.approx(5.0, abs=1e-12)
    assert missing.evidence == (Gain("build/rebuilt", pytest.approx(10.8)),)
    # A better provenance level of the compiler would be exactly enough as well: 8 - 3.
    assert missing.single == (Gain("build/rebuilt", pytest.approx(10.8)), Gain("build/slsa", pytest.approx(5.0)))
    assert missing.blockers == ()


def test_with_the_compiler_rebuilt() -> None:
    verdict = judged(compiler=REBUILT)
    assert verdict.outcome is Outcome.ADMIT
    assert verdict.reasons == verdict.would_change == ()
    assert (f"{verdict.risk.low:.2f}", f"{verdict.risk.high:.2f}") == ("2.00", "8.16")
    compiler = verdict.nodes[COMPILER]
    weakest = min((v for v in compiler.areas.values() if v.required), key=lambda v: v.belief)
    assert f"{weakest.belief:.3f}" == "0.800"
    assert first_day(compiler.flips_at) == 406
    assert first_day(verdict.flips_at) == 172
    assert verdict.valid_until == NOW + timedelta(days=30)


MISMATCH = (*FINDINGS[LIB], opposed("integrity/source_compared"))


def test_library_differs_from_its_tag() -> None:
    verdict = judged(compiler=REBUILT, lib=MISMATCH)
    area = verdict.nodes[LIB].areas[INTEGRITY]
    assert (f"{area.favourable:.0f}", f"{area.opposing:.0f}") == ("20", "8")
    assert (f"{area.belief:.3f}", f"{area.disbelief:.3f}") == ("0.667", "0.267")
    assert f"{1 - area.disbelief:.3f}" == "0.733"
    assert area.outcome is verdict.outcome is Outcome.REFUSE
    assert f"{verdict.risk.low:.2f}" == "2.67"
    (missing,) = verdict.would_change
    assert missing.missing == pytest.approx(70.0)
    assert (missing.evidence, missing.single) == ((), ())
    assert missing.blockers == ("integrity/source_compared",)


def test_a_veto_refuses_without_the_numbers() -> None:
    light = {
        **WEIGHTS.rows,
        ("integrity/source_compared", ""): Weight("", "", "comparison", 8, 0, 1, "expert"),
    }
    policy = replace(POLICY, weights=replace(WEIGHTS, rows=light))
    tampered = (*FINDINGS[LIB], opposed("integrity/source_compared", veto=Veto.TAMPERED))
    inputs = {p: NodeInput(f, QUESTIONS) for p, f in {**FINDINGS, LIB: tampered}.items()}
    verdict = judge_graph(APP, inputs, EDGES, policy, NOW)
    assert verdict.nodes[LIB].areas[INTEGRITY].outcome is Outcome.ADMIT
    assert verdict.outcome is Outcome.REFUSE
    assert [r.code for r in verdict.nodes[LIB].reasons] == ["veto:tampered"]
