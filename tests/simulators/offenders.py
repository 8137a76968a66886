"""One test for a rule that many things keep: it runs to the end and lists everything that breaks the rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")


def offenders(check: Callable[[Item], object], items: Iterable[Item], name: Callable[[Item], str] = str) -> list[str]:
    """`name: what is wrong` of each item for which the check fails. An empty collection is an error, not a pass."""
    every = list(items)
    assert every, "there is nothing to check"
    found = []
    for item in every:
        try:
            check(item)
        except AssertionError as error:
            found.append(f"{name(item)}: {error}")
    return found
