"""Laws of an accounting: what meets a kind of dependency's requirement by knowing every byte it could have written."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laws.strategies import EDGES, GRAPH_POLICY, INPUTS, NAMES, NOW, ROOT, TABLE, finding, with_findings
from supplytrust.appraisal.algebra.graph import graph_of, requirements
from supplytrust.appraisal.algebra.graph_verdict import GraphVerdict, NodeInput, accounts_of, judge_graph
from supplytrust.model.evidence import Edge
from supplytrust.model.finding import Finding
from supplytrust.model.policy import ROOT as ROOT_PROFILE
from supplytrust.model.vocabulary import EdgeKind, Outcome, Status, Veto

SIGNAL = "integrity/compared"
ROWS = {key: replace(row, covers=(EdgeKind.BUILD,)) if key[0] == SIGNAL else row for key, row in TABLE.rows.items()} | {
    (SIGNAL, "partly"): replace(TABLE.rows[SIGNAL, ""], grade="partly")
}
POLICY = replace(GRAPH_POLICY, weights=replace(TABLE, rows=MappingProxyType(ROWS)))
PLAIN = replace(
    POLICY,
    weights=replace(TABLE, rows=MappingProxyType({key: replace(row, covers=()) for key, row in ROWS.items()})),
)
NAME = st.sampled_from(NAMES)
Inputs = dict[str, NodeInput]


def judged(inputs: Inputs, edges: list[Edge], policy=POLICY) -> GraphVerdict:
    return judge_graph(ROOT, inputs, edges, policy, NOW)


def regraded(inputs: Inputs, **changes: object) -> Inputs:
    """The same, every accounting changed so that it is none."""

    def change(f: Finding) -> Finding:
        return replace(f, **changes) if f.signal == SIGNAL and f.status is Status.SUPPORTS else f

    return {name: replace(node, findings=tuple(map(change, node.findings))) for name, node in inputs.items()}


def accounting(inputs: Inputs) -> set[str]:
    """Packages of which the accounting holds, from the cases themselves."""
    return {
        name for name, node in inputs.items() for f in node.findings if (f.signal, f.status) == (SIGNAL, "supports")
    }


def without_words(verdict: GraphVerdict) -> GraphVerdict:
    return replace(verdict, reasons=tuple(r for r in verdict.reasons if r.code != "covered"), accounts={}, covered={})


@pytest.mark.sampled(1)
@pytest.mark.parametrize("changes", [{"grade": "partly"}, {"status": Status.NOT_OBSERVED}, {"sources": ("stranger",)}])
@given(inputs=INPUTS, edges=EDGES)
def test_removing_the_accounting_brings_the_requirement_back(changes, inputs: Inputs, edges: list[Edge]) -> None:
    less = regraded(inputs, **changes)
    found = judged(less, edges)
    assert found == judged(less, edges, PLAIN)
    assert not found.accounts
    assert not found.covered
    assert judged(inputs, edges).outcome <= max(found.outcome, judged(inputs, edges, PLAIN).outcome)


@given(INPUTS, EDGES)
def test_no_other_kind_of_edge_is_touched(inputs: Inputs, edges: list[Edge]) -> None:
    others = [edge for edge in edges if edge.kind is not EdgeKind.BUILD]
    assert without_words(judged(inputs, others)) == judged(inputs, others, PLAIN)


@given(INPUTS, EDGES)
def test_what_is_required_is_what_is_reached_without_the_covered_edges(inputs: Inputs, edges: list[Edge]) -> None:
    known = accounting(inputs)
    left = graph_of(ROOT, [e for e in edges if not (e.kind is EdgeKind.BUILD and e.parent in known)])
    asked = {left.names[n]: r for n, r in requirements(left, PLAIN).items()}
    found = judged(inputs, edges)
    assert {name: r for name, r in found.requirements.items() if r.level} == asked
    assert set(found.nodes) == set(judged(inputs, edges, PLAIN).nodes)
    assert set(found.covered) == set(found.nodes) - set(asked)
    for name in found.covered:
        assert not found.requirements[name].thresholds
        assert not found.requirements[name].must_haves


@given(INPUTS, EDGES)
def test_it_makes_nothing_else_better(inputs: Inputs, edges: list[Edge]) -> None:
    """No belief changes, and a package that is still reached in the same ways is judged as without it."""
    found, plain = judged(inputs, edges), judged(inputs, edges, PLAIN)
    for name, node in found.nodes.items():
        before = plain.nodes[name]
        assert [(a.belief, a.disbelief) for a in node.areas.values()] == [
            (a.belief, a.disbelief) for a in before.areas.values()
        ]
        if found.requirements[name] == plain.requirements[name]:
            assert node == before
    assert found.outcome <= plain.outcome
    if (ROOT_PROFILE,) == tuple(name for name, _ in plain.requirements[ROOT].profiles):  # not a tool of its own tools
        assert found.nodes[ROOT].outcome is plain.nodes[ROOT].outcome


@given(INPUTS, EDGES, NAME)
def test_a_veto_against_a_covered_tool_still_refuses(inputs: Inputs, edges: list[Edge], name: str) -> None:
    fact = Finding(
        "integrity/fact", Status.OPPOSES, "seen", NOW, veto=Veto.MALICIOUS, evidence=("e",), sources=("lab",)
    )
    verdict = judged(with_findings(inputs, name, fact), edges)
    if name in verdict.nodes:
        assert verdict.outcome is Outcome.REFUSE
        path = verdict.paths[name]
        assert path[0] == ROOT
        assert path[-1] == name


@given(INPUTS, EDGES)
def test_the_explanation_asks_nothing_of_what_is_covered(inputs: Inputs, edges: list[Edge]) -> None:
    found = judged(inputs, edges)
    assert not {missing.subject for missing in found.would_change} & set(found.covered)
    told = {(r.text.split(" of ")[1].split(" ")[0]) for r in found.reasons if r.code == "covered"}
    assert told == {e.parent for e in edges if e.kind is EdgeKind.BUILD} & accounting(inputs) & set(found.nodes)
    assert all(f"covered by {SIGNAL}" in r.text for r in found.reasons if r.code == "covered")


@given(INPUTS, EDGES, NAME)
def test_an_opposing_word_on_it_ends_it(inputs: Inputs, edges: list[Edge], name: str) -> None:
    against = with_findings(inputs, name, finding(SIGNAL, Status.OPPOSES, source="second"))
    assert name not in judged(against, edges).accounts
    assert judged(against, edges).outcome >= judged(inputs, edges).outcome


def test_an_accounting_ends_with_its_finding_and_is_never_of_the_future() -> None:
    good = finding(SIGNAL, Status.SUPPORTS)
    assert set(accounts_of([good], POLICY, NOW)) == {EdgeKind.BUILD}
    assert accounts_of([replace(good, until=NOW)], POLICY, NOW) == {}
    assert accounts_of([replace(good, at=NOW.replace(year=NOW.year + 1))], POLICY, NOW) == {}
    assert accounts_of([replace(good, at=None)], POLICY, NOW) == {}
    assert accounts_of([replace(good, sources=())], POLICY, NOW) == {}
    assert (
        accounts_of([replace(good, grade="unheard-of")], POLICY, NOW) == {}
    )  # the plain row stands in for weight only
