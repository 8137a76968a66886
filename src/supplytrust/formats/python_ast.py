"""Python text to a syntax tree, one thread at a time: nothing is compiled or executed.

CPython keeps the depth of the tree it is building in one place for all threads and raises SystemError when two of
them build at once (python/cpython#106905 and after), so that whoever parses does it under this lock. So does
`warnings.catch_warnings`, which sets the filters of the whole process.
"""

from __future__ import annotations

import ast
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

_ONE_AT_A_TIME = threading.RLock()
TRIES = 20
T = TypeVar("T")


@contextmanager
def parsing() -> Iterator[None]:
    """Alone with the parser, and without its warnings about foreign text."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def syntax_tree(data: bytes, longest: int) -> ast.Module | None:
    """The tree; None when the text is longer than so many bytes or not Python 3.

    The parser itself bounds nesting and reports it as an error.
    """
    if len(data) > longest or b"\x00" in data:
        return None
    try:
        return parse_alone(lambda: ast.parse(data))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def parse_alone(parse: Callable[[], T]) -> T:
    """Parse alone, and again when a parser that does not know the lock came in between (`packaging` has one)."""
    with parsing():
        for _ in range(TRIES):
            with suppress(SystemError):
                return parse()
        return parse()
