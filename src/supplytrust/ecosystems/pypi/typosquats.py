"""Popular names that a reader could take another name for. Pure, over a shipped list."""

from __future__ import annotations

import functools
from importlib import resources

from supplytrust.ecosystems.near_names import name_neighbours
from supplytrust.model.claims.release import NameNeighbours

AFFIXES = ("python", "py", "lib", "pip", "dev", "core", "client", "api", "sdk", "tool", "tools", "utils")


@functools.cache
def popular() -> frozenset[str]:
    """The shipped names, normalized as on an index."""
    text = resources.files("supplytrust.ecosystems.pypi").joinpath("popular.txt").read_text(encoding="utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


def neighbours(name: str) -> NameNeighbours:
    """Compare a normalized name with every popular one."""
    return name_neighbours(name, popular(), AFFIXES)
