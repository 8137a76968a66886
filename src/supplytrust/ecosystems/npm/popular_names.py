"""Popular packages that a reader could take another name for. Pure, over a shipped list."""

from __future__ import annotations

import functools
from importlib import resources

from supplytrust.ecosystems.near_names import name_neighbours
from supplytrust.model.claims.release import NameNeighbours

AFFIXES = (
    "js",
    "node",
    "npm",
    "lib",
    "core",
    "api",
    "sdk",
    "client",
    "tool",
    "tools",
    "utils",
    "util",
    "cli",
    "ts",
    "s",
)


def one_spelling(name: str) -> str:
    """A name as it is read by people: scope and name joined, separators alike, in lower case."""
    return name.strip().lower().lstrip("@").replace("/", "-").replace("_", "-").replace(".", "-")


@functools.cache
def popular() -> frozenset[str]:
    """The shipped names, in one spelling."""
    text = resources.files("supplytrust.ecosystems.npm").joinpath("popular.txt").read_text(encoding="utf-8")
    return frozenset(one_spelling(line) for line in text.splitlines() if line.strip() and not line.startswith("#"))


def neighbours(name: str) -> NameNeighbours:
    """Compare a name with every popular one; a scope of its own makes a name another one."""
    if name.startswith("@") and one_spelling(name) not in popular():
        return NameNeighbours(popular=False, neighbours=(), compared_with=len(popular()))
    return name_neighbours(one_spelling(name), popular(), AFFIXES)
