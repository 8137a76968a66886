"""Which Python is parsed: by words and imports, in time that grows with the text and no faster."""

import pytest

from simulators.cost import within
from supplytrust.evidence.source_code.analyse_artifact import may_match


@pytest.mark.parametrize(
    "text",
    [
        b"import hashlib",
        b"from   hashlib import md5",
        b"x = 1\n\timport\tos.path,  socket as s",
        b"import a, b.c ,d,pickle\n",
        b"if x:\n    from xml.etree import ElementTree",
    ],
)
def test_imports_that_a_rule_asks_for(text):
    assert may_match(text)


@pytest.mark.parametrize(
    "text", [b"import os", b"import hashlibs", b"important hashlib", b"x = 'from hashlib'", b"from . import a"]
)
def test_other_text(text):
    assert not may_match(text)


@pytest.mark.parametrize(
    "text",
    [b"import" + b" " * 1_000_000, b"import " + b"a " * 500_000, b"import " + b"a, " * 300_000, b"\n" * 1_000_000],
)
def test_long_lines_take_no_longer_than_their_length(text):
    assert not within(2, lambda: may_match(text + b"#"))
