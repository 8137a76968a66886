"""Extras behind a path: told without a pattern that takes time by the square of blanks."""

import pytest

from supplytrust.ecosystems.pypi.locks.requirement_lines import without_extras


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (".[dev]", "."),
        ("./x.whl [a, b] ", "./x.whl"),
        ("x[1][dev]", "x[1]"),
        ("x[]", "x"),
        ("[dev]", "[dev]"),
        ("x[dev", "x[dev"),
        ("x[dev]y", "x[dev]y"),
        ("x[d]ev]", "x[d]ev]"),
        ("x]", "x]"),
        ("x[", "x["),
        ("x", "x"),
        ("", ""),
        ("a" + " " * 200_000 + "b", "a" + " " * 200_000 + "b"),
        ("a" + " " * 200_000 + "[b]", "a"),
    ],
)
def test_path_without_extras(text, path):
    assert without_extras(text) == path
