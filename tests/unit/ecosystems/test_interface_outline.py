"""Two modules of one outline offer the same: the full comparison of interfaces finds nothing between them."""

from __future__ import annotations

import ast
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.index import wheel
from supplytrust.ecosystems.contents import Contents
from supplytrust.ecosystems.pypi import api_change, contents
from supplytrust.ecosystems.pypi.public_api import Interface
from supplytrust.ecosystems.python_reading import facts_of
from supplytrust.evidence.source_code.interface_outline import outline_of
from supplytrust.model.subject import Artifact, ArtifactKind

STATEMENTS = (
    "def f(a, b): return 1",
    "def f(a, b=1): return 1",
    "def f(a, b): return 2",
    "def f(a, *, b): ...",
    "async def f(a, b): ...",
    "@property\ndef g(): ...",
    "def _hidden(a): ...",
    "class A(B):\n    def m(self, x): ...",
    "class A(B):\n    def m(self): ...",
    "class A(B):\n    '''Another text.'''\n    def m(self, x): pass",
    "class B:\n    def __init__(self):\n        self.m = 1\n    def n(self): ...",
    "class B:\n    def n(self, /, y=2): ...",
    "__all__ = ['f', 'A']",
    "__all__ = ['A']",
    "__all__ += ['VALUE']",
    "VALUE = 1",
    "VALUE = 2",
    "VALUE: int",
    "from .other import f, A",
    "from .other import A as C",
    "from .other import *",
    "from . import other",
    "if VALUE:\n    def h(): ...\nelse:\n    h = None",
    "try:\n    from .other import h\nexcept ImportError:\n    def h(a): ...",
    "with open('x') as y:\n    def h(): ...",
    "del f",
)
modules = st.lists(st.sampled_from(STATEMENTS), max_size=5).map("\n".join)
pairs = st.tuples(modules, modules)


def read(*texts: str) -> Contents:
    paths = ("demo/__init__.py", "demo/other.py")
    made = wheel("demo", "1.0", {path: text.encode() for path, text in zip(paths, texts, strict=True)})
    return contents.read(Artifact(made.name, made.sha256, ArtifactKind.WHEEL, len(made.data)), made.data)


@given(pairs, pairs)
def test_the_same_outlines_are_no_change_to_the_full_comparison(before: tuple[str, str], now: tuple[str, str]) -> None:
    old, new = read(*before), read(*now)
    texts, newer = api_change.sources(old), api_change.sources(new)
    outlines, later = api_change._read_outlines(texts), api_change._read_outlines(newer)
    assert None not in outlines.values()
    full = list(api_change._changes(Interface(texts, outlines), Interface(newer, later)))
    assert sorted(full) == sorted(api_change.compare(old, new).changes)
    assert not full or outlines != later


@given(pairs)
def test_what_is_only_added_takes_nothing_away(before: tuple[str, str]) -> None:
    added = [f"{text}\ndef quite_new(a, b): ...\nclass QuiteNew: ...\n" for text in before]
    assert api_change.compare(read(*before), read(*added)).changes == ()


@given(modules)
def test_bodies_texts_and_values_make_no_difference(text: str) -> None:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name != "__init__":
            node.body = [ast.parse("raise NotImplementedError(7)").body[0]]
        if isinstance(node, ast.Assign) and "__all__" not in ast.dump(node):
            node.value = ast.Constant("another")
    changed = ast.parse("'''A text of the module.'''\n" + ast.unparse(ast.fix_missing_locations(tree)))
    assert outline_of(changed) == outline_of(ast.parse(text))


def test_a_text_is_parsed_once_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    from supplytrust.ecosystems import code_reading, python_reading

    parsed: list[bytes | None] = []
    whole = python_reading.tree
    monkeypatch.setattr(python_reading, "tree", lambda data: parsed.append(data) or whole(data))
    python_reading._kept.clear()
    texts = ("import hashlib, requests\nrequests.get('https://api.example.org/x')\nhashlib.md5(b'')\n", "def f(a): ...")
    old, new = read(*texts), read(*texts)
    code_reading.findings(new)
    assert python_reading.references_of("demo/__init__.py", texts[0].encode())[1]
    assert api_change.compare(old, new).names
    assert len(parsed) == 2
    assert facts_of(texts[0].encode()) is facts_of(texts[0].encode())


@pytest.mark.parametrize("line", ["from .other import f", "from demo.other import f, A", "from . import other"])
def test_what_a_module_takes_from_itself_is_not_lost(line: str) -> None:
    text = "def f(a, b): return 1\n"
    assert api_change.compare(read("", text), read("", text + line)).changes == ()
    assert api_change.compare(read(text, ""), read(text + "from . import f", "")).changes == ()


@pytest.mark.thorough
@given(pairs, pairs)
def test_whatever_is_told_griffe_tells_too(before: tuple[str, str], now: tuple[str, str]) -> None:
    griffe = pytest.importorskip("griffe", reason="this machine has no griffe")
    ours = {change.name for change in api_change.compare(read(*before), read(*now)).changes}
    try:
        theirs = {
            found.obj.path for found in griffe.find_breaking_changes(*(tree_of(griffe, one) for one in (before, now)))
        }
    except griffe.GriffeError:  # imports in a circle
        return
    assert ours <= theirs


def tree_of(griffe: ModuleType, texts: tuple[str, str]) -> object:
    """The package as griffe reads it."""
    loader = griffe.GriffeLoader(search_paths=["/nonexistent"], allow_inspection=False)
    top = griffe.visit("demo", Path("/demo/__init__.py"), texts[0], modules_collection=loader.modules_collection)
    loader.modules_collection.members["demo"] = top
    below = griffe.visit(
        "other", Path("/demo/other.py"), texts[1], parent=top, modules_collection=loader.modules_collection
    )
    top.set_member("other", below)
    loader.expand_exports(top)
    loader.expand_wildcards(top, external=False)
    loader.resolve_aliases(implicit=True, external=False)
    for name, member in top.members.items():
        if member.is_alias and not top.exports and not name.startswith("_"):
            member.public = member.target_path.startswith("demo.")
    return top
