"""A Python module as rules see it: places in their scopes, and names followed back to what they stand for.

Names are followed through imports, aliases, plain assignments, `with` and attributes of `self`, a few steps deep and
only when there is one thing they can mean. Flow between functions is not followed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from supplytrust.code.constants import UNKNOWN, Plain, folded

MOST_NODES = 5_000_000
_DEEPEST = 6
_LONGEST_CHAIN = 40
_MOST_ORIGINS = 80
_Bound = ast.expr | None  # None: bound to something that is not followed
_FOLLOWED = ast.Name | ast.Attribute | ast.Call | ast.Await


@dataclass(slots=True, eq=False)
class Scope:
    """A module, class or function: what its names are bound to. `words` are its name and those around it."""

    name: str
    kind: str  # module | class | function
    outer: Scope | None = None
    bound: dict[str, list[_Bound]] = field(default_factory=dict)

    def bind(self, name: str, value: _Bound) -> None:
        """Note one more meaning of a name; an attribute of `self` belongs to the class."""
        home = self.owner if name.startswith("self.") else self
        (home or self).bound.setdefault(name, []).append(value)

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

    `target` is what the value is bound to or the keyword it is given for; `guarded`: under a condition.
    """

    node: ast.AST
    scope: Scope
    target: str
    guarded: bool
    module: Module

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
        return UNKNOWN if expression is None else folded(expression, self._value_of)

    def _value_of(self, name: ast.Name) -> ast.expr | None:
        known = self.scope.meanings(name.id)
        return known[0] if known is not None and len(known) == 1 else None

    def argument(self, call: ast.Call, keyword: str, position: int = -1) -> ast.expr | None:
        """An argument by keyword, else by position (-1: by keyword only)."""
        for given in call.keywords:
            if given.arg == keyword:
                return given.value
        return call.args[position] if 0 <= position < len(call.args) else None

    def given(self, call: ast.Call, keyword: str, position: int = -1) -> Plain:
        """The constant value of an argument, UNKNOWN when absent or computed."""
        return self.constant(self.argument(call, keyword, position))

    def origins(self, expression: ast.expr) -> frozenset[str]:
        """Names of the calls and values an expression is made of, local names followed."""
        return frozenset(self._origins(expression))

    def _origins(self, expression: ast.expr) -> Iterator[str]:
        stack: list[tuple[ast.AST, int]] = [(expression, 0)]
        for _ in range(_MOST_ORIGINS):
            if not stack:
                return
            node, depth = stack.pop()
            if isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
                yield self.name(node)
            known = self.scope.meanings(node.id) if isinstance(node, ast.Name) and depth < 3 else None
            stack.extend((value, depth + 1) for value in known or () if value is not None)
            stack.extend((child, depth) for child in ast.iter_child_nodes(node))


@dataclass(slots=True, eq=False)
class Module:
    """One parsed module. `imports` maps a local name to the full one, `lines` a full name to where it is imported."""

    calls: list[Place] = field(default_factory=list)
    compares: list[Place] = field(default_factory=list)
    assigns: list[Place] = field(default_factory=list)
    imports: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    bases: dict[str, list[str]] = field(default_factory=dict)

    def name(self, expression: ast.expr, scope: Scope, depth: int = _DEEPEST) -> str:
        """The dotted name with imports and aliases resolved: `hmac.new().digest`, '' when it begins with no name."""
        parts: list[str] = []
        node = expression
        for _ in range(_LONGEST_CHAIN):
            if isinstance(node, ast.Attribute):
                parts.append("." + node.attr)
                node = node.value
            elif isinstance(node, ast.Call):
                parts.append("()")
                node = node.func
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
