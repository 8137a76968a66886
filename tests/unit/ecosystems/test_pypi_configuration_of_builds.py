"""Configuration that builds write: INI files, broken ones refused soon, and `pyproject.toml` as a backend rewrites it."""

from __future__ import annotations

import configparser

import pytest
from hypothesis import given
from hypothesis import strategies as some

from simulators.cost import within
from supplytrust.ecosystems.pypi.build_outputs import _ini, is_built_pyproject

LINES = [
    *("[a]", "[b c]", "[a] tail", "[x", "[]", "k = 1", "k: 2", "k2==3", "k", "= y", ": y", "z="),
    *("", " ", "  more", "\tmore = x", "  k3 = 3", "  [q]", "# c", " ; c", "a\x0cb = 1"),
]


@given(some.lists(some.sampled_from(LINES), max_size=7).map("\n".join), some.sampled_from([("=", ":"), ("=",)]))
def test_nothing_that_the_parser_reads_is_broken(text: str, delimiters: tuple[str, ...]) -> None:
    parser = configparser.RawConfigParser(delimiters=delimiters, strict=True)
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    try:
        parser.read_string(text)
    except configparser.Error:
        assert _ini(text, delimiters) is None
    else:
        assert set(_ini(text, delimiters) or {}) == set(parser.sections())


@pytest.mark.parametrize("line", ["x\n", "[x\n", "= x\n", "k" + " " * 40_000 + "x\n"])
def test_what_is_broken_many_times_is_refused_soon(line: str) -> None:
    assert within(0.2, lambda: _ini("[a]\n" + line * 40_000 if len(line) < 9 else "[a]\n" + line)) is None


TREE = b"""\
[build-system]
requires = ["pdm-backend"]  # the backend

[project]
name = "demo"
dynamic = ["version", "readme"]
dependencies = [
    # first
    "one>=1",
]

[tool.demo]
fast = true
"""
WRITTEN = b"""\
[project]
name = 'demo'
dynamic = [
    "readme",
]
dependencies = ["one>=1"]
version = "1.0"

[tool.demo]
fast = true

[build-system]
requires = ["pdm-backend"]
"""


def test_a_backend_writes_the_same_values_and_the_version() -> None:
    assert is_built_pyproject(WRITTEN, TREE, "1.0.0")
    assert is_built_pyproject(TREE.replace(b"# first", b"# other"), TREE, "1.0")
    whole = TREE.replace(b'dynamic = ["version", "readme"]\n', b'version = "1.0"\n')
    assert is_built_pyproject(whole.replace(b"[tool.demo]", b"# x\n[tool.demo]"), whole, "1.0")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"pdm-backend", b"pdm-backend2"),
        (b"one>=1", b"two"),
        (b'version = "1.0"', b'version = "1.1"'),
        (b"fast = true", b"fast = 1"),
        (b'    "readme",\n', b""),
        (b"[tool.demo]", b"[tool.other]"),
        (b"[build-system]", b'[build-system]\nbackend-path = ["."]'),
        (b"[project]", b"[project"),
    ],
)
def test_every_other_value_is_another_file(old: bytes, new: bytes) -> None:
    assert old in WRITTEN
    assert not is_built_pyproject(WRITTEN.replace(old, new, 1), TREE, "1.0")


def test_a_stated_version_is_nothing_that_a_build_finds_out() -> None:
    whole = TREE.replace(b'dynamic = ["version", "readme"]\n', b'dynamic = ["readme"]\nversion = "1.0"\n')
    assert not is_built_pyproject(whole.replace(b'"1.0"', b'"1.1"'), whole, "1.1")
