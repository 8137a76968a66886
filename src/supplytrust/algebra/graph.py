"""Who depends on whom? Packages as numbers in order of their names, so that no order of input leaves a trace.

An edge is one small integer, child * 8 + kind: a graph of half a million edges stays in tens of megabytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from supplytrust.model.evidence import Edge
from supplytrust.model.words import EdgeKind

KINDS = tuple(EdgeKind)
_SHIFT = 3
_MASK = (1 << _SHIFT) - 1
_NUMBER = {kind: number for number, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Graph:
    """`out[u]` holds the edges of package `names[u]`; `root` is the number of the judged package."""

    names: tuple[str, ...]
    root: int
    out: tuple[list[int], ...]

    def reached(self) -> dict[int, int]:
        """Each package reachable from the root with its parent on a shortest path; breadth first.

        Of several parents at the same distance the first by name. The root is its own parent.
        """
        parents = {self.root: self.root}
        layer = [self.root]
        while layer:
            following: dict[int, int] = {}
            for parent in sorted(layer):
                for edge in self.out[parent]:
                    child = edge >> _SHIFT
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
    for edge in known:
        names.add(edge.parent)
        names.add(edge.child)
    ordered = tuple(sorted(names))
    number = {name: i for i, name in enumerate(ordered)}
    out: tuple[list[int], ...] = tuple([] for _ in ordered)
    for edge in known:
        out[number[edge.parent]].append(number[edge.child] << _SHIFT | _NUMBER[edge.kind])
    return Graph(ordered, number[root], out)


def targets(edges: Iterable[int]) -> Iterator[tuple[int, int]]:
    """(child, number of the kind) of encoded edges."""
    for edge in edges:
        yield edge >> _SHIFT, edge & _MASK
