"""Who depends on whom, what a dependency must meet, how much is at stake through it, and who must behave.

Packages are numbers in order of their names, so that no order of input leaves a trace. Requirements go down by kind of
edge, each node once; a circle is no danger.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from supplytrust.model.evidence import Edge
from supplytrust.model.policy import PART, ROOT, Context, Policy
from supplytrust.model.record import VENDOR, AreaVerdict, Footprint, Risk, RiskShare, SinglePoint
from supplytrust.model.subject import is_local_file
from supplytrust.model.vocabulary import Area, EdgeKind

KINDS = tuple(EdgeKind)
SHIFT = 3
MASK = (1 << SHIFT) - 1
_NUMBER = {id(kind): number for number, kind in enumerate(KINDS)}  # hashing a member costs a call


@dataclass(frozen=True, slots=True)
class Graph:
    """`out[u]` holds the edges of package `names[u]`; `root` is the number of the judged package.

    An edge is `child << SHIFT | kind`, the kind being its place in KINDS.
    """

    names: tuple[str, ...]
    root: int
    out: tuple[list[int], ...]

    def reach_all(self) -> dict[int, int]:
        """Each package reachable from the root with its parent on a shortest path; breadth first.

        Of several parents at the same distance the first by name. The root is its own parent.
        """
        parents = {self.root: self.root}
        layer = [self.root]
        while layer:
            following: dict[int, int] = {}
            for parent in sorted(layer):
                for edge in self.out[parent]:
                    child = edge >> SHIFT
                    if child not in parents and child not in following:
                        following[child] = parent
            parents.update(following)
            layer = list(following)
        return parents

    def path(self, parents: dict[int, int], node: int) -> tuple[str, ...]:
        """The names from the root to a node, both included."""
        steps = [node]
        while steps[-1] != self.root:
            steps.append(parents[steps[-1]])
        return tuple(self.names[step] for step in reversed(steps))


def graph_of(root: str, edges: Iterable[Edge]) -> Graph:
    """The graph of the edges; packages that only the edges name are part of it."""
    known = list(edges)
    names = {root}
    names.update(edge.parent for edge in known)
    names.update(edge.child for edge in known)
    ordered = tuple(sorted(names))
    number = {name: i for i, name in enumerate(ordered)}
    out: tuple[list[int], ...] = tuple([] for _ in ordered)
    for edge in known:
        out[number[edge.parent]].append(number[edge.child] << SHIFT | _NUMBER[id(edge.kind)])
    return Graph(ordered, number[root], out)


# --- What must a dependency meet? Requirements go down the graph, by edge kind; they are never multiplied.

P = TypeVar("P")
TOP = 4
ALL_AREAS = frozenset(Area)

# A compiler reaches everything it makes; a service is behind its own border; a test tool only has to be
# what it says it is, from whom it says it is, to be run at all.
LIMIT: Mapping[EdgeKind, int] = MappingProxyType(
    {
        EdgeKind.LINK: 4,
        EdgeKind.BUILD: 4,
        EdgeKind.SERVICE_LOCAL: 2,
        EdgeKind.SERVICE_REMOTE: 2,
        EdgeKind.TEST: 1,
    }
)
GATES: Mapping[EdgeKind, frozenset[Area]] = MappingProxyType(
    {
        EdgeKind.LINK: ALL_AREAS,
        EdgeKind.BUILD: frozenset({Area.BUILD, Area.INTEGRITY, Area.PROVENANCE}),
        EdgeKind.SERVICE_LOCAL: frozenset({Area.INTEGRITY, Area.RESPONSIVENESS}),
        EdgeKind.SERVICE_REMOTE: frozenset({Area.INTEGRITY, Area.RESPONSIVENESS}),
        EdgeKind.TEST: frozenset({Area.INTEGRITY, Area.PROVENANCE}),
    }
)
_LIMITS = tuple(LIMIT[kind] for kind in KINDS)
_PROFILES = (*((kind.value, GATES[kind]) for kind in KINDS), (ROOT, ALL_AREAS), (PART, ALL_AREAS))
_LINKED, _PART = KINDS.index(EdgeKind.LINK), len(KINDS) + 1


@dataclass(frozen=True, slots=True)
class Requirement:
    """What one package must meet: theta of each required area, and the signals that must support.

    `profiles` are the ways it was reached (`root` or an edge kind), each with the highest level.
    """

    level: int
    profiles: tuple[tuple[str, int], ...]
    thresholds: Mapping[Area, float]
    must_haves: tuple[str, ...]


NOTHING_REQUIRED = Requirement(0, (), MappingProxyType({}), ())


def requirements(graph: Graph, policy: Policy) -> dict[int, Requirement]:
    """The requirement of every package that is reachable from the root.

    A package reached in several ways gets the stricter theta per area and all must-haves.
    """
    made: dict[int, Requirement] = {}
    found: dict[int, Requirement] = {}
    for node, reached in _reached_by(graph).items():
        code = _as_part(reached) if is_local_file(graph.names[node]) else reached
        if code not in made:
            made[code] = _requirement(code, policy)
        found[node] = made[code]
    return found


def _reached_by(graph: Graph) -> dict[int, int]:
    """For every reachable package a bit for each (profile, level) it is reached by."""
    code = [0] * len(graph.names)
    best = bytearray(len(graph.names))
    waiting: list[list[int]] = [[] for _ in range(TOP + 1)]
    code[graph.root], best[graph.root] = _bit(len(KINDS), TOP), TOP
    waiting[TOP].append(graph.root)
    settled: dict[int, int] = {}
    for level in range(TOP, 0, -1):
        steps = [(min(level, limit), _bit(kind, min(level, limit))) for kind, limit in enumerate(_LIMITS)]
        while waiting[level]:
            node = waiting[level].pop()
            if best[node] > level or node in settled:
                continue
            settled[node] = 0
            for edge in graph.out[node]:
                child = edge >> SHIFT
                below, bit = steps[edge & MASK]
                code[child] |= bit
                if below > best[child]:
                    best[child] = below
                    waiting[below].append(child)
    return {node: code[node] for node in settled}


def _bit(profile: int, level: int) -> int:
    return 1 << (profile * (TOP + 1) + level)


def _as_part(code: int) -> int:
    """What is linked in and was published by nobody is asked as a part: no index could answer for it."""
    every = ((1 << (TOP + 1)) - 1) << (_LINKED * (TOP + 1))
    return code & ~every | (code & every) << ((_PART - _LINKED) * (TOP + 1))


def _requirement(code: int, policy: Policy) -> Requirement:
    profiles: list[tuple[str, int]] = []
    thetas: dict[Area, float] = {}
    for number in range(len(_PROFILES)):
        level = max((n for n in range(TOP + 1) if code & _bit(number, n)), default=0)
        if level:
            name, gated = _PROFILES[number]
            profiles.append((name, level))
            for area, theta in _of_profile(policy.expect, name, {}).items():
                if area in gated:
                    thetas[area] = max(thetas.get(area, 0.0), min(theta, policy.level_cap[level]))
    return Requirement(
        level=max(level for _, level in profiles),
        profiles=tuple(sorted(profiles)),
        thresholds=MappingProxyType({area: thetas[area] for area in Area if thetas.get(area, 0.0) > 0}),
        must_haves=tuple(sorted({s for name, _ in profiles for s in _of_profile(policy.require, name, ())})),
    )


def _of_profile(table: Mapping[str, P], name: str, nothing: P) -> P:
    """A policy that says nothing about parts asks of them what it asks of all that is linked."""
    usual = table.get(EdgeKind.LINK.value, nothing) if name == PART else nothing
    return table.get(name, usual)


# --- How much is at stake through whom? Impact times doubt, summed: an interval, held against a budget.

TOP_CONTRIBUTORS = 5


@dataclass(frozen=True, slots=True)
class Doubt:
    """Lowest and highest doubt in one package, each in [0, 1]."""

    low: float
    high: float


def impacts(graph: Graph, policy: Policy, impact: float) -> dict[int, float]:
    """What a failure of each reachable package costs: `impact` times the largest product of kappa on a path.

    Best first, each package once (Dijkstra on products of factors <= 1). Edges of full impact need no queue.
    """
    kappa = [min(1.0, max(0.0, policy.kappa.get(kind, 1.0))) for kind in KINDS]
    found: dict[int, float] = {}
    best = [0.0] * len(graph.names)
    waiting = [(-impact, graph.root)]
    while waiting:
        negative, first = heapq.heappop(waiting)
        same = [] if first in found else [first]
        found.update(dict.fromkeys(same, -negative))
        while same:
            for edge in graph.out[same.pop()]:
                child, reach = edge >> SHIFT, kappa[edge & MASK] * -negative
                if child not in found and reach > best[child]:
                    best[child] = reach
                    if reach == -negative:
                        found[child] = reach
                        same.append(child)
                    else:
                        heapq.heappush(waiting, (-reach, child))
    return found


def doubt(areas: Iterable[AreaVerdict], *, vetoed: bool) -> Doubt:
    """From the required areas: the largest disbelief, and the largest distance of belief from 1.

    Of a package under a veto nothing is left to doubt: both are 1.
    """
    required = [area for area in areas if area.required]
    if vetoed:
        return Doubt(1.0, 1.0)
    low = max((area.disbelief for area in required), default=0.0)
    return Doubt(low, max((1 - area.belief for area in required), default=0.0))


def risk(doubts: Mapping[str, Doubt], impact: Mapping[str, float], context: Context) -> Risk:
    """[R_low, R_high] over the packages, each counted once, with the largest contributors named."""
    names = sorted(doubts)
    shares = [(name, doubts[name].high * impact.get(name, 0.0)) for name in names]
    top = sorted((s for s in shares if s[1] > 0), key=lambda s: (-s[1], s[0]))[:TOP_CONTRIBUTORS]
    return Risk(
        low=math.fsum(doubts[name].low * impact.get(name, 0.0) for name in names),
        high=math.fsum(share for _, share in shares),
        budget=context.budget,
        top=tuple(RiskShare(name, share) for name, share in top),
    )


# --- Who and what must behave? The trusted computing base, and who alone can change how much of it.

HOLDERS = ("account", "key", "organization", "builder", "host")
ACCOUNT = "account"
T = TypeVar("T", int, bool)


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """What is known of a package's size and of who alone can ship it.

    `holders` maps a kind of `HOLDERS`, or VENDOR, to names; a kind that is absent is unknown, an empty tuple is none.
    """

    bytes: int | None = None
    native: bool | None = None
    holders: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


NOTHING_KNOWN = PackageFacts()


def trusted_base(root: str, edges: Iterable[Edge], policy: Policy) -> tuple[str, ...]:
    """The packages reachable over edges of full impact (kappa 1), the root included, in order of name."""
    graph = graph_of(root, edges)
    full = [policy.kappa.get(kind, 1.0) >= 1 for kind in KINDS]
    seen = {graph.root}
    stack = [graph.root]
    while stack:
        for edge in graph.out[stack.pop()]:
            child = edge >> SHIFT
            if full[edge & MASK] and child not in seen:
                seen.add(child)
                stack.append(child)
    return tuple(graph.names[node] for node in sorted(seen))


def footprint(root: str, edges: Iterable[Edge], facts: Mapping[str, PackageFacts], policy: Policy) -> Footprint:
    """Size of the trusted computing base and its single points of failure, the widest first."""
    base = trusted_base(root, edges, policy)
    return measure_footprint({name: facts.get(name, NOTHING_KNOWN) for name in base})


def measure_footprint(known: Mapping[str, PackageFacts]) -> Footprint:
    """The footprint of a trusted computing base that is already known package by package."""
    points = _single_points(known)
    complete = {kind for kind in HOLDERS if all(kind in fact.holders for fact in known.values())}
    shares = [point.share for point in points if point.kind in complete]
    accounts = [point for point in points if point.kind == ACCOUNT]
    return Footprint(
        packages=len(known),
        bytes=_sum([fact.bytes for fact in known.values()]),
        native=_sum([fact.native for fact in known.values()]),
        maintainers=len(accounts) if ACCOUNT in complete else None,
        single_points=points,
        concentration=_concentration(shares),
        attack_surface=len(shares) if complete else None,
    )


def _single_points(facts: Mapping[str, PackageFacts]) -> tuple[SinglePoint, ...]:
    held: dict[tuple[str, str], set[str]] = {}
    for package, fact in facts.items():
        for kind in (*HOLDERS, VENDOR):
            for name in fact.holders.get(kind, ()):
                held.setdefault((kind, name), set()).add(package)
    points = [
        SinglePoint(kind, name, len(packages) / len(facts), tuple(sorted(packages)))
        for (kind, name), packages in held.items()
    ]
    return tuple(sorted(points, key=lambda p: (-p.share, (*HOLDERS, VENDOR).index(p.kind), p.name)))


def _concentration(shares: list[float]) -> float | None:
    total = sum(shares)
    return sum((share / total) ** 2 for share in shares) if total else None


def _sum(values: list[T | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
