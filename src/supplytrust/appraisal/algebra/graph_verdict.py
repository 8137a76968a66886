"""How does a package stand together with all it depends on? Each node once; the worst decides.

Of some things only the name is known (libraries of the system, called services): they stand in the graph too.
A build tool reaches a package by the bytes it writes. Where a finding accounts for each of them without that tool,
what the `build` edge asks is met, by that finding and for that package alone. Which findings do is a property of
their row in the weight table (`covers`), exactly at their grade. Removing the finding brings the requirement back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from supplytrust.appraisal.algebra import explain as why
from supplytrust.appraisal.algebra import requirement as rule
from supplytrust.appraisal.algebra.explain import Questions
from supplytrust.appraisal.algebra.graph import (
    KINDS,
    MASK,
    NOTHING_REQUIRED,
    SHIFT,
    Graph,
    Requirement,
    doubt,
    graph_of,
    impacts,
    requirements,
    risk,
)
from supplytrust.appraisal.algebra.package_verdict import NodeVerdict, judge_node
from supplytrust.appraisal.algebra.requirement import MustHave, valid_until
from supplytrust.model.evidence import Edge
from supplytrust.model.finding import Finding
from supplytrust.model.policy import PART, ROOT, Exemption, Policy
from supplytrust.model.record import AreaVerdicts, CoveringRecord, Missing, Reason, Risk
from supplytrust.model.subject import is_local_file
from supplytrust.model.vocabulary import EdgeKind, Outcome


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


# --- the verdict about a graph
# A tool or service is used for what it makes, not for what it is.
_USED_FOR = frozenset([ROOT, EdgeKind.LINK.value, PART])


@dataclass(frozen=True, slots=True)
class NodeInput:
    """What is known about one package, what could be asked about it, and what its purpose asks for."""

    findings: tuple[Finding, ...] = ()
    questions: Questions = field(default_factory=Questions)
    must_haves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GraphVerdict:
    """A package with everything it depends on.

    `nodes` and `requirements` have an entry for every package reachable from `root`, `paths` a shortest path
    for every one of them that is not admitted. `flips_at` and `valid_until` are the earliest of all nodes.
    `accounts` say for which packages a finding meets what edges of a kind ask, `covered` which packages are
    reached by no other way: nothing is required of them, and a veto against one still refuses.
    """

    root: str
    outcome: Outcome
    nodes: Mapping[str, NodeVerdict]
    requirements: Mapping[str, Requirement]
    paths: Mapping[str, tuple[str, ...]]
    reasons: tuple[Reason, ...]
    would_change: tuple[Missing, ...]
    exceptions: tuple[Exemption, ...]
    risk: Risk
    flips_at: datetime | None
    valid_until: datetime
    accounts: Mapping[str, Accounts] = field(default_factory=lambda: MappingProxyType({}))
    covered: Mapping[str, Accounting] = field(default_factory=lambda: MappingProxyType({}))

    def accounting(self, edge: Edge) -> Accounting | None:
        """What meets the requirement of this edge, or that of every way to where it starts."""
        return self.accounts.get(edge.parent, {}).get(edge.kind) or self.covered.get(edge.parent)


def judge_graph(
    root: str,
    inputs: Mapping[str, NodeInput],
    edges: Iterable[Edge] | None,
    policy: Policy,
    at: datetime,
    *,
    needs_edges: bool = True,
    records: Mapping[str, CoveringRecord] = MappingProxyType({}),
) -> GraphVerdict:
    """The verdict on `root` (a purl) with its dependencies.

    A package without an input is one nothing is known of. `edges` None means dependencies were not looked
    at: a policy that asks something of them is then not met, unless the caller asked about the package
    alone (`needs_edges` False). `records` are those that dependencies have of their own under this policy: what
    nobody published is known by its bytes alone, so a record about these bytes answers for it and all it brings.
    """
    graph = graph_of(root, edges or ())
    accounts = {purl: made for purl, given in inputs.items() if (made := accounts_of(given.findings, policy, at))}
    cited = {purl: r for purl, r in records.items() if is_local_file(purl) and purl != root and r.expires > at}
    accounts |= {
        purl: MappingProxyType(dict.fromkeys(KINDS, Accounting(f"record {r.digest}", r.expires)))
        for purl, r in cited.items()
    }
    asked = drop_covered_edges(graph, accounts)
    needed = requirements(asked, policy)
    covered = covered_nodes(graph, accounts, needed)
    needed.update(dict.fromkeys(covered, NOTHING_REQUIRED))
    wanted = {graph.names[n]: r for n, r in sorted(needed.items())}
    judged = {purl: _judge(purl, inputs.get(purl, NodeInput()), wanted[purl], policy, at) for purl in wanted}
    nodes = {purl: _with_record(v, cited[purl]) if purl in cited else v for purl, v in judged.items()}
    paths = _paths(asked, nodes) | _paths(graph, {purl: nodes[purl] for purl in nodes if not wanted[purl].level})
    gaps = _gaps(wanted[root], root, policy, looked=edges is not None or not needs_edges)
    outcome = max((*(v.outcome for v in nodes.values()), *(Outcome.REFER for _ in gaps)))
    used = {purl: accounts[purl] for purl in nodes if purl in accounts}
    ends = [v.flips_at for v in nodes.values()] + [a.until for made in used.values() for a in made.values()]
    flips = min((end for end in ends if end), default=None) if outcome is Outcome.ADMIT else None
    return GraphVerdict(
        root=root,
        outcome=outcome,
        nodes=nodes,
        requirements=wanted,
        paths=paths,
        reasons=(*nodes[root].reasons, *gaps, *_from_below(root, nodes, paths), *_covers(graph, used)),
        would_change=_would_change(root, nodes),
        exceptions=tuple(sorted({e for v in nodes.values() for e in v.exceptions})),
        risk=_risk(graph, nodes, policy),
        flips_at=flips,
        valid_until=valid_until(at, flips, policy),
        accounts=MappingProxyType(used),
        covered=MappingProxyType({graph.names[n]: account for n, account in sorted(covered.items())}),
    )


def _with_record(verdict: NodeVerdict, own: CoveringRecord) -> NodeVerdict:
    """An open question is answered by the record about the same bytes; what refuses still refuses."""
    if verdict.outcome is not Outcome.REFER:
        return verdict
    return replace(
        verdict,
        outcome=Outcome.ADMIT,
        areas=AreaVerdicts({area: replace(v, required=False) for area, v in verdict.areas.items()}),
        reasons=(why.record_reason(verdict.purl, own.digest),),
        would_change=(),
        flips_at=own.expires,
        valid_until=min(verdict.valid_until, own.expires),
    )


def _covers(graph: Graph, accounts: Mapping[str, Accounts]) -> tuple[Reason, ...]:
    """One reason a package and kind of dependency that an accounting meets the requirement of."""
    found = []
    for number, purl in enumerate(graph.names):
        for kind, account in sorted(accounts.get(purl, {}).items()):
            met = {edge >> SHIFT for edge in graph.out[number] if KINDS[edge & MASK] is kind}
            if met:
                found.append(why.covered_reason(purl, kind, account.signal, len(met)))
    return tuple(found)


def _judge(purl: str, given: NodeInput, wanted: Requirement, policy: Policy, at: datetime) -> NodeVerdict:
    used = any(profile in _USED_FOR for profile, _ in wanted.profiles)
    return judge_node(
        purl,
        given.findings,
        policy,
        thresholds=wanted.thresholds,
        must_haves=(*wanted.must_haves, *given.must_haves) if used else wanted.must_haves,
        questions=given.questions,
        at=at,
    )


def _paths(graph: Graph, nodes: Mapping[str, NodeVerdict]) -> dict[str, tuple[str, ...]]:
    """A shortest path to each of these packages that is not admitted and within reach."""
    parents = graph.reach_all()
    bad = (n for n in sorted(parents) if graph.names[n] in nodes)
    return {graph.names[n]: graph.path(parents, n) for n in bad if nodes[graph.names[n]].outcome is not Outcome.ADMIT}


def _gaps(wanted: Requirement, root: str, policy: Policy, *, looked: bool) -> tuple[Reason, ...]:
    found = []
    if not wanted.thresholds and not wanted.must_haves:
        found.append(why.nothing_required_reason(root))
    below = {*policy.expect, *policy.require} - {ROOT}
    if below and not looked:
        found.append(why.dependencies_unknown_reason())
    return tuple(found)


def _from_below(
    root: str, nodes: Mapping[str, NodeVerdict], paths: Mapping[str, tuple[str, ...]]
) -> tuple[Reason, ...]:
    """One reason a dependency that is not admitted, the worst first."""
    bad = sorted((p for p in paths if p != root), key=lambda p: (-nodes[p].outcome, len(paths[p]), p))
    return tuple(why.dependency_reason(p, nodes[p].outcome, nodes[p].reasons, paths[p]) for p in bad)


def _would_change(root: str, nodes: Mapping[str, NodeVerdict]) -> tuple[Missing, ...]:
    others = [
        replace(missing, subject=purl)
        for purl, verdict in nodes.items()
        if purl != root
        for missing in verdict.would_change
    ]
    return (*nodes[root].would_change, *others)


def _risk(graph: Graph, nodes: Mapping[str, NodeVerdict], policy: Policy) -> Risk:
    impact = {graph.names[n]: i for n, i in impacts(graph, policy, policy.context.impact).items()}
    doubts = {p: doubt(v.areas.values(), vetoed=bool(v.vetoes)) for p, v in nodes.items()}
    return risk(doubts, impact, policy.context)


# --- things of which only the name is known: libraries of the system, services that are called


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
