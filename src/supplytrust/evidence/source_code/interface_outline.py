"""What a Python module offers to its callers: names in the order they are bound, with their parameters and bases.

Read from the syntax tree alone, in one pass over statements: bodies of functions (but for the attributes that an
`__init__` sets), docstrings, annotations and values are passed by. Where a name is bound more than once the last one
counts, but a plain value in an `if` or `except` gives way to what was there before.

Reference: "The Python Language Reference", sections 4.2.2 (resolution of names), 5 (the import system), 7.11 (`__all__`
in star imports), 8.7 (function definitions).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, TypeAlias

from supplytrust.evidence.source_code.build_module import dotted_name

_BODIES = ("body", "orelse", "finalbody")
_STAR = "*"
_PROPERTIES = frozenset({"property", "functools.cached_property", "cached_property.cached_property"})
_OVERLOADS = frozenset({"typing.overload", "typing_extensions.overload"})
_ACCESSORS = frozenset({"setter", "deleter"})


class Kind(Enum):
    """What a name stands for."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    VALUE = "value"
    IMPORT = "import"


class ParameterKind(Enum):
    """How a parameter may be given (`inspect.Parameter.kind`)."""

    POSITIONAL_ONLY = "positional-only"
    POSITIONAL_OR_KEYWORD = "positional or keyword"
    VAR_POSITIONAL = "variadic positional"
    KEYWORD_ONLY = "keyword-only"
    VAR_KEYWORD = "variadic keyword"


class Parameter(NamedTuple):
    """A parameter; `required`: a call may not leave it out."""

    name: str
    kind: ParameterKind
    required: bool


class Base(NamedTuple):
    """A base class as it is written: its dotted path without subscripts and calls; `bare`: it has neither."""

    path: str
    bare: bool


@dataclass(frozen=True, slots=True)
class Definition:
    """What binds a name. `first` and `last` are its lines, decorators included.

    Of an import `target` is the dotted path behind `level` dots, with the module's own name when `module` is empty.
    `checked_only`: it stands under `if TYPE_CHECKING`. `imported` are the names that a class body imports, as in
    `Outline`.
    """

    name: str
    kind: Kind
    first: int = field(compare=False)
    last: int = field(compare=False)
    parameters: tuple[Parameter, ...] = ()
    bases: tuple[Base, ...] = ()
    members: tuple[Definition, ...] = ()
    imported: tuple[str, ...] = ()
    target: str = ""
    level: int = 0
    checked_only: bool = False
    is_property: bool = False

    @property
    def is_star(self) -> bool:
        """Whether it is an `import *`."""
        return self.kind is Kind.IMPORT and self.name.endswith(_STAR)


Listed: TypeAlias = tuple[str, bool]  # a name in `__all__`, or the dotted path of another list (True)


@dataclass(frozen=True, slots=True)
class Outline:
    """What a module offers. `imported` are names that it imports, with a dot before those that a package would import
    from itself by `from . import x`; `listed` is its `__all__`, None without one that can be read.

    `names` counts public functions, classes and listed names; `taken` others that it takes from its own package, which
    an `__init__` without a list offers too.
    """

    members: tuple[Definition, ...]
    imported: tuple[str, ...]
    listed: tuple[Listed, ...] | None
    names: int
    taken: int


def outline_of(module: ast.Module) -> Outline:
    """The outline of a parsed module."""
    scope = _Scope()
    scope.read(module.body)
    names = {name for name in (scope.words_listed or scope.defined) if not name.startswith("_")}
    taken = {n for n in scope.taken - names if not n.startswith(("_", _STAR))}
    listed = None if scope.listed is None else tuple(scope.listed)
    return Outline(
        tuple(scope.members.values()),
        tuple(sorted(scope.imports)),
        listed,
        len(names),
        0 if scope.words_listed else len(taken),
    )


