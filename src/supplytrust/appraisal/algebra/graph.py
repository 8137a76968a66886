"""Who depends on whom? Packages as numbers in order of their names, so that no order of input leaves a trace.

An edge is one small integer, child * 8 + kind: a graph of half a million edges stays in tens of megabytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from supplytrust.model.evidence import Edge
from supplytrust.model.vocabulary import EdgeKind

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
