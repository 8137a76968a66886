"""What must a dependency meet? Requirements go down the graph, by edge kind; they are never multiplied.

A level 0..4 says how much hangs on a package. Each edge kind bounds the level (phi) and gates some areas.
Phi is monotone and never raises a level, so taking the highest level first settles each package at once:
that is the least fixed point, it does not depend on any order, and cycles need no treatment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from supplytrust.appraisal.algebra.graph import KINDS, MASK, SHIFT, Graph
from supplytrust.model.policy import ROOT, Policy
from supplytrust.model.vocabulary import Area, EdgeKind

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
_PROFILES = (*((kind.value, GATES[kind]) for kind in KINDS), (ROOT, ALL_AREAS))


@dataclass(frozen=True, slots=True)
class Requirement:
    """What one package must meet: theta of each required area, and the signals that must support.

    `profiles` are the ways it was reached (`root` or an edge kind), each with the highest level.
    """

    level: int
    profiles: tuple[tuple[str, int], ...]
    thresholds: Mapping[Area, float]
    must_haves: tuple[str, ...]


def requirements(graph: Graph, policy: Policy) -> dict[int, Requirement]:
    """The requirement of every package that is reachable from the root.

    A package reached in several ways gets the stricter theta per area and all must-haves.
    """
    made: dict[int, Requirement] = {}
    found: dict[int, Requirement] = {}
    for node, code in _reached_by(graph).items():
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


def _requirement(code: int, policy: Policy) -> Requirement:
    profiles: list[tuple[str, int]] = []
    thetas: dict[Area, float] = {}
    for number in range(len(_PROFILES)):
        level = max((n for n in range(TOP + 1) if code & _bit(number, n)), default=0)
        if level:
            name, gated = _PROFILES[number]
            profiles.append((name, level))
            for area, theta in policy.expect.get(name, {}).items():
                if area in gated:
                    thetas[area] = max(thetas.get(area, 0.0), min(theta, policy.level_cap[level]))
    return Requirement(
        level=max(level for _, level in profiles),
        profiles=tuple(sorted(profiles)),
        thresholds=MappingProxyType({area: thetas[area] for area in Area if thetas.get(area, 0.0) > 0}),
        must_haves=tuple(sorted({s for name, _ in profiles for s in policy.require.get(name, ())})),
    )
