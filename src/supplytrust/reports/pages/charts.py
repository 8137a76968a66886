"""Areas and columns of a picture: a treemap of sizes and a trend of counts, as plain rectangles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle (in pixels) with what it stands for; `css` is the class that gives it its look."""

    x: float
    y: float
    width: float
    height: float
    name: str
    css: str
    text: str = ""


def draw_treemap(
    sizes: Iterable[tuple[str, float, str]], width: float = 960, height: float = 320, *, most: int = 80
) -> tuple[Tile, ...]:
    """Areas in proportion to sizes, given as (name, size, class); the smallest beyond `most` are one area.

    Squarified: rows are laid along the shorter side as long as that makes their areas squarer (Bruls, Huizing and
    van Wijk, "Squarified Treemaps", 2000). Linear after sorting.
    """
    known = sorted((one for one in sizes if one[1] > 0), key=lambda one: (-one[1], one[0]))
    rest = known[most:]
    parts = known[:most] + ([(f"{len(rest)} smaller ones", sum(r[1] for r in rest), "none")] if rest else [])
    parts.sort(key=lambda one: -one[1])
    total = sum(size for _, size, _ in parts)
    if not total:
        return ()
    scale = width * height / total
    tiles: list[Tile] = []
    x = y = 0.0
    row: list[tuple[str, float, str]] = []
    for name, size, css in parts:
        short = min(width - x, height - y)
        if row and _worst([*(r[1] for r in row), size * scale], short) > _worst([r[1] for r in row], short):
            x, y = _lay(tiles, row, x, y, width, height)
            row = []
        row.append((name, size * scale, css))
    _lay(tiles, row, x, y, width, height)
    return tuple(tiles)


def _worst(areas: Sequence[float], side: float) -> float:
    """The largest ratio of the sides of these areas in one row along `side`."""
    total = sum(areas)
    return max(side * side * max(areas) / total**2, total**2 / (side * side * min(areas))) if side > 0 else 1.0


def _lay(
    tiles: list[Tile], row: Sequence[tuple[str, float, str]], x: float, y: float, width: float, height: float
) -> tuple[float, float]:
    """One row along the shorter side of what is left; where the rest begins."""
    total = sum(area for _, area, _ in row)
    upright = width - x >= height - y
    side = height - y if upright else width - x
    depth = total / side if side > 0 else 0.0
    along = 0.0
    for name, area, css in row:
        length = area / depth if depth else 0.0
        place = (x, y + along, depth, length) if upright else (x + along, y, length, depth)
        tiles.append(Tile(*place, name, css))
        along += length
    return (x + depth, y) if upright else (x, y + depth)


def draw_trend(
    runs: Sequence[tuple[str, Sequence[tuple[str, int]]]], width: float = 960, height: float = 180
) -> tuple[Tile, ...]:
    """A stacked column a run, given as (when, counts by class from the bottom up), the newest at the right."""
    highest = max((sum(number for _, number in counts) for _, counts in runs), default=0)
    if not highest:
        return ()
    step = width / len(runs)
    tiles = []
    for place, (when, counts) in enumerate(runs):
        top = height
        for css, number in counts:
            tall = height * number / highest
            top -= tall
            tiles.append(Tile(place * step, top, max(step - 2, 1), tall, when, css, str(number)))
    return tuple(tiles)
