"""A graph of packages as a picture: one column a distance from the root, drawn once, the same for the same graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from supplytrust.model.record import DependencyVerdict
from supplytrust.model.vocabulary import Outcome

MOST = 300
COLUMN, WIDTH, ROW, HEIGHT, MARGIN = 256, 206, 28, 22, 12


@dataclass(frozen=True, slots=True)
class Box:
    """A package at its place (in pixels); `hidden` > 0: it stands for so many admitted ones."""

    purl: str
    x: int
    y: int
    outcome: str
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """From a package to one that it needs; `first`: on a shortest way from the root."""

    path: str
    kind: str
    first: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes and lines with the size of the whole, in pixels."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]

    @property
    def hidden(self) -> int:
        """How many packages have no box of their own."""
        return sum(box.hidden for box in self.boxes)


def draw_graph(
    root: str, outcome: Outcome, dependencies: Iterable[DependencyVerdict], *, most: int = MOST
) -> Drawing | None:
    """The dependencies in layers; None when there are none.

    Above `most` packages those that are admitted and lead to nothing else are folded into one box a layer.
    """
    worst: dict[str, Outcome] = {}
    edges: dict[tuple[str, str], str] = {}
    for one in dependencies:
        worst[one.purl] = max(one.outcome, worst.get(one.purl, Outcome.ADMIT))
        edges.setdefault((one.via if one.via.startswith("pkg:") else root, one.purl), one.kind.value)
    if not worst:
        return None
    worst[root] = outcome
    layer, parent = _layers(root, worst, edges)
    shown = _choose(worst, layer, parent, most)
    return _place(worst, edges, layer, parent, shown)


def _layers(
    root: str, worst: Mapping[str, Outcome], edges: Mapping[tuple[str, str], str]
) -> tuple[dict[str, int], dict[str, str]]:
    """The distance of each package from the root and the package before it; what no edge reaches stands beside it."""
    below: dict[str, list[str]] = defaultdict(list)
    for start, end in sorted(edges):
        below[start].append(end)
    layer, parent, wave = {root: 0}, {}, [root]
    while wave:
        following = []
        for start in wave:
            for end in below[start]:
                if end not in layer:
                    layer[end], parent[end] = layer[start] + 1, start
                    following.append(end)
        wave = following
    for loose in sorted(worst.keys() - layer.keys()):
        layer[loose], parent[loose] = 1, root
    return layer, parent


def _choose(
    worst: Mapping[str, Outcome], layer: Mapping[str, int], parent: Mapping[str, str], most: int
) -> frozenset[str]:
    """All, or the worst and nearest first, each with the way that leads to it."""
    if len(worst) <= most:
        return frozenset(worst)
    shown: set[str] = set()
    for purl in sorted(worst, key=lambda p: (layer[p] > 0, -worst[p], layer[p], p)):
        way = {purl}
        while (purl := parent.get(purl, "")) and purl not in shown:
            way.add(purl)
        if len(shown) + len(way) > most:
            break
        shown |= way
    return frozenset(shown)


def _place(
    worst: Mapping[str, Outcome],
    edges: Mapping[tuple[str, str], str],
    layer: Mapping[str, int],
    parent: Mapping[str, str],
    shown: frozenset[str],
) -> Drawing:
    columns: dict[int, list[str]] = defaultdict(list)
    hidden: dict[int, list[Outcome]] = defaultdict(list)
    for purl in sorted(worst):
        if purl in shown:
            columns[layer[purl]].append(purl)
        else:
            hidden[layer[purl]].append(worst[purl])
    rows: dict[str, int] = {}
    for column in sorted(columns):  # below the package that leads to it, so that few lines cross
        columns[column].sort(key=lambda p: (rows.get(parent.get(p, ""), 0), -worst[p], p))
        rows |= {purl: row for row, purl in enumerate(columns[column])}
    boxes = [_box(purl, layer[purl], rows[purl], worst[purl]) for column in sorted(columns) for purl in columns[column]]
    boxes += [_box("", c, len(columns[c]), max(found), len(found)) for c, found in sorted(hidden.items())]
    at = {box.purl: box for box in boxes if box.purl}
    lines = [
        Line(_curve(at[start], at[end]), kind, parent.get(end) == start)
        for (start, end), kind in sorted(edges.items())
        if start in at and end in at
    ]
    return Drawing(
        width=max(b.x for b in boxes) + WIDTH + MARGIN,
        height=max(b.y for b in boxes) + HEIGHT + MARGIN,
        boxes=tuple(boxes),
        lines=tuple(sorted(lines, key=lambda line: line.first)),
    )


def _box(purl: str, column: int, row: int, outcome: Outcome, hidden: int = 0) -> Box:
    return Box(purl, MARGIN + column * COLUMN, MARGIN + row * ROW, outcome.name, hidden)


def _curve(start: Box, end: Box) -> str:
    """From the right edge of one box to the left edge of the other; a line back goes around."""
    x1, y1, x2, y2 = start.x + WIDTH, start.y + HEIGHT // 2, end.x, end.y + HEIGHT // 2
    bend = max(24, abs(x2 - x1) // 2)
    return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
