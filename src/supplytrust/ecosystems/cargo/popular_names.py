"""Popular crates that a reader could take another name for. Pure, over a shipped list."""

from __future__ import annotations

import functools
from importlib import resources

from supplytrust.ecosystems.cargo.index import normal_name
from supplytrust.ecosystems.near_names import name_neighbours
from supplytrust.model.claims.release import NameNeighbours

AFFIXES = (
    "rs",
    "rust",
    "cargo",
    "lib",
    "core",
    "client",
    "api",
    "sdk",
    "sdks",
    "tool",
    "tools",
    "utils",
    "derive-rs",
    "s",
)


@functools.cache
def popular() -> frozenset[str]:
    """The shipped names, in one spelling."""
    text = resources.files("supplytrust.ecosystems.cargo").joinpath("popular.txt").read_text(encoding="utf-8")
    return frozenset(normal_name(line) for line in text.splitlines() if line.strip() and not line.startswith("#"))


def neighbours(name: str) -> NameNeighbours:
    """Compare a name with every popular one."""
    return name_neighbours(normal_name(name), popular(), AFFIXES)
