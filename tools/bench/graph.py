"""Requirements, paths and impacts of a large dependency graph, against a plain breadth-first search.

    python tools/bench/graph.py [NODES]

5 edges a node, 1 % of them pointing back, all five kinds. Prints CPU seconds, growth of resident memory and
the ratio to the search. Ends with status 1 when 100,000 nodes take more than 2 s or 150 MiB.
"""

from __future__ import annotations

import gc
import random
import resource
import sys
import time
from collections import deque
from pathlib import Path
from types import MappingProxyType

from supplytrust.appraisal.algebra.graph import graph_of, impacts, requirements
from supplytrust.model.evidence import Edge
from supplytrust.model.policy import Policy
from supplytrust.model.vocabulary import Area, EdgeKind

SECONDS, MEBIBYTES = 2.0, 150.0
PAGE = resource.getpagesize()


def resident() -> float:
    """Resident memory of this process now, in MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 2**20


def peak() -> float:
    """Highest resident memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def edges_of(nodes: int, seed: int) -> list[Edge]:
    draw = random.Random(seed)
    names = [f"pkg:generic/p{n}@1" for n in range(nodes)]
    kinds = draw.choices(list(EdgeKind), weights=[70, 10, 5, 5, 10], k=nodes * 5)
    found = [Edge(names[0], names[1], EdgeKind.LINK)]
    for node in range(1, nodes):
        parent = draw.randrange(node)  # everything can be reached
        found.append(Edge(names[parent], names[node], kinds.pop()))
        for _ in range(4):
            other = draw.randrange(nodes)
            low, high = sorted((node, other))
            back = draw.random() < 0.01
            found.append(Edge(names[high if back else low], names[low if back else high], kinds.pop()))
    return found


def plain_search(root: str, edges: list[Edge]) -> int:
    out: dict[str, list[str]] = {}
    for edge in edges:
        out.setdefault(edge.parent, []).append(edge.child)
    seen, queue = {root}, deque([root])
    while queue:
        for child in out.get(queue.popleft(), ()):
            if child not in seen:
                seen.add(child)
                queue.append(child)
    return len(seen)


def main(nodes: int) -> int:
    edges = edges_of(nodes, seed=1)
    root = edges[0].parent
    thresholds = MappingProxyType(dict.fromkeys(Area, 0.8))
    policy = Policy("bench", expect=dict.fromkeys(("root", *EdgeKind), thresholds))
    gc.collect()
    before, started = resident(), time.process_time()
    graph = graph_of(root, edges)
    built = time.process_time()
    wanted = requirements(graph, policy)
    required = time.process_time()
    parents = graph.reach_all()
    walked = time.process_time()
    cost = impacts(graph, policy, 10.0)
    done = time.process_time()
    grown = peak() - before
    assert len(wanted) == len(parents) == len(cost)
    start = time.process_time()
    reached = plain_search(root, edges)
    search = time.process_time() - start
    assert reached == len(wanted)
    total = done - started
    print(f"nodes {len(wanted):,} of {nodes:,}, edges {len(edges):,}")
    print(f"build {built - started:.2f} s, requirements {required - built:.2f} s", end=", ")
    print(f"paths {walked - required:.2f} s, impacts {done - walked:.2f} s")
    print(f"total {total:.2f} s (at most {SECONDS}), memory +{grown:.0f} MiB (at most {MEBIBYTES:.0f})")
    print(f"plain search {search:.2f} s, ratio {total / search:.1f}")
    scale = nodes / 100_000
    return 0 if total <= SECONDS * scale and grown <= MEBIBYTES * scale else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
