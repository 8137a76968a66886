"""Is everything accounted for that a kind of dependency could have put into a package? Then it need not be trusted.

A build tool reaches a package by the bytes it writes. Where a finding accounts for each of them without that tool,
what the `build` edge asks is met, by that finding and for that package alone. Which findings do is a property of
their row in the weight table (`covers`), exactly at their grade. Removing the finding brings the requirement back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from supplytrust.appraisal.algebra import requirement as rule
from supplytrust.appraisal.algebra.graph import KINDS, MASK, SHIFT, Graph
from supplytrust.appraisal.algebra.requirement import MustHave
from supplytrust.model.finding import Finding
from supplytrust.model.policy import Policy
from supplytrust.model.vocabulary import EdgeKind


@dataclass(frozen=True, slots=True)
class Accounting:
    """`signal` accounts for what edges of one kind bring in; `until` when that ends, if the finding ends."""

    signal: str
    until: datetime | None = None


Accounts = Mapping[EdgeKind, Accounting]


def accounts_of(findings: Iterable[Finding], policy: Policy, at: datetime) -> Accounts:
    """The edge kinds of a package that its own findings account for; of several findings the first by name.

    A finding counts as a must-have does: it supports now, each source is listed, and nothing of its signal opposes.
    """
    known = tuple(findings)
    made: dict[EdgeKind, Accounting] = {}
    for finding in sorted(known, key=lambda f: (f.signal, repr(f)), reverse=True):
        row = policy.weights.rows.get((finding.signal, finding.grade))  # no other grade stands in for this one
        if (
            row is None
            or not row.covers
            or rule.must_have(finding.signal, [finding], policy, at) is MustHave.NOT_OBSERVED
        ):
            continue
        if rule.must_have(finding.signal, known, policy, at) is MustHave.PRESENT:
            made.update(dict.fromkeys(row.covers, Accounting(finding.signal, finding.until)))
    return MappingProxyType(made)


def drop_covered_edges(graph: Graph, accounts: Mapping[str, Accounts]) -> Graph:
    """The graph without the edges whose requirement is met by an accounting of the package they start from."""
    kept = [
        [edge for edge in edges if KINDS[edge & MASK] not in accounts[name]] if accounts.get(name) else edges
        for name, edges in zip(graph.names, graph.out, strict=True)
    ]
    return Graph(graph.names, graph.root, tuple(kept))


def covered_nodes(graph: Graph, accounts: Mapping[str, Accounts], required: Iterable[int]) -> dict[int, Accounting]:
    """Every reachable package that nothing is required of, with the accounting that its path goes through.

    `required` are the packages that are reached without crossing an accounting.
    """
    found: dict[int, Accounting] = {}
    needed = frozenset(required)
    layer = [
        (edge >> SHIFT, account)
        for node in sorted(needed)
        for edge in sorted(graph.out[node])
        if (account := accounts.get(graph.names[node], {}).get(KINDS[edge & MASK])) is not None
    ]
    while layer:
        fresh: dict[int, Accounting] = {}
        for child, account in sorted(layer, key=lambda step: (step[0], step[1].signal)):
            if child not in needed and child not in found:
                fresh.setdefault(child, account)
        found.update(fresh)
        layer = [(edge >> SHIFT, account) for node, account in fresh.items() for edge in graph.out[node]]
    return found
