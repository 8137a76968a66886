"""Rules for Python by syntax tree, a file a family. Closed world: only the modules of this folder.

A family has FAMILY; CALLS, the last names of calls it wants to see; `call(place, call, name)`; and, if it looks at
them, `compare(place, node)` and `assign(place, node)`.
"""

from __future__ import annotations

import ast
import functools
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Protocol, cast, runtime_checkable

from supplytrust.evidence.source_code.python_module import Place
from supplytrust.evidence.source_code.rules import Hit
from supplytrust.model.claims.code import Family


class Rules(Protocol):
    """A module of this folder."""

    FAMILY: Family
    CALLS: frozenset[str]

    def call(self, place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
        """What its rules say to a call whose full name is `name`."""
        ...


@runtime_checkable
class CompareRules(Rules, Protocol):
    """A family that looks at comparisons too."""

    def compare(self, place: Place, node: ast.Compare) -> Iterator[Hit]:
        """What its rules say to `==` or `!=`."""
        ...


@runtime_checkable
class AssignRules(Rules, Protocol):
    """A family that looks at assignments to attributes too."""

    def assign(self, place: Place, node: ast.Assign) -> Iterator[Hit]:
        """What its rules say to an assignment."""
        ...


@functools.cache
def families() -> tuple[Rules, ...]:
    """All of them, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(cast("Rules", importlib.import_module(f"{__name__}.{name}")) for name in names)


@functools.cache
def comparing() -> tuple[CompareRules, ...]:
    """Those that look at comparisons."""
    return tuple(family for family in families() if isinstance(family, CompareRules))


@functools.cache
def assigning() -> tuple[AssignRules, ...]:
    """Those that look at assignments."""
    return tuple(family for family in families() if isinstance(family, AssignRules))


@functools.cache
def by_last_name() -> dict[str, tuple[Rules, ...]]:
    """Who wants to see a call, by the last part of its name."""
    found: dict[str, tuple[Rules, ...]] = {}
    for family in families():
        for last in family.CALLS:
            found[last] = (*found.get(last, ()), family)
    return found
