"""Constant expressions, folded without running anything and without growing large."""

from __future__ import annotations

import ast
from collections.abc import Callable


class Unknown:
    """The value of what cannot be told from the text."""


UNKNOWN = Unknown()
ValueOf = Callable[[ast.Name | ast.Attribute], ast.expr | None]
Plain = Unknown | int | float | str | bytes | bool | None
_DEEPEST_CONSTANT = 6
_LARGEST = 2**64
_LONGEST = 4096


def fold_constant(expression: ast.expr, value_of: ValueOf, depth: int = _DEEPEST_CONSTANT) -> Plain:
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
