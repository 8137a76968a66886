"""INI files that builds write: read by the standard library, which a look ahead spares what is broken."""

from __future__ import annotations

import configparser

import pytest
from hypothesis import given
from hypothesis import strategies as some

from simulators.cost import within
from supplytrust.ecosystems.pypi.build_outputs import _ini

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
