"""The package with its dependencies: levels, gaps, paths, footprint, and bytes that do not depend on hashing."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from supplytrust.appraisal.algebra.graph import (
    PackageFacts,
    Requirement,
    footprint,
    graph_of,
    impacts,
    requirements,
    trusted_base,
)
from supplytrust.appraisal.algebra.graph_verdict import GraphVerdict, NodeInput, judge_graph
from supplytrust.model.evidence import Edge
from supplytrust.model.finding import Finding
from supplytrust.model.policy import Exemption, Policy, Weight, WeightTable
from supplytrust.model.vocabulary import Area, EdgeKind, Outcome, Status

AT = datetime(2026, 6, 1, tzinfo=UTC)
ALL = dict.fromkeys(Area, 0.9)
POLICY = Policy(
    "p",
    expect={"root": {Area.BUILD: 0.5}, "link": ALL, "build": ALL, "service-remote": ALL, "test": ALL},
    require={"build": ("build/x",), "link": ("integrity/y",)},
    reliability={"index": 1.0},
    weights=WeightTable({("build/x", ""): Weight("build/x", "", "g", 4, 3, 100, "expert")}, {}),
)
LINK, BUILD, LOCAL, REMOTE, TEST = EdgeKind
SEEN = Finding("build/x", Status.SUPPORTS, "as seen", AT, evidence=("e",), sources=("index",))


def edge(parent: str, child: str, kind: EdgeKind = LINK) -> Edge:
    return Edge(parent, child, kind)


def required(*edges: Edge) -> dict[str, Requirement]:
    graph = graph_of("app", edges)
    return {graph.names[n]: r for n, r in requirements(graph, POLICY).items()}


def judge(inputs: dict[str, NodeInput], edges: tuple[Edge, ...] | None, **more: object) -> GraphVerdict:
    return judge_graph("app", inputs, edges, replace(POLICY, **more), AT)


@pytest.mark.parametrize(
    ("kind", "level", "theta", "areas"),
    [
        (LINK, 4, 0.9, list(Area)),
        (BUILD, 4, 0.9, [Area.BUILD, Area.INTEGRITY, Area.PROVENANCE]),
        (REMOTE, 2, 0.7, [Area.INTEGRITY, Area.RESPONSIVENESS]),
        (TEST, 1, 0.5, [Area.INTEGRITY, Area.PROVENANCE]),
    ],
)
def test_what_each_edge_kind_asks(kind: EdgeKind, level: int, theta: float, areas: list[Area]) -> None:
    found = required(edge("app", "dep", kind))["dep"]
    assert (found.level, dict(found.thresholds)) == (level, dict.fromkeys(areas, theta))
    assert found.profiles == ((kind.value, level),)


def test_a_level_never_rises_on_the_way_down() -> None:
    found = required(edge("app", "svc", REMOTE), edge("svc", "lib"), edge("lib", "check", TEST), edge("check", "x"))
    assert [found[n].level for n in ("app", "svc", "lib", "check", "x")] == [4, 2, 2, 1, 1]
    assert set(found["lib"].thresholds.values()) == {0.7}
    assert set(found["x"].thresholds.values()) == {0.5}


def test_two_ways_to_a_package_ask_for_both() -> None:
    found = required(edge("app", "dep", REMOTE), edge("app", "dep", BUILD))["dep"]
    assert found.thresholds == {
        Area.BUILD: 0.9,
        Area.INTEGRITY: 0.9,
        Area.PROVENANCE: 0.9,
        Area.RESPONSIVENESS: 0.7,
    }
    assert found.must_haves == ("build/x",)
    both = required(edge("app", "dep"), edge("app", "dep", BUILD))["dep"]
    assert both.must_haves == ("build/x", "integrity/y")


def test_what_cannot_be_reached_is_not_judged() -> None:
    verdict = judge({"app": NodeInput((SEEN,)), "other": NodeInput()}, (edge("other", "app"),))
    assert list(verdict.nodes) == ["app"]
    assert verdict.outcome is Outcome.ADMIT


def test_an_unknown_dependency_is_undecided_with_its_path() -> None:
    verdict = judge({"app": NodeInput((SEEN,))}, (edge("app", "a"), edge("a", "b"), edge("app", "b", TEST)))
    assert verdict.outcome is Outcome.REFER
    assert verdict.paths == {"a": ("app", "a"), "b": ("app", "b")}
    assert [(r.code, r.path) for r in verdict.reasons] == [
        ("dependency", ("app", "a")),
        ("dependency", ("app", "b")),
    ]
    assert {m.subject for m in verdict.would_change} == {"a", "b"}


def test_of_equally_short_paths_the_first_by_name_is_told() -> None:
    diamond = (edge("app", "z"), edge("app", "a"), edge("z", "dep"), edge("a", "dep"))
    for edges in (diamond, diamond[::-1]):
        assert judge({}, edges).paths["dep"] == ("app", "a", "dep")


def test_dependencies_nobody_looked_at() -> None:
    inputs = {"app": NodeInput((SEEN,))}
    assert judge(inputs, ()).outcome is Outcome.ADMIT
    unknown = judge(inputs, None)
    assert (unknown.outcome, [r.code for r in unknown.reasons]) == (Outcome.REFER, ["dependencies-unknown"])
    assert judge_graph("app", inputs, None, POLICY, AT, needs_edges=False).outcome is Outcome.ADMIT
    alone = replace(POLICY, expect={"root": {Area.BUILD: 0.5}}, require={})
    assert judge_graph("app", inputs, None, alone, AT).outcome is Outcome.ADMIT


def test_a_policy_that_asks_nothing_is_not_met() -> None:
    verdict = judge({"app": NodeInput((SEEN,))}, (), expect={})
    assert (verdict.outcome, [r.code for r in verdict.reasons]) == (Outcome.REFER, ["nothing-required"])


def test_the_earliest_end_of_all_packages_counts() -> None:
    excepted = Exemption("pkg:x/dep@1", tuple(Area), "known", "owner", AT + timedelta(days=9))
    inputs = {"app": NodeInput((SEEN,)), "pkg:x/dep@1": NodeInput()}
    verdict = judge(inputs, (edge("app", "pkg:x/dep@1"),), exemptions=(excepted,))
    assert verdict.outcome is Outcome.ADMIT
    assert verdict.exceptions == (excepted,)
    assert verdict.flips_at == verdict.valid_until == excepted.expires


def test_an_undecided_package_has_no_end_but_the_greatest_age() -> None:
    verdict = judge({}, ())
    assert verdict.flips_at is None
    assert verdict.valid_until == AT + timedelta(days=POLICY.max_age_days)


def test_impact_takes_the_heaviest_path() -> None:
    edges = (edge("app", "svc", REMOTE), edge("svc", "lib"), edge("app", "t", TEST), edge("t", "lib", LOCAL))
    graph = graph_of("app", edges)
    found = {graph.names[n]: i for n, i in impacts(graph, POLICY, 8.0).items()}
    assert found == {"app": 8.0, "svc": 2.0, "lib": 2.0, "t": pytest.approx(0.4)}


def test_a_long_chain_with_a_cycle_needs_no_recursion() -> None:
    names = [f"p{n}" for n in range(5000)]
    edges = [edge("app", "p0"), edge("p4999", "p0")]
    edges += [edge(a, b) for a, b in itertools.pairwise(names)]
    graph = graph_of("app", edges)
    assert len(requirements(graph, POLICY)) == len(impacts(graph, POLICY, 1.0)) == 5001
    assert len(graph.path(graph.reach_all(), graph.names.index("p4999"))) == 5001


# --- footprint ----------------------------------------------------------------------------------------

EDGES = (edge("app", "a"), edge("app", "cc", BUILD), edge("cc", "a"), edge("app", "svc", REMOTE))


def test_the_trusted_base_stops_at_edges_of_less_impact() -> None:
    assert trusted_base("app", EDGES, POLICY) == ("a", "app", "cc")


def test_footprint_of_what_is_known() -> None:
    facts = {
        "app": PackageFacts(10, native=False, holders={"account": ("ann", "bob"), "host": ("h",)}),
        "a": PackageFacts(20, native=True, holders={"account": ("ann",), "host": ("h",)}),
        "cc": PackageFacts(70, native=True, holders={"account": (), "host": ("h",), "key": ("k",)}),
    }
    found = footprint("app", EDGES, facts, POLICY)
    assert (found.packages, found.bytes, found.native, found.maintainers) == (3, 100, 2, 2)
    assert [(p.kind, p.name, round(p.share, 3), p.packages) for p in found.single_points] == [
        ("host", "h", 1.0, ("a", "app", "cc")),
        ("account", "ann", 0.667, ("a", "app")),
        ("account", "bob", 0.333, ("app",)),
        ("key", "k", 0.333, ("cc",)),
    ]
    # keys are known of one package only, so they are told but not counted
    assert found.attack_surface == 3
    assert found.concentration == pytest.approx(0.5**2 + (1 / 3) ** 2 + (1 / 6) ** 2)


def test_what_is_not_known_of_one_is_not_known_of_all() -> None:
    facts = {"app": PackageFacts(10, native=False, holders={"account": ("ann",)}), "a": PackageFacts(5)}
    found = footprint("app", EDGES, facts, POLICY)
    assert (found.bytes, found.native, found.maintainers) == (None, None, None)
    assert (found.concentration, found.attack_surface) == (None, None)
    assert [(p.name, p.packages) for p in found.single_points] == [("ann", ("app",))]


# --- bytes --------------------------------------------------------------------------------------------

PROGRAM = """
from datetime import UTC, datetime
from supplytrust.appraisal.algebra.graph_verdict import NodeInput, judge_graph
from supplytrust.model.evidence import Edge
from supplytrust.model.policy import Policy
from supplytrust.model.vocabulary import Area, EdgeKind
policy = Policy("p", expect={k: dict.fromkeys(set(Area), 0.8) for k in ("root", *EdgeKind)})
edges = {Edge(f"p{n % 7}", f"p{n * 5 % 11}", kind) for n in range(40) for kind in EdgeKind}
print(repr(judge_graph("p0", {}, edges, policy, datetime(2026, 1, 1, tzinfo=UTC))))
"""


def test_hashing_leaves_no_trace() -> None:
    runs = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert len(runs[0]) > 1000
