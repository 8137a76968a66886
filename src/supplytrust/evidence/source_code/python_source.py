"""Python text to a syntax tree, bounded: nothing is compiled or executed, and no input exhausts the stack."""

from __future__ import annotations

import ast

from supplytrust.formats.python_ast import syntax_tree

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
