"""The strict reader: one meaning or none, in linear time."""

import base64
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.cost import within
from supplytrust.errors import MalformedRecordError
from supplytrust.formats.json_reader import (
    DEFAULT,
    MAX_INTEGER,
    MIB,
    Limits,
    read_base64,
    read_foreign_json,
    read_json,
    read_object,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
INTEGERS = st.integers(-MAX_INTEGER, MAX_INTEGER)
VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=40,
)


def reason_of(data: bytes, limits: Limits = DEFAULT) -> str:
    """The reason a document is refused for; empty when it is read."""
    try:
        read_json(data, limits)
    except MalformedRecordError as error:
        return error.reason
    return ""


REASONS = {
    "size",
    "encoding",
    "depth",
    "count",
    "duplicate-key",
    "number",
    "surrogate",
    "trailing-data",
    "syntax",
}
REFUSED = [
    (b"", "syntax"),
    (b" ", "syntax"),
    (b"{", "syntax"),
    (b"[1,]", "syntax"),
    (b"'a'", "syntax"),
    (b'"a\nb"', "syntax"),
    (b"[1] x", "trailing-data"),
    (b"{}{}", "trailing-data"),
    (b'{"a":1,"a":2}', "duplicate-key"),
    (b'{"verdict":"deny","v\\u0065rdict":"admit"}', "duplicate-key"),
    (b'[{"x":{"k":0,"k":0}}]', "duplicate-key"),
    (b"NaN", "number"),
    (b"[-Infinity]", "number"),
    (b"1e400", "number"),
    (b"1.0", "number"),
    (b"1e2", "number"),
    (b"9007199254740992", "number"),
    (b"-9007199254740992", "number"),
    (b"1" * 5000, "number"),
    (b"\xef\xbb\xbf{}", "encoding"),
    ('{"a":1}'.encode("utf-16"), "encoding"),
    (b'"\xed\xa0\x80"', "encoding"),
    (b'"\xc0\xaf"', "encoding"),
    (b'"\xff"', "encoding"),
    (b'"\\ud800"', "surrogate"),
    (b'{"\\udfff":1}', "surrogate"),
    (b'["\\ud83d\\u0041"]', "surrogate"),
    (b"[" * 33 + b"]" * 33, "depth"),
    (b'{"a":' * 33 + b"1" + b"}" * 33, "depth"),
    (b"[" * 1000, "depth"),
]


@pytest.mark.parametrize(("data", "reason"), REFUSED, ids=lambda v: str(v)[:24])
def test_a_document_with_two_meanings_is_refused_with_its_reason(data, reason):
    with pytest.raises(MalformedRecordError) as caught:
        read_json(data)
    assert caught.value.reason == reason


def test_limits_of_size_and_number_of_values():
    assert read_json(b"[]" + b" " * 6, Limits(size=8)) == []
    with pytest.raises(MalformedRecordError) as caught:
        read_json(b"[]" + b" " * 7, Limits(size=8))
    assert caught.value.reason == "size"
    assert read_json(b"[1,2]", Limits(values=4)) == [1, 2]
    with pytest.raises(MalformedRecordError) as caught:
        read_json(b"[1,2,3,4]", Limits(values=4))
    assert caught.value.reason == "count"


def test_brackets_and_quotes_inside_strings_do_not_count_as_depth():
    text = "[[[[{{{{" * 40 + '\\"[' * 50
    data = json.dumps([text, {text: text}]).encode()
    assert read_json(data) == [text, {text: text}]


def test_depth_32_is_read_and_wide_documents_of_that_depth_too():
    deep = b"[" * 32 + b"]" * 32
    assert read_json(deep) is not None
    assert read_json(b"[" + b",".join([deep[1:-1]] * 50) + b"]") is not None


