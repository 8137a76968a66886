"""What is printed about a decision."""

import json

from simulators.keep import Keep
from supplytrust.gate.handover import to_json, to_text


def test_json():
    yes, no = json.loads(to_json(Keep().admit())), json.loads(to_json(Keep().admit(envelope=None)))
    assert (yes["admit"], yes["reasons"], yes["validUntil"]) == (True, [], "2026-11-21T12:00:00Z")
    assert no["admit"] is False
    assert no["validUntil"] is None
    assert [r["code"] for r in no["reasons"]] == ["envelope"]


def test_text_makes_no_promise():
    for decision in (Keep().admit(), Keep().admit(envelope=None)):
        text = to_text(decision).lower()
        assert not {"secure", "safe", "valid", "trusted"} & set(text.replace(",", " ").split())
    assert to_text(Keep().admit(envelope=None)).startswith("not admitted")
