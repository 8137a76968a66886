"""How much is at stake through whom? Impact times doubt, summed: an interval, held against a budget.

The sum bounds the expected loss without assuming that packages fail independently (Boole, Frechet).
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from supplytrust.appraisal.algebra.graph import KINDS, MASK, SHIFT, Graph
from supplytrust.model.context import Context
from supplytrust.model.policy import Policy
from supplytrust.model.record import AreaVerdict, Risk, RiskShare

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
