"""The program's own source, parsed once a process for every rule that looks at it."""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import supplytrust

SRC = Path(supplytrust.__file__).parent


@functools.cache
def source_trees() -> Mapping[str, ast.Module]:
    """Every module of the package by its path below it. Shared: whoever changes a tree takes a copy of it."""
    return MappingProxyType(
        {path.relative_to(SRC).as_posix(): ast.parse(path.read_text("utf-8")) for path in sorted(SRC.rglob("*.py"))}
    )


@functools.cache
def source_nodes() -> Mapping[str, tuple[ast.AST, ...]]:
    """The nodes of every module, walked once."""
    return MappingProxyType({name: tuple(ast.walk(tree)) for name, tree in source_trees().items()})