class _Scope:
    """A module or class while it is read."""

    def __init__(self, outer: _Scope | None = None) -> None:
        self.outer = outer
        self.checked = False  # of the statement that is read
        self.members: dict[str, Definition] = {}
        self.imports: set[str] = set()
        self.listed: list[Listed] | None = None
        self.words_listed: set[str] = set()
        self.defined: set[str] = set()
        self.taken: set[str] = set()

    def read(self, body: Sequence[ast.stmt]) -> None:
        """Bind what the statements bind."""
        for node, parent, checked in _statements(body):
            self.checked = checked
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self.defined.add(node.name)
                self._bind_function(node)
            elif isinstance(node, ast.ClassDef):
                self.defined.add(node.name)
                self._bind_class(node)
            elif isinstance(node, ast.Import):
                self._bind_imports(node)
            elif isinstance(node, ast.ImportFrom):
                self._bind_names_from(node)
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                self._bind_values(node, _targets_of(node), parent)
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                self._list(node, parent)

    def _bind_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        decorators = [self._meaning(dotted_name(_without_call(d))) for d in node.decorator_list]
        if any(d in _PROPERTIES for d in decorators):
            self.members[node.name] = _value(node.name, node, checked=self.checked, is_property=True)
        elif not self._is_part(node.name, decorators):
            first = node.decorator_list[0].lineno if node.decorator_list else node.lineno
            self.members[node.name] = Definition(
                node.name,
                Kind.FUNCTION,
                first,
                node.end_lineno or first,
                tuple(_parameters(node.args)),
                checked_only=self.checked,
            )
        if self.outer is not None and node.name == "__init__":
            for inner, parent, _ in _statements(node.body):
                if isinstance(inner, ast.Assign | ast.AnnAssign):
                    own = [name.partition(".")[2] for name in _targets_of(inner) if name.startswith("self.")]
                    self._bind_values(inner, own, parent)

    def _is_part(self, name: str, decorators: Sequence[str]) -> bool:
        """An overload, or the setter of a property: it binds nothing new."""
        known = self.members.get(name)
        parts = [d.rpartition(".") for d in decorators]
        sets = any(above == name and own in _ACCESSORS for above, _, own in parts)
        return any(d in _OVERLOADS for d in decorators) or (sets and known is not None and known.is_property)

    def _meaning(self, path: str) -> str:
        """A dotted path with the import that its first name stands for, as far as is known by now."""
        first, dot, rest = path.partition(".")
        scope: _Scope | None = self
        while scope is not None:
            known = scope.members.get(first)
            if known is not None:
                return f"{known.target}{dot}{rest}" if known.kind is Kind.IMPORT and not known.level else path
            scope = scope.outer
        return path

    def _bind_class(self, node: ast.ClassDef) -> None:
        inner = _Scope(self)
        first = node.decorator_list[0].lineno if node.decorator_list else node.lineno
        inner.read(node.body)
        self.members[node.name] = Definition(
            node.name,
            Kind.CLASS,
            first,
            node.end_lineno or first,
            bases=tuple(Base(dotted_name(_without_call(b)), bool(dotted_name(b))) for b in node.bases),
            members=tuple(inner.members.values()),
            imported=tuple(sorted(inner.imports)),
            checked_only=self.checked,
        )

    def _bind_imports(self, node: ast.Import) -> None:
        for alias in node.names:
            target = alias.name if alias.asname else alias.name.partition(".")[0]
            self._bind_import(node, alias.asname or target, target, 0)

    def _bind_names_from(self, node: ast.ImportFrom) -> None:
        above = f"{node.module}." if node.module else ""
        for alias in node.names:
            if node.level:
                self.taken.add(alias.asname or alias.name)
            target = f"{above}{alias.name}"
            name = alias.asname or alias.name
            if alias.name == _STAR:
                name = f"{'.' * node.level}{target}"  # no name can be spelled like this
            elif node.module or node.level != 1 or alias.asname is not None:
                self.imports.add(name)
            else:
                self.imports.add(f".{name}")
            self._bind_import(node, name, target, node.level)

    def _bind_import(self, node: ast.stmt, name: str, target: str, level: int) -> None:
        last = node.end_lineno or node.lineno
        if not level and not name.endswith(_STAR):
            self.imports.add(name)
        self.members[name] = Definition(
            name, Kind.IMPORT, node.lineno, last, target=target, level=level, checked_only=self.checked
        )

    def _bind_values(self, node: ast.Assign | ast.AnnAssign, names: Sequence[str], parent: ast.AST | None) -> None:
        for name in names:
            known = self.members.get(name)
            if "." in name or (known is not None and isinstance(parent, ast.If | ast.ExceptHandler)):
                continue
            self.members[name] = _value(
                name, node, checked=self.checked, is_property=known is not None and known.is_property
            )

    def _list(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, parent: ast.AST | None) -> None:
        """Follow `__all__`."""
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if not any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets) or node.value is None:
            return
        self.words_listed |= {
            n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant) and isinstance(n.value, str)
        }
        found = _names_in_list(node.value)
        if isinstance(node, ast.AugAssign):
            if isinstance(node.op, ast.Add) and self.listed is not None and found is not None:
                self.listed.extend(found)
        elif found is not None and not (self.listed is not None and isinstance(parent, ast.If | ast.ExceptHandler)):
            self.listed = found


