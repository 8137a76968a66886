"""From a syntax tree to a `Module`: one pass without recursion, bounded."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TypeAlias

from supplytrust.evidence.source_code.python_module import MOST_NODES, Module, Place, Scope
from supplytrust.formats.python_ast import syntax_tree

Around: TypeAlias = tuple[Scope, str, bool, str]  # scope, target, guarded, within: as `Place` has them
_DROPPED = "(dropped)"
_MOST_BASES = 20
_LONGEST = 200  # of a name that many places are looked at by
_CONVERSIONS = frozenset({"str", "bytes", "int", "hex", "join", "format", "encode", "decode", "hexlify", "b64encode"})


def _concrete(*kinds: type[ast.AST]) -> Iterator[type[ast.AST]]:
    for kind in kinds:
        yield kind
        yield from _concrete(*kind.__subclasses__())


_LEAVES = (
    ast.Name,
    ast.Constant,
    ast.expr_context,
    ast.operator,
    ast.cmpop,
    ast.boolop,
    ast.unaryop,
    ast.alias,
    ast.arg,
)
_SKIPPED: frozenset[type] = frozenset((*_concrete(*_LEAVES), str, int, bytes, type(None)))
_PLAIN = frozenset({"ctx", "op", "ops", "id", "attr", "name", "names", "type_comment", "kind", "level", "module"})
_FIELDS = {kind: tuple(f for f in kind._fields if f not in _PLAIN) for kind in _concrete(ast.AST)}


def module_of(tree: ast.Module) -> Module:
    """Everything that rules look at."""
    module = Module()
    stack: list[tuple[ast.AST, Around]] = [(tree, (Scope("", "module"), "", False, ""))]
    for _ in range(MOST_NODES):
        if not stack:
            break
        node, around = stack.pop()
        kind = node.__class__
        visit = _VISITS.get(kind)
        if visit is not None:
            around = visit(module, node, around)
        for name in _FIELDS[kind]:
            value = getattr(node, name, None)
            if value.__class__ is list:
                stack += [(n, around) for n in value if n.__class__ not in _SKIPPED]
            elif value.__class__ not in _SKIPPED and isinstance(value, ast.AST):
                stack.append((value, around))
    return module


def _call(module: Module, node: ast.AST, around: Around) -> Around:
    scope, target, guarded, within = around
    dropped = within == _DROPPED
    module.calls.append(Place(node, scope, target, guarded, "" if dropped else within, module, dropped))
    function = node.func if isinstance(node, ast.Call) else None
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    passed_on = name in _CONVERSIONS and not dropped
    return scope, target, guarded, within if passed_on else str(name)[:_LONGEST]


def _statement(_module: Module, node: ast.AST, around: Around) -> Around:
    called = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    return (*around[:3], _DROPPED) if called else around


def _compare(module: Module, node: ast.AST, around: Around) -> Around:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.NotEq):
        module.compares.append(Place(node, *around, module))
    return around


def _assign(module: Module, node: ast.AST, around: Around) -> Around:
    scope, _, guarded, within = around
    if isinstance(node, ast.Assign):
        targets, value = node.targets, node.value
        if any(isinstance(t, ast.Attribute) for t in targets):
            module.assigns.append(Place(node, *around, module))
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
        targets, value = [node.target], node.value or ast.Constant(None)
    else:
        return around
    for target in targets:
        _bind(scope, target, value)
    return scope, " ".join(filter(None, map(dotted_name, targets)))[:_LONGEST], guarded, within


def _bind(scope: Scope, target: ast.expr, value: ast.expr | None) -> None:
    if isinstance(target, ast.Name):
        scope.bind(target.id, value)
    elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
        scope.bind(f"self.{target.attr}", value)
    elif isinstance(target, ast.Tuple | ast.List):
        for part in target.elts[:50]:
            if isinstance(part, ast.Name):
                scope.bind(part.id, None)


def _rebind(_module: Module, node: ast.AST, around: Around) -> Around:
    """Loops and in-place operators: the name has no single value any more."""
    if isinstance(node, ast.For | ast.AsyncFor | ast.AugAssign | ast.comprehension):
        _bind(around[0], node.target, None)
    return around


def _with(_module: Module, node: ast.AST, around: Around) -> Around:
    if isinstance(node, ast.withitem) and node.optional_vars is not None:
        _bind(around[0], node.optional_vars, node.context_expr)
    return around


def _function(_module: Module, node: ast.AST, around: Around) -> Around:
    scope = around[0]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        scope.bind(node.name, None)
        inner = Scope(node.name[:_LONGEST], "function", scope)
        _parameters(inner, node.args)
        return inner, "", False, ""
    return around


def _parameters(scope: Scope, given: ast.arguments) -> None:
    """A default is what a parameter stands for until a caller says otherwise."""
    names = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(names) - len(given.defaults)) + [_plain(d) for d in given.defaults]
    defaults += [_plain(d) for d in given.kw_defaults]
    for parameter, default in zip([*names, *given.kwonlyargs], defaults, strict=True):
        scope.bind(parameter.arg, default)
    for rest in (given.vararg, given.kwarg):
        if rest is not None:
            scope.bind(rest.arg, None)


def _plain(default: ast.expr | None) -> ast.expr | None:
    return default if isinstance(default, ast.Constant) and default.value is not None else None


def _return(module: Module, node: ast.AST, around: Around) -> Around:
    if isinstance(node, ast.Return) and node.value is not None:
        module.returns.setdefault(around[0].name, []).append((node.value, around[0]))
    return around


def _class(module: Module, node: ast.AST, around: Around) -> Around:
    scope = around[0]
    if not isinstance(node, ast.ClassDef):
        return around
    scope.bind(node.name, None)
    known = module.bases.setdefault(node.name, [])
    known.extend(dotted_name(base) for base in node.bases[: _MOST_BASES - len(known)])
    return Scope(node.name[:_LONGEST], "class", scope), "", False, ""


def _guard(_module: Module, node: ast.AST, around: Around) -> Around:
    if isinstance(node, ast.If | ast.IfExp) and isinstance(node.test, ast.Constant):
        return around
    return around[0], around[1], True, around[3]


def _keyword(_module: Module, node: ast.AST, around: Around) -> Around:
    given = node.arg if isinstance(node, ast.keyword) else None
    return around[0], (given or around[1])[:_LONGEST], around[2], around[3]


def _attribute(_module: Module, node: ast.AST, around: Around) -> Around:
    """What is only asked for its size is not used."""
    sized = isinstance(node, ast.Attribute) and node.attr in ("digest_size", "block_size")
    return (around[0], "digest_size", *around[2:]) if sized else around


def _import(module: Module, node: ast.AST, around: Around) -> Around:
    for local, full in _names_of_import(node):
        module.imports[local] = full[:_LONGEST]
        module.lines.setdefault(full, int(getattr(node, "lineno", 0)))
    return around


def _names_of_import(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.partition(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (top, top)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield from ((a.asname or a.name, f"{node.module}.{a.name}") for a in node.names)


_Visit = Callable[[Module, ast.AST, Around], Around]
_VISITS: dict[type[ast.AST], _Visit] = {
    ast.Call: _call,
    ast.Expr: _statement,
    ast.Compare: _compare,
    **dict.fromkeys((ast.Assign, ast.AnnAssign, ast.NamedExpr), _assign),
    **dict.fromkeys((ast.For, ast.AsyncFor, ast.AugAssign, ast.comprehension), _rebind),
    ast.withitem: _with,
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef), _function),
    ast.ClassDef: _class,
    **dict.fromkeys((ast.If, ast.IfExp, ast.ExceptHandler, ast.Match), _guard),
    ast.keyword: _keyword,
    ast.Return: _return,
    ast.Attribute: _attribute,
    **dict.fromkeys((ast.Import, ast.ImportFrom), _import),
}


# --- Python text to a syntax tree, bounded: nothing is compiled or executed, and no input exhausts the stack

LONGEST = 2 * 2**20


def tree(data: bytes | None) -> ast.Module | None:
    """The syntax tree; None when the text is missing, too long or not Python 3."""
    return None if data is None else syntax_tree(data, LONGEST)


def dotted_name(node: ast.expr) -> str:
    """`a.b.c` for a name or attribute chain; '' for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def is_docstring(statement: ast.stmt) -> bool:
    """A constant that stands alone."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