def test_a_whole_surrogate_pair_is_one_character():
    assert read_json(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


def test_floats_only_when_asked_for():
    assert read_json(b"[1.5, 2e3]", Limits(floats=True)) == [1.5, 2000.0]
    for data in (b"1e400", b"1." + b"0" * 100, b"NaN"):
        with pytest.raises(MalformedRecordError) as caught:
            read_json(data, Limits(floats=True))
        assert caught.value.reason == "number"


def test_an_object_is_wanted():
    assert read_object(b'{"a":1}') == {"a": 1}
    with pytest.raises(MalformedRecordError) as caught:
        read_object(b"[]")
    assert caught.value.reason == "type"


@given(VALUES)
def test_what_a_plain_writer_writes_is_read_back(value):
    data = json.dumps(value).encode()
    assert read_json(data) == value
    assert read_json(json.dumps(value, ensure_ascii=False, indent=1).encode()) == value


@given(st.text('{}[]",:\\ u0d8aetrufls1-.', max_size=60) | st.text(max_size=40))
def test_any_text_is_either_read_like_the_standard_reader_or_refused(text):
    data = text.encode("utf-8", "surrogatepass")
    try:
        value = read_json(data)
    except MalformedRecordError:
        return
    assert value == json.loads(text)


@given(st.binary(max_size=60))
def test_any_bytes_end_in_a_value_or_the_one_typed_error(data):
    assert reason_of(data) in REASONS | {""}


@given(st.binary(max_size=40))
def test_base64_is_read_in_its_one_spelling(raw):
    assert read_base64(base64.b64encode(raw).decode()) == raw


@pytest.mark.parametrize("text", ["aGl=", "aGk", "aGk=\n", "aG k=", "a-_=", "aGk==", "=", "aGk=aGk=", "aGkÄ", "-_-_"])
def test_every_other_base64_spelling_is_refused(text):
    with pytest.raises(MalformedRecordError) as caught:
        read_base64(text)
    assert caught.value.reason == "base64"


SIZE = 10 * MIB
HOSTILE = {
    "open-brackets": b"[" * SIZE,
    "nested-then-closed": b"[" * (SIZE // 2) + b"]" * (SIZE // 2),
    "pairs": b"[]" * (SIZE // 2),
    "quotes": b'"' * SIZE,
    "quoted-commas": b'",' * (SIZE // 2),
    "escaped-quotes": b'"' + b'\\"' * (SIZE // 2 - 1),
    "backslashes": b"\\" * SIZE,
    "numbers": b"[" + b"1," * (SIZE // 2 - 2) + b"1]",
    "one-number": b"1" * SIZE,
    "exponent": b"1e" + b"9" * (SIZE - 2),
    "half-pairs": b'["' + b"\\ud800" * (SIZE // 6 - 2) + b'"]',
    "same-name": b"{" + b'"a":1,' * 240_000 + b'"a":1}',
    "one-name-twice": b"{" + b"".join(b'"%d":1,' % i for i in range(240_000)) + b'"0":1}',
    "empty-objects": b"[" + b"{}," * 120_000 + b"{}]",
    "objects-of-objects": b'{"a":' * (SIZE // 6),
    "blanks": b" " * SIZE,
    "not-utf8": b"\xff" * SIZE,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.sampled(5)
def test_hostile_bytes_cost_at_most_a_second(name):
    reason = within(1, lambda: reason_of(HOSTILE[name], Limits(size=SIZE)))
    assert reason in REASONS or name == "empty-objects"


SUITE = os.environ.get("SUPPLYTRUST_JSON_TEST_SUITE", "")


@pytest.mark.skipif(not SUITE, reason="SUPPLYTRUST_JSON_TEST_SUITE names no folder of JSONTestSuite")
def test_the_public_parsing_suite():
    files = sorted((Path(SUITE) / "test_parsing").glob("*.json"))
    assert len(files) >= 300
    stricter = {"duplicate-key", "surrogate", "number", "encoding", "depth"}
    for file in files:
        reason = reason_of(file.read_bytes(), Limits(floats=True))
        assert reason or not file.name.startswith("n_"), file.name
        assert reason in stricter | {""} or not file.name.startswith("y_"), (file.name, reason)


# --- what others write ------------------------------------------------------------------------------

FOREIGN = {
    b'\xef\xbb\xbf{"a": 1}': {"a": 1},
    b'{"a": 1, "a": 2}': {"a": 2},
    b"[1.5, 1e3, -0.0, 12345678901234567890]": [1.5, 1000.0, -0.0, 12345678901234567890],
    b'["\\ud800", "x\\udc00y"]': ["\ufffd", "x\ufffdy"],
    b'["\\ud83d\\ude00", "\\\\ud800", "\\\\\\\\udc00"]': ["\U0001f600", "\\ud800", "\\\\udc00"],
    b'["\\ud800\\u0041", "\\u00e9\\ud800\\ud83d\\ude00"]': ["\ufffdA", "é\ufffd\U0001f600"],
}


@pytest.mark.parametrize("data", FOREIGN)
def test_what_others_write_is_read_as_other_readers_do(data):
    assert read_foreign_json(data) == FOREIGN[data]
    assert read_foreign_json(data.decode()) == FOREIGN[data]
    json.dumps(read_foreign_json(data), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"[" * 100 + b"]" * 100, "depth"),
        (b"[" * 10**5, "depth"),
        (b"9" * 5000, "number"),
        (b"[NaN]", "number"),
        (b'{"a": 1} x', "syntax"),
        (b'["\xff"]', "encoding"),
        (b"\xef\xbb\xbf\xef\xbb\xbf1", "encoding"),
        ("\ud800".encode("utf-16-le", "surrogatepass"), "encoding"),
    ],
)
def test_what_no_reader_should_take_is_refused(data, reason):
    with pytest.raises(MalformedRecordError) as caught:
        read_foreign_json(data)
    assert caught.value.reason == reason