def _value(name: str, node: ast.stmt, *, checked: bool, is_property: bool) -> Definition:
    last = node.end_lineno or node.lineno
    return Definition(name, Kind.VALUE, node.lineno, last, checked_only=checked, is_property=is_property)


def _statements(body: Sequence[ast.stmt]) -> Iterator[tuple[ast.stmt, ast.AST | None, bool]]:
    """Statements in order, those under conditions too: each with what stands around it, and whether only checkers of
    types read it."""
    pending: list[tuple[Iterator[ast.stmt], ast.AST | None, bool]] = [(iter(body), None, False)]
    while pending:
        block, parent, checked = pending[-1]
        node = next(block, None)
        if node is None:
            pending.pop()
            continue
        yield node, parent, checked
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            guarded = checked or (isinstance(node, ast.If) and _is_for_checkers(node.test))
            pending += [(iter(inner), around, guarded) for inner, around in reversed(list(_blocks(node)))]


def _blocks(node: ast.stmt) -> Iterator[tuple[list[ast.stmt], ast.AST]]:
    """Blocks inside a statement, in the order of the text."""
    if isinstance(body := getattr(node, "body", None), list):
        yield body, node
    parts: list[ast.ExceptHandler | ast.match_case] = [*getattr(node, "handlers", ()), *getattr(node, "cases", ())]
    yield from ((part.body, part) for part in parts)
    for name in _BODIES[1:]:
        if isinstance(block := getattr(node, name, None), list):
            yield block, node


def _is_for_checkers(test: ast.expr) -> bool:
    return dotted_name(test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def _targets_of(node: ast.Assign | ast.AnnAssign) -> list[str]:
    """Names and dotted paths that are assigned; none when there is any other kind of target."""
    names = [dotted_name(t) for t in (node.targets if isinstance(node, ast.Assign) else [node.target])]
    return names if all(names) else []


def _without_call(expression: ast.expr) -> ast.expr:
    """`Generic` of `Generic[T]`, `cache` of `cache(maxsize=1)`."""
    while isinstance(expression, ast.Call | ast.Subscript):
        expression = expression.func if isinstance(expression, ast.Call) else expression.value
    return expression


def _names_in_list(value: ast.expr) -> list[Listed] | None:
    """What a list of names holds, in order: an empty list when it is made by other means, None for no list."""
    found: list[Listed] = []
    pending = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            pending += reversed(node.elts)
        elif isinstance(node, ast.BinOp):
            pending += (node.right, node.left)
        elif isinstance(node, ast.Starred):
            pending.append(node.value)
        elif isinstance(node, ast.Name | ast.Attribute) and dotted_name(node):
            found.append((dotted_name(node), True))
        elif isinstance(node, ast.Constant):
            if not isinstance(node.value, str):
                return None
            found.append((node.value, False))
        else:
            return []
    return found


def _parameters(given: ast.arguments) -> Iterator[Parameter]:
    first = [(a, ParameterKind.POSITIONAL_ONLY) for a in given.posonlyargs]
    first += [(a, ParameterKind.POSITIONAL_OR_KEYWORD) for a in given.args]
    needed = len(first) - len(given.defaults)
    yield from (Parameter(a.arg, kind, n < needed) for n, (a, kind) in enumerate(first))
    if given.vararg:
        yield Parameter(given.vararg.arg, ParameterKind.VAR_POSITIONAL, required=False)
    for a, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield Parameter(a.arg, ParameterKind.KEYWORD_ONLY, default is None)
    if given.kwarg:
        yield Parameter(given.kwarg.arg, ParameterKind.VAR_KEYWORD, required=False)
