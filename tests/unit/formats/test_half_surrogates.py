"""Half of a surrogate pair has no UTF-8: refused, shown as the text of its escape, or replaced, as the reader asks."""

import pytest

from supplytrust.errors import MalformedRecordError
from supplytrust.formats.json_reader import read_foreign_json, read_json

CASES = [  # bytes of a JSON text, with halves shown, with halves replaced
    (rb'"\ud800"', "\\ud800", "\ufffd"),
    (rb'"\uDC00x"', "\\uDC00x", "\ufffdx"),
    (rb'"\ud800\ud800\udc00"', "\\ud800\U00010000", "\ufffd\U00010000"),
    (rb'"\udc00\ud800"', "\\udc00\\ud800", "\ufffd\ufffd"),
    (rb'"\\\ud83d"', "\\\\ud83d", "\\\ufffd"),
]


@pytest.mark.parametrize(("data", "shown", "replaced"), CASES)
def test_three_readers_of_one_text(data, shown, replaced):
    assert read_json(data, show_halves=True) == shown
    assert read_foreign_json(data) == replaced
    with pytest.raises(MalformedRecordError) as caught:
        read_json(data)
    assert caught.value.reason == "surrogate"


@pytest.mark.parametrize("data", [rb'"\ud83d\ude00"', rb'"\\ud800"', rb'"\\\\ud800\n"', b'"\\u0041\\\\"'])
def test_what_is_no_half_is_read_alike(data):
    assert read_json(data) == read_json(data, show_halves=True) == read_foreign_json(data)
