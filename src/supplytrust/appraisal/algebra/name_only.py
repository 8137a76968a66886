"""What does a policy make of things of which only the name is known: libraries of the system, services that are called?

They stand in the graph with all that the policy asks of their kind of edge, and with nothing that answers it: REFER,
unless an exception covers every area that is asked. Of a kind that the policy asks nothing of, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from supplytrust.appraisal.algebra.compose import requirements
from supplytrust.appraisal.algebra.explain import Questions
from supplytrust.appraisal.algebra.graph import graph_of
from supplytrust.appraisal.algebra.package_verdict import NodeVerdict, judge_node
from supplytrust.model.evidence import Edge
from supplytrust.model.policy import Policy


def judge_names(
    root: str, edges: Iterable[Edge], purls: Iterable[str], policy: Policy, at: datetime
) -> Mapping[str, NodeVerdict]:
    """The verdict on each of `purls` that is reachable from `root` and that the policy asks something of."""
    wanted = sorted(purls)
    if not wanted:
        return {}
    graph = graph_of(root, edges)
    asked = {graph.names[n]: requirement for n, requirement in requirements(graph, policy).items()}
    found = {purl: asked[purl] for purl in wanted if purl in asked}
    return {
        purl: judge_node(
            purl,
            (),
            policy,
            thresholds=r.thresholds,
            must_haves=r.must_haves,
            questions=Questions(),
            at=at,
        )
        for purl, r in found.items()
        if r.thresholds or r.must_haves
    }
