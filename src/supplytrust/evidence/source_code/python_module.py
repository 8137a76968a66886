"""A Python module as rules see it: places in their scopes, and names followed back to what they stand for.

Names are followed through imports, aliases, plain assignments, `with` and attributes of `self`, a few steps deep and
only when there is one thing they can mean. Flow between functions is not followed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

MOST_NODES = 5_000_000
_DEEPEST = 6
_LONGEST_CHAIN = 40
_MOST_ORIGINS = 80
_MOST_MEANINGS = 40  # of one name; looking through thousands at every use would take hours
_Bound = ast.expr | None  # None: bound to something that is not followed
_FOLLOWED = ast.Name | ast.Attribute | ast.Call | ast.Await


def by_text(expression: ast.expr) -> ast.expr:
    """`getattr(module, "name")` as the attribute it stands for; anything else as it is."""
    if isinstance(expression, ast.Call) and isinstance(expression.func, ast.Name) and expression.func.id == "getattr":
        named = expression.args[1] if len(expression.args) > 1 else None
        if isinstance(named, ast.Constant) and isinstance(named.value, str):
            return ast.Attribute(expression.args[0], named.value, ast.Load())
    return expression


@dataclass(slots=True, eq=False)
class Scope:
    """A module, class or function: what its names are bound to. `words` are its name and those around it."""

    name: str
    kind: str  # module | class | function
    outer: Scope | None = None
    bound: dict[str, list[_Bound]] = field(default_factory=dict)

    def bind(self, name: str, value: _Bound) -> None:
        """Note one more meaning of a name, of very many none; an attribute of `self` belongs to the class."""
        home = (self.owner if name.startswith("self.") else self) or self
        known = home.bound.setdefault(name, [])
        if len(known) <= _MOST_MEANINGS:
            known.append(value if len(known) < _MOST_MEANINGS else None)

    @property
    def owner(self) -> Scope | None:
        """The class around a method."""
        scope: Scope | None = self
        while scope is not None and scope.kind != "class":
            scope = scope.outer
        return scope

    def meanings(self, name: str) -> list[_Bound] | None:
        """All that a name is bound to where it is seen first from here; None when it is not bound at all."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.bound and (scope is self or scope.kind != "class" or "." in name):
                return scope.bound[name]
            scope = scope.outer
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A node with what surrounds it.

    `target` is what the value is bound to or the keyword it is given for; `guarded`: under a condition; `within`:
    the last name of the call whose argument it is; `dropped`: the value is not used.
    """

    node: ast.AST
    scope: Scope
    target: str
    guarded: bool
    within: str
    module: Module
    dropped: bool = False

    @property
    def function(self) -> str:
        """The function around; '' at module level."""
        return self.scope.name if self.scope.kind == "function" else ""

    @property
    def where(self) -> str:
        """The function around, in words."""
        return self.function or "module"

    def name(self, expression: ast.expr) -> str:
        """`Module.name` from here."""
        return self.module.name(expression, self.scope)

    def constant(self, expression: ast.expr | None) -> Plain:
        """The value of an expression when it can be told without running it, else UNKNOWN."""
        return UNKNOWN if expression is None else fold_constant(expression, self._value_of)

    def _value_of(self, name: ast.Name | ast.Attribute) -> ast.expr | None:
        known = self._of_class(name) if isinstance(name, ast.Attribute) else self.scope.meanings(name.id) or []
        return known[0] if len(known) == 1 else None

    def _of_class(self, attribute: ast.Attribute) -> list[_Bound]:
        """What `self.x` or `cls.x` is bound to in its class."""
        of = attribute.value.id if isinstance(attribute.value, ast.Name) else ""
        owner = self.scope.owner if of in ("self", "cls") else None
        if owner is None:
            return []
        return [*owner.bound.get(attribute.attr, ()), *owner.bound.get(f"self.{attribute.attr}", ())]

    def keywords(self, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
        """Arguments by keyword, those of `**options` too where `options` is a dictionary in sight."""
        for given in call.keywords:
            if given.arg is not None:
                yield given.arg, given.value
                continue
            value = self._value_of(given.value) if isinstance(given.value, ast.Name | ast.Attribute) else given.value
            if isinstance(value, ast.Dict):
                for key, one in zip(value.keys, value.values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        yield key.value, one

    def argument(self, call: ast.Call, keyword: str, position: int = -1) -> ast.expr | None:
        """An argument by keyword, else by position (-1: by keyword only)."""
        for name, value in self.keywords(call):
            if name == keyword:
                return value
        return call.args[position] if 0 <= position < len(call.args) else None

    def argument_value(self, call: ast.Call, keyword: str, position: int = -1) -> Plain:
        """The constant value of an argument, UNKNOWN when absent or computed."""
        return self.constant(self.argument(call, keyword, position))

    def origins(self, expression: ast.expr) -> frozenset[str]:
        """Names of the calls and values an expression is made of, local names followed."""
        return frozenset(self._origins(expression))

    def _origins(self, expression: ast.expr) -> Iterator[str]:
        stack: list[tuple[ast.AST, Scope, int]] = [(expression, self.scope, 0)]
        for _ in range(_MOST_ORIGINS):
            if not stack:
                return
            node, scope, depth = stack.pop()
            if isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
                yield self.module.name(node, scope)
            if depth < 3:
                stack.extend((value, home, depth + 1) for value, home in self.module.behind(node, scope))
            stack.extend((child, scope, depth) for child in ast.iter_child_nodes(node))


@dataclass(slots=True, eq=False)
class Module:
    """One parsed module. `imports` maps a local name to the full one, `lines` a full name to where it is imported."""

    calls: list[Place] = field(default_factory=list)
    compares: list[Place] = field(default_factory=list)
    assigns: list[Place] = field(default_factory=list)
    imports: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    bases: dict[str, list[str]] = field(default_factory=dict)
    returns: dict[str, list[tuple[ast.expr, Scope]]] = field(default_factory=dict)
    named: dict[str, bool] = field(default_factory=dict)  # answers of `names_import`

    def resolve_import(self, dotted_name: str) -> str:
        """A dotted name with its first part resolved through the imports."""
        first, dot, rest = dotted_name.partition(".")
        return self.imports.get(first, first) + dot + rest

    def names_import(self, word: str) -> bool:
        """Whether an import has this word in its name, in whatever case."""
        if word not in self.named:
            self.named[word] = any(word in full.lower() for full in self.imports.values())
        return self.named[word]

    def behind(self, node: ast.AST, scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
        """What a name is bound to, and what an own function or method that is called gives back."""
        if isinstance(node, ast.Name):
            yield from ((value, scope) for value in scope.meanings(node.id) or () if value is not None)
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name) and called.id not in self.imports:
            yield from self.returns.get(called.id, ())[:3]
        elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "self":
            yield from self.returns.get(called.attr, ())[:3]

    def name(self, expression: ast.expr, scope: Scope, depth: int = _DEEPEST) -> str:
        """The dotted name with imports and aliases resolved: `hmac.new().digest`, '' when it begins with no name."""
        parts: list[str] = []
        node = by_text(expression)
        for _ in range(_LONGEST_CHAIN):
            if isinstance(node, ast.Attribute):
                parts.append("." + node.attr)
                node = node.value
            elif isinstance(node, ast.Call):
                parts.append("()")
                node = by_text(node.func)
            elif isinstance(node, ast.Subscript):
                parts.append("[]")
                node = node.value
            elif isinstance(node, ast.Await):
                node = node.value
            else:
                break
        if not isinstance(node, ast.Name):
            return ""
        return self._base(node.id, parts, scope, depth) + "".join(reversed(parts))

    def _base(self, name: str, parts: list[str], scope: Scope, depth: int) -> str:
        """What the first name stands for; takes the attribute off `parts` when `self.x` is known."""
        if name == "self" and parts and parts[-1].startswith("."):
            value = self._one(scope.meanings("self" + parts[-1]))
            if value is not None and depth and scope.owner is not None:
                parts.pop()
                return self.name(value, scope, depth - 1)
            return name
        known = scope.meanings(name)
        if known is None or all(isinstance(v, ast.Constant) for v in known):
            return self.imports.get(name, name)
        value = self._one(known)
        return (self.name(value, scope, depth - 1) if value is not None and depth else "") or name

    @staticmethod
    def _one(known: list[_Bound] | None) -> ast.expr | None:
        """The only meaning that can be followed."""
        values = [v for v in known or () if not isinstance(v, ast.Constant)]
        return values[0] if len(values) == 1 and isinstance(values[0], _FOLLOWED) else None


# --- Constant expressions, folded without running anything and without growing large


class Unknown:
    """The value of what cannot be told from the text."""


UNKNOWN = Unknown()
ValueOf = Callable[[ast.Name | ast.Attribute], ast.expr | None]
Plain = Unknown | int | float | str | bytes | bool | None
_LARGEST = 2**64
_LONGEST = 4096


def fold_constant(expression: ast.expr, value_of: ValueOf, depth: int = _DEEPEST) -> Plain:
    """The value of a literal, of a name bound once to one, of `2**14`, `10 * 1000`, `b"x" * 16`; else UNKNOWN."""
    if isinstance(expression, ast.Constant):
        value = expression.value
        return value if value is None or isinstance(value, int | float | str | bytes) else UNKNOWN
    if not depth:
        return UNKNOWN
    if isinstance(expression, ast.Name | ast.Attribute):
        bound = value_of(expression)
        return UNKNOWN if bound is None else fold_constant(bound, value_of, depth - 1)
    if isinstance(expression, ast.BinOp):
        left = fold_constant(expression.left, value_of, depth - 1)
        right = fold_constant(expression.right, value_of, depth - 1)
        return _compute(expression.op, left, right)
    if isinstance(expression, ast.Call):
        return _convert_call(expression, value_of, depth)
    return UNKNOWN


def _compute(operator: ast.operator, left: Plain, right: Plain) -> Plain:
    if isinstance(right, int) and isinstance(left, int) and 0 <= right <= _LARGEST and 0 <= left <= _LARGEST:
        return _number(operator, left, right)
    repeated = isinstance(operator, ast.Mult) and isinstance(left, str | bytes) and isinstance(right, int)
    if repeated and isinstance(left, str | bytes) and isinstance(right, int) and 0 <= right * len(left) <= _LONGEST:
        return left * right
    return UNKNOWN


def _number(operator: ast.operator, left: int, right: int) -> Plain:
    if isinstance(operator, ast.Mult):
        return left * right
    if isinstance(operator, ast.Add):
        return left + right
    if isinstance(operator, ast.FloorDiv) and right:
        return left // right
    if isinstance(operator, ast.Pow) and right <= 64 and left <= 16:
        return int(left**right)
    return left << right if isinstance(operator, ast.LShift) and right <= 64 else UNKNOWN


def _convert_call(call: ast.Call, value_of: ValueOf, depth: int) -> Plain:
    """`bytes(16)` and `"text".encode()`."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "encode":
        text = fold_constant(call.func.value, value_of, depth - 1)
        return text.encode("utf-8", "replace") if isinstance(text, str) else UNKNOWN
    if isinstance(call.func, ast.Name) and call.func.id == "bytes" and len(call.args) == 1:
        size = fold_constant(call.args[0], value_of, depth - 1)
        return bytes(size) if isinstance(size, int) and 0 <= size <= _LONGEST else UNKNOWN
    return UNKNOWN
