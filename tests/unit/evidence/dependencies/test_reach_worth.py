"""Which Python is parsed for names and addresses, and which nodes are looked at: as plain patterns and walks would."""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.cost import within
from simulators.effort import cases
from supplytrust.evidence.dependencies import runtime_references

PLAIN = re.compile(
    rb"^[^#\n]*(?:://|dlopen|DLL|LoadLibrary|find_library|load_library|\b(?:"
    + "|".join(sorted(runtime_references._CLIENTS)).encode()
    + rb")\b)",
    re.MULTILINE,
)
PIECES = ("#", "\n", "://", "redis", "psycopg2", "psycopg", "DLL", "dlopen", "_", " ", "é", "x", "grpc", "#redis", "\r")
SOURCES = sorted(Path(runtime_references.__file__).parents[1].glob("*/*.py"))


@settings(max_examples=cases(400), deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_a_word_in_front_of_every_comment_sign_of_its_line(pieces):
    data = "".join(pieces).encode()
    assert runtime_references._worth_parsing(data) == (PLAIN.search(data) is not None)


@pytest.mark.parametrize("name", sorted(runtime_references._CONNECTS))
def test_every_module_that_connects_is_seen(name):
    assert runtime_references._CONNECTING.search(f"x=1;import {name}.a".encode())
    assert runtime_references._CONNECTING.search(f" from {name} import a".encode())
    assert not runtime_references._CONNECTING.search(f"imports {name[:-1]}".encode())


@pytest.mark.parametrize("path", SOURCES[::9], ids=lambda p: p.name)
def test_nodes_are_those_of_a_full_walk(path):
    tree = ast.parse(path.read_bytes())
    alone = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)}
    looked_at = (ast.Call, ast.Constant, ast.Import, ast.ImportFrom)
    every = [n for n in ast.walk(tree) if isinstance(n, looked_at) and id(n) not in alone]
    assert [n for n in runtime_references._nodes(tree) if isinstance(n, looked_at)] == every


def test_nodes_of_every_kind_of_syntax():
    code = """
global a
def f(x: "https://a.example.org" = "https://b.example.org", *y: int, **z) -> "https://c.example.org":
    match x:
        case {"https://d.example.org": v, **rest}: return {**x, "k": f"https://e.example.org/{v!r:>{3}}"}
        case None | True | Point(a="https://g.example.org"): del x[0:"https://h.example.org"]
    return lambda q="https://i.example.org": (yield not -q if q < 1 < 2 and q else ...)
@deco("https://j.example.org")
class A(B, metaclass=M("https://k.example.org")): "https://alone.example.org"
try: pass
except* (E, "https://l.example.org") as e: raise X from Y("https://m.example.org")
"""
    found = [
        n.value
        for n in runtime_references._nodes(ast.parse(code))
        if isinstance(n, ast.Constant) and "//" in str(n.value)
    ]
    assert {text.partition("//")[2][0] for text in found} == set("abcdeghijklm")
    assert "https://alone.example.org" not in found


@pytest.mark.parametrize(
    "text", [b"# redis ://" * 60_000, b"#\nredis_" * 60_000, b"# redis\n" * 60_000, b"psycopg" * 90_000]
)
def test_hostile_text_takes_linear_time(text):
    assert not within(2, lambda: runtime_references._worth_parsing(text))
