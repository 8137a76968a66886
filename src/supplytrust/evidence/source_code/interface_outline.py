"""What of a Python module its callers can notice, as a digest and a count: two modules of one digest offer the same.

In the outline is everything that a reader of interfaces looks at: names that are defined, imported, deleted and
listed in `__all__`, in their order and under their conditions; parameters with their kinds and whether they may be left
out; decorators, base classes, attributes set in `__init__`. Left out are bodies of functions, docstrings, annotations
and values.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_BODIES = ("body", "orelse", "finalbody")
DEEPEST = 60


@dataclass(frozen=True, slots=True)
class Outline:
    """The digest of an outline; how many public functions, classes and listed names the module has, and how many
    others it takes from its own package, which an `__init__` without a list offers too."""

    digest: str
    names: int
    imported: int


def outline_of(module: ast.Module) -> Outline:
    """The outline of a parsed module."""
    lines = list(_describe(module.body, 0))
    listed = _listed_names(module.body)
    defined, imported = set[str](), set[str]()
    for node in _statements(module.body, 0):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.ImportFrom) and node.level:
            imported |= {alias.asname or alias.name for alias in node.names}
    names = {name for name in (listed or defined) if not name.startswith("_")}
    digest = hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()
    return Outline(
        digest, len(names), 0 if listed else len({n for n in imported - names if not n.startswith(("_", "*"))})
    )


def _statements(body: Sequence[ast.stmt], depth: int) -> Iterator[ast.stmt]:
    """Statements of a module, those under conditions too."""
    for node in body:
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and depth < DEEPEST:
            for inner in _blocks(node):
                yield from _statements(inner, depth + 1)


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    yield from (block for name in _BODIES if isinstance(block := getattr(node, name, None), list))
    parts = [*getattr(node, "handlers", ()), *getattr(node, "cases", ())]
    yield from (part.body for part in parts)


def _listed_names(body: Sequence[ast.stmt]) -> set[str]:
    """What `__all__` lists in plain text."""
    found = set[str]()
    for node in _statements(body, 0):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        if any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets) and value is not None:
            found |= {n.value for n in ast.walk(value) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return found


def _describe(body: Sequence[ast.stmt], depth: int) -> Iterator[str]:
    """One line a statement that matters."""
    if depth > DEEPEST:
        yield from (ast.dump(node) for node in body)
        return
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{depth} {type(node).__name__} {node.name}({_parameters(node.args)}) {_dumps(node.decorator_list)}"
            if node.name == "__init__":
                yield from sorted(set(_own_attributes(node)))
        elif isinstance(node, ast.ClassDef):
            keywords = [keyword.value for keyword in node.keywords]
            yield f"{depth} class {node.name}({_dumps(node.bases)};{_dumps(keywords)}) {_dumps(node.decorator_list)}"
            yield from _describe(node.body, depth + 1)
            yield f"{depth} end"
        else:
            yield from _describe_other(node, depth)


def _describe_other(node: ast.stmt, depth: int) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.Delete | ast.Global):
        yield f"{depth} {ast.dump(node)}"
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        listing = any(isinstance(n, ast.Name) and n.id == "__all__" for t in targets for n in ast.walk(t))
        value = ast.dump(node.value) if listing and node.value is not None else str(node.value is not None)
        yield f"{depth} {type(node).__name__} {_dumps(targets)} {value}"
    elif isinstance(node, ast.Expr):
        if any(isinstance(n, ast.Name) and n.id == "__all__" for n in ast.walk(node)):
            yield f"{depth} {ast.dump(node)}"
    elif not isinstance(node, ast.Pass | ast.Assert | ast.Raise | ast.Return):
        test = getattr(node, "test", None)
        condition = ast.dump(test) if isinstance(test, ast.expr) else ""
        yield f"{depth} {type(node).__name__} {condition}"
        for block in _blocks(node):
            yield f"{depth} block"
            yield from _describe(block, depth + 1)
        if not any(True for _ in _blocks(node)):
            yield ast.dump(node)


def _parameters(given: ast.arguments) -> str:
    """Names by kind, with a mark behind those that a call may leave out."""
    first = [*given.posonlyargs, *given.args]
    needed = len(first) - len(given.defaults)
    marks = ["" if n < needed else "=" for n in range(len(first))]
    plain = [f"{a.arg}{mark}" for a, mark in zip(first, marks, strict=True)]
    plain.insert(len(given.posonlyargs), "/")
    later = [f"{a.arg}{'=' if d is not None else ''}" for a, d in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    rest = [f"*{given.vararg.arg if given.vararg else ''}", *later, f"**{given.kwarg.arg if given.kwarg else ''}"]
    return ", ".join([*plain, *rest])


def _dumps(nodes: Iterable[ast.AST]) -> str:
    return " ".join(map(ast.dump, nodes))


def _own_attributes(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
            yield f"attribute {node.value.id}.{node.attr}"
