"""Who and what must behave? The trusted computing base, and who alone can change how much of it.

What is not known of one package is not known of the sum: it stays None. A share that is known is told even
if others are not; it is then a lower bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from supplytrust.appraisal.algebra.graph import KINDS, MASK, SHIFT, graph_of
from supplytrust.model.evidence import Edge
from supplytrust.model.policy import Policy
from supplytrust.model.record import Footprint, SinglePoint

HOLDERS = ("account", "key", "organization", "builder", "host")
ACCOUNT = "account"
T = TypeVar("T", int, bool)


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """What is known of a package's size and of who alone can ship it.

    `holders` maps a kind of `HOLDERS` to names; a kind that is absent is unknown, an empty tuple is none.
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
        for kind in HOLDERS:
            for name in fact.holders.get(kind, ()):
                held.setdefault((kind, name), set()).add(package)
    points = [
        SinglePoint(kind, name, len(packages) / len(facts), tuple(sorted(packages)))
        for (kind, name), packages in held.items()
    ]
    return tuple(sorted(points, key=lambda p: (-p.share, HOLDERS.index(p.kind), p.name)))


def _concentration(shares: list[float]) -> float | None:
    total = sum(shares)
    return sum((share / total) ** 2 for share in shares) if total else None


def _sum(values: list[T | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
