"""The codec: equal values come back, and everything that does not fit is named by its path."""

import dataclasses
import inspect
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from supplytrust.errors import MalformedRecordError
from supplytrust.formats.canonical_json import canonical_bytes, digest_of, sorted_bytes
from supplytrust.formats.codec import claim_kinds, codec, decode, encode
from supplytrust.formats.json_reader import MAX_INTEGER
from supplytrust.model.claims.artifact import ArtifactContents, Member, MemberKind
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import ReleaseFile, ReleaseFiles, ReleaseOwners
from supplytrust.model.record import Gain, Missing, Risk, TrustRecord
from supplytrust.model.subject import Artifact, ArtifactKind
from supplytrust.model.vocabulary import Area, Outcome

NAMES = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF), max_size=8)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
CONTENTS = ArtifactContents("d.whl", ArtifactKind.WHEEL, (Member("d/a.py", 3, "ab" * 32, MemberKind.PYTHON),), 0, 1)


@given(JSON)
def test_the_two_writers_make_the_same_bytes(value):
    assert sorted_bytes(value) == canonical_bytes(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [1.5, [0.0], {"a": [{"b": 2.0}]}, 2**53, [-(2**53)], "\ud800"])
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(MalformedRecordError):
        canonical_bytes(value)


def test_canonical_names_sort_by_utf16_unit():
    assert canonical_bytes({"\ufb01": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb01":1}'.encode()
    with pytest.raises(MalformedRecordError):
        encode(MappingProxyType({"\U0001f600": 1}), Mapping[str, int])


def test_a_digest_names_its_algorithm():
    assert digest_of(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(FINITE)
def test_a_number_is_its_shortest_decimal_text_and_back(number):
    text = encode(number, float)
    assert decode(float, text) == number
    assert "e" not in text
    assert text == "0" or not text.endswith(".0")


@pytest.mark.parametrize(
    "text",
    ["1.0", "01", "1e3", "+1", ".5", "1.", "-0", "0.10", "0.30000000000000001", "nan", "inf", "", " 1", "1" * 500],
)
def test_every_other_spelling_of_a_number_is_refused(text):
    with pytest.raises(MalformedRecordError):
        decode(float, text)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, True])
def test_numbers_without_decimal_form_are_refused(number):
    with pytest.raises(MalformedRecordError):
        encode(number, float)


@given(
    st.datetimes(timezones=st.just(UTC))
    | st.datetimes(timezones=st.just(timezone(timedelta(hours=2)))).filter(lambda t: t.year > 1)
)
def test_an_instant_is_its_utc_text_and_back(moment):
    text = encode(moment, datetime)
    assert text.endswith("Z")
    assert decode(datetime, text) == moment


@pytest.mark.parametrize(
    "text",
    ["2026-01-31", "2026-01-31T12:00:00", "2026-01-31T12:00:00+00:00", "2026-01-31T12:00:00.000000Z", "2026-02-30T12:00:00Z",
     "2026-01-31t12:00:00z", "2026-01-31T24:00:00Z", "20260131T120000Z", "2026-01-31T12:00:00.5Z"],
)  # fmt: skip
def test_every_other_spelling_of_a_time_is_refused(text):
    with pytest.raises(MalformedRecordError):
        decode(datetime, text)


def test_a_time_without_zone_is_refused():
    with pytest.raises(MalformedRecordError):
        encode(datetime(2026, 1, 1), datetime)  # noqa: DTZ001


def test_claims_carry_their_kind_and_come_back():
    value = encode(CONTENTS, Claim)
    assert value["kind"] == "ArtifactContents"
    assert decode(Claim, json.loads(json.dumps(value))) == CONTENTS


def test_words_are_values_or_names():
    assert encode(Outcome.REFER, Outcome) == "REFER"
    assert encode(Area.BUILD, Area) == "build"
    assert decode(Outcome, "REFUSE") is Outcome.REFUSE
    for wrong in ("refer", 1, "", "ADMIT ", None, True):
        with pytest.raises(MalformedRecordError):
            decode(Outcome, wrong)


def test_rows_and_optionals():
    owners = ReleaseOwners("org", (("a", "Owner"), ("b", "Maintainer")))
    assert encode(owners) == {"organization": "org", "roles": [["a", "Owner"], ["b", "Maintainer"]]}
    assert decode(ReleaseOwners, encode(owners)) == owners
    for roles in ([["a"]], [["a", "b", "c"]], [["a", 1]], ["ab"], {"a": "b"}, None):
        with pytest.raises(MalformedRecordError):
            decode(ReleaseOwners, {"organization": "org", "roles": roles})
    listed = ReleaseFile("d.whl", ArtifactKind.WHEEL, "", None, None)
    assert decode(ReleaseFile, encode(listed)) == listed


def test_camel_names_for_statements():
    missing = Missing(area=Area.BUILD, missing=2.5, evidence=(Gain("build/x", 3.0),), must_haves=("build/y",))
    value = codec(Missing, camel=True).write(missing)
    assert value["mustHaves"] == ["build/y"]
    assert codec(Missing, camel=True).read(value) == missing


def test_free_json_is_frozen_and_holds_no_floats():
    kind = Mapping[str, object]
    kept = decode(kind, {"a": [1, {"b": None}], "c": "x"})
    assert kept["a"] == (1, {"b": None})
    assert encode(kept, kind) == {"a": [1, {"b": None}], "c": "x"}
    with pytest.raises(TypeError):
        kept["a"] = 1
    for wrong in (MappingProxyType({"a": 1.5}), MappingProxyType({"a": b"x"}), MappingProxyType({1: 2}), {"a": 2**53}):
        with pytest.raises(MalformedRecordError):
            encode(wrong, kind)
    with pytest.raises(MalformedRecordError):
        decode(kind, {"a": 1.5})


def spoiled(change):
    value = json.loads(json.dumps(encode(CONTENTS, Claim)))
    change(value)
    return value


BROKEN = {
    "value: unknown field 'new'": ("unknown-field", lambda v: v["value"].update(new=1)),
    "value: field 'tests' is missing": ("missing-field", lambda v: v["value"].pop("tests")),
    "value.members[0].size: '3' is not an integer": ("value", lambda v: v["value"]["members"][0].update(size="3")),
    "value.members[0].size: True is not an integer": ("value", lambda v: v["value"]["members"][0].update(size=True)),
    "value.members[0].kind: 'x' is not one of": ("value", lambda v: v["value"]["members"][0].update(kind="x")),
    "value.members: {} is not an array": ("value", lambda v: v["value"].update(members={})),
    "value.members[0]: 1 is not an object": ("value", lambda v: v["value"].update(members=[1])),
    "value.file_name: None is not a string": ("value", lambda v: v["value"].update(file_name=None)),
    "'Claim' is not a known kind": ("claim-kind", lambda v: v.update(kind="Claim")),
    "'Member' is not a known kind": ("claim-kind", lambda v: v.update(kind="Member")),
    "['x'] is not a known kind": ("claim-kind", lambda v: v.update(kind=["x"])),
    "is not a claim with its kind": ("value", lambda v: v.update(more=1)),
}


@pytest.mark.parametrize("text", BROKEN)
def test_what_does_not_fit_is_named_by_its_path(text):
    reason, change = BROKEN[text]
    with pytest.raises(MalformedRecordError) as caught:
        decode(Claim, spoiled(change))
    assert text in caught.value.message
    assert caught.value.reason == reason


def test_wrong_python_values_are_refused_on_the_way_out_too():
    for wrong in (
        dataclasses.replace(CONTENTS, tests="3"),
        dataclasses.replace(CONTENTS, members=[]),
        dataclasses.replace(CONTENTS, members=(CONTENTS,)),
        dataclasses.replace(CONTENTS, kind="wheel"),
    ):
        with pytest.raises(MalformedRecordError):
            encode(wrong, Claim)


def test_a_claim_from_elsewhere_is_unknown():
    @dataclasses.dataclass(frozen=True, slots=True)
    class Foreign(Claim):
        text: str

    with pytest.raises(MalformedRecordError) as caught:
        encode(Foreign("x"), Claim)
    assert caught.value.reason == "claim-kind"
    assert "Foreign" not in claim_kinds()


def test_every_claim_and_record_type_has_a_codec():
    assert len(claim_kinds()) >= 20
    for kind in claim_kinds().values():
        assert inspect.isclass(kind)
        assert codec(kind)
    for kind in (TrustRecord, Risk, ReleaseFiles):
        assert codec(kind, camel=True)


def test_a_hint_without_form_is_a_defect():
    for hint in (set[str], bytes, "str | int", list[int], int | str):
        with pytest.raises(TypeError):
            codec(hint)


@given(JSON)
def test_any_json_where_a_claim_is_wanted_is_refused(value):
    with pytest.raises(MalformedRecordError):
        decode(Claim, value)
    with pytest.raises(MalformedRecordError):
        decode(TrustRecord, value)


def test_digest_that_nobody_names_has_no_field():
    bare = Artifact("a.tgz", "ab" * 32, ArtifactKind.BUILT)
    full = dataclasses.replace(bare, sha512="cd" * 64)
    for one in (bare, full):
        assert decode(Artifact, encode(one)) == one
    assert set(encode(full)) - set(encode(bare)) == {"sha512"}
    with pytest.raises(MalformedRecordError, match="sha512"):
        decode(Artifact, {**encode(bare), "sha512": ""})


ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=12)
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | ANY_TEXT
    | st.sampled_from([2**53 - 1, 2**53, -(2**53), '\x7f\u2028\\"/']),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(ANY_JSON)
def test_whichever_writer_writes_the_bytes_are_those_of_the_standard(value: object) -> None:
    try:
        expected = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        with pytest.raises(MalformedRecordError):
            canonical_bytes(value)
        return
    assert canonical_bytes(value) == expected
