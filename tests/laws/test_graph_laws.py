"""Laws of a package with its dependencies."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from laws.strategies import (
    EDGE,
    EDGES,
    FINDINGS,
    GRAPH_POLICY,
    INPUTS,
    NAMES,
    NOW,
    QUESTIONS,
    ROOT,
    SIGNALS,
    finding,
    with_findings,
)
from supplytrust.appraisal.algebra.graph import GATES, LIMIT, Doubt, doubt, graph_of, impacts, requirements, risk
from supplytrust.appraisal.algebra.graph_verdict import GraphVerdict, NodeInput, judge_graph
from supplytrust.model.evidence import Edge
from supplytrust.model.finding import Finding
from supplytrust.model.policy import Exemption
from supplytrust.model.vocabulary import Area, EdgeKind, Outcome, Status, Veto

Inputs = dict[str, NodeInput]
SEED = st.integers(0, 2**32)
NAME = st.sampled_from(NAMES)


def judged(inputs: Inputs, edges: list[Edge], policy=GRAPH_POLICY) -> GraphVerdict:
    return judge_graph(ROOT, inputs, edges, policy, NOW)


def reached(edges: list[Edge]) -> list[list[str]]:
    """Layers of a plain breadth-first search."""
    layers, seen = [[ROOT]], {ROOT}
    while layers[-1]:
        below = sorted({e.child for e in edges if e.parent in layers[-1]} - seen)
        seen.update(below)
        layers.append(below)
    return layers[:-1]


@given(INPUTS, EDGES, SEED)
def test_l11_no_order_leaves_a_trace(inputs: Inputs, edges: list[Edge], seed: int) -> None:
    draw = random.Random(seed)
    shuffled = [*edges, *draw.choices(edges, k=5)] if edges else []
    draw.shuffle(shuffled)
    others = dict(draw.sample(sorted(inputs.items()), k=len(inputs)))
    assert judged(others, shuffled) == judged(inputs, edges)


@given(EDGES)
def test_l11_requirements_are_the_least_fixed_point(edges: list[Edge]) -> None:
    """Against the definition, iterated on the whole graph until nothing changes, cycles and all."""
    level = dict.fromkeys(NAMES, 0) | {ROOT: 4}
    while True:
        after = dict(level)
        for edge in edges:
            after[edge.child] = max(after[edge.child], min(level[edge.parent], LIMIT[edge.kind]))
        if after == level:
            break
        level = after
    graph = graph_of(ROOT, edges)
    found = {graph.names[n]: r for n, r in requirements(graph, GRAPH_POLICY).items()}
    assert {name: r.level for name, r in found.items()} == {name: high for name, high in level.items() if high}
    for name, requirement in found.items():
        reasons = [
            (e.kind.value, GATES[e.kind], min(level[e.parent], LIMIT[e.kind]))
            for e in edges
            if e.child == name and level[e.parent]
        ]
        reasons += [("root", set(Area), 4)] if name == ROOT else []
        for area in Area:
            thetas = [
                min(GRAPH_POLICY.expect[p].get(area, 0.0), GRAPH_POLICY.level_cap[high])
                for p, gated, high in reasons
                if area in gated
            ]
            assert requirement.thresholds.get(area, 0.0) == max(thetas, default=0.0)


@given(INPUTS, EDGES)
def test_l11_paths_are_shortest_and_real(inputs: Inputs, edges: list[Edge]) -> None:
    verdict = judged(inputs, edges)
    depth = {name: n for n, layer in enumerate(reached(edges)) for name in layer}
    arcs = {(e.parent, e.child) for e in edges}
    assert set(verdict.nodes) == set(depth)
    bad = {name for name, node in verdict.nodes.items() if node.outcome is not Outcome.ADMIT}
    assert set(verdict.paths) == bad
    for name, path in verdict.paths.items():
        assert (path[0], path[-1], len(path)) == (ROOT, name, depth[name] + 1)
        assert set(itertools.pairwise(path)) <= arcs


@given(INPUTS, EDGES, EDGE, FINDINGS, st.booleans())
def test_l12_more_dependencies_never_improve(
    inputs: Inputs, edges: list[Edge], edge: Edge, findings: tuple[Finding, ...], fresh: bool
) -> None:
    if fresh:
        edge = Edge(edge.parent, "pkg:generic/fresh@1", edge.kind)
        inputs = {**inputs, edge.child: NodeInput(findings, QUESTIONS)}
    assert judged(inputs, [*edges, edge]).outcome >= judged(inputs, edges).outcome


@given(INPUTS, EDGES)
def test_l13_a_diamond_counts_once(inputs: Inputs, edges: list[Edge]) -> None:
    """Over links alone the risk is that of the set of packages, as if each hung on the root directly."""
    links = [Edge(e.parent, e.child, EdgeKind.LINK) for e in edges if e.child != ROOT]
    names = {name for layer in reached(links) for name in layer} - {ROOT}
    star = [Edge(ROOT, name, EdgeKind.LINK) for name in names]
    assert judged(inputs, links).risk == judged(inputs, star).risk


@given(INPUTS, EDGES, NAME, st.sampled_from([Veto.MALICIOUS, Veto.TAMPERED, Veto.REVOKED]))
def test_l14_a_veto_is_absorbing(inputs: Inputs, edges: list[Edge], name: str, veto: Veto) -> None:
    fact = Finding("integrity/fact", Status.OPPOSES, "seen", NOW, veto=veto, evidence=("e",), sources=("lab",))
    praise = [finding(signal, Status.SUPPORTS) for signal in SIGNALS]
    excused = Exemption(name, tuple(Area), "we know", "owner", NOW.replace(year=NOW.year + 1))
    policy = replace(GRAPH_POLICY, exemptions=(excused,))
    verdict = judged(with_findings(inputs, name, fact, *praise), edges, policy)
    reachable = {n for layer in reached(edges) for n in layer}
    if name in reachable:
        assert verdict.outcome is verdict.nodes[name].outcome is Outcome.REFUSE
    else:
        assert verdict == judged(inputs, edges, policy)


@given(INPUTS, EDGES, EDGE, NAME, st.sampled_from(SIGNALS))
def test_l15_the_risk_interval_is_ordered_and_monotone(
    inputs: Inputs, edges: list[Edge], edge: Edge, name: str, signal: str
) -> None:
    before = judged(inputs, edges).risk
    assert 0 <= before.low <= before.high
    longer = judged(inputs, [*edges, edge]).risk
    assert longer.low >= before.low - 1e-9
    assert longer.high >= before.high - 1e-9
    worse = judged(with_findings(inputs, name, _told(signal, Status.OPPOSES)), edges).risk
    assert worse.low >= before.low - 1e-9
    assert worse.high >= before.high - 1e-9
    better = judged(with_findings(inputs, name, _told(signal, Status.SUPPORTS)), edges).risk
    assert better.low <= before.low + 1e-9
    assert better.high <= before.high + 1e-9


def _told(signal: str, status: Status) -> Finding:
    """A new word on the same signal by a listed source that has not spoken yet."""
    return finding(signal, status, source="second")


@given(EDGES, st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=12, max_size=12))
def test_l15_for_any_doubts(edges: list[Edge], pairs: list[tuple[float, float]]) -> None:
    graph = graph_of(ROOT, edges)
    impact = {graph.names[n]: i for n, i in impacts(graph, GRAPH_POLICY, 10.0).items()}
    assert set(impact) == {n for layer in reached(edges) for n in layer}
    assert all(0 < i <= 10.0 for i in impact.values())
    bounds = {n: Doubt(*sorted(p)) for n, p in zip(NAMES, pairs, strict=True) if n in impact}
    found = risk(bounds, impact, GRAPH_POLICY.context)
    assert found.low <= found.high + 1e-12
    assert [one.risk for one in found.top] == sorted((one.risk for one in found.top), reverse=True)


@given(INPUTS, EDGES, SEED)
def test_l18_same_inputs_same_bytes(inputs: Inputs, edges: list[Edge], seed: int) -> None:
    draw = random.Random(seed)
    shuffled = {
        name: NodeInput(tuple(draw.sample(node.findings, k=len(node.findings))), node.questions)
        for name, node in draw.sample(sorted(inputs.items()), k=len(inputs))
    }
    again = judged(shuffled, draw.sample(edges, k=len(edges)))
    assert repr(again).encode() == repr(judged(inputs, edges)).encode()


@given(INPUTS, EDGES)
def test_the_worst_required_package_decides(inputs: Inputs, edges: list[Edge]) -> None:
    verdict = judged(inputs, edges)
    assert verdict.outcome is max(node.outcome for node in verdict.nodes.values())
    for node in verdict.nodes.values():
        held = doubt(node.areas.values(), vetoed=False)
        assert 0 <= held.low <= held.high <= 1
