import ast
import gc
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from supplytrust.formats.python_ast import syntax_tree

NESTED = b"def f():\n for a in b:\n  if a:\n   x = {1: [2, (3, 4, [5, {6: 7}])], 8: lambda: (9, [10])}\n" * 60


class Garbage:
    """A circle that lets other threads run when it is collected, wherever that happens."""

    def __init__(self):
        self.me = self

    def __del__(self):
        time.sleep(0.0002)


@pytest.fixture
def collecting_often():
    before = gc.get_threshold()
    gc.set_threshold(200)
    yield
    gc.set_threshold(*before)


def test_threads_that_are_interrupted_while_parsing_do_not_disturb_each_other(collecting_often):
    def parsed(_n):
        [Garbage() for _ in range(20)]
        return syntax_tree(NESTED, 2**20)

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(parsed, range(30)))
    assert all(tree is not None and len(tree.body) == 60 for tree in found)


@pytest.mark.parametrize(
    "data", [b"x = (", b"\x00", b"a" * 101, b"\xff\xfe", ("(" * 9000).encode()[:100], b"print 'x'"]
)
def test_what_does_not_parse_is_none(data):
    assert syntax_tree(data, 100) is None


def test_foreign_warnings_are_no_news():
    assert isinstance(syntax_tree(b"x = '\\d'\n1 is 1\n", 100), ast.Module)
