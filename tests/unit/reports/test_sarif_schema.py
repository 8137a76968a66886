"""SARIF against the schema of OASIS, for records and audits of every outcome; `nox -s schemas` fetches it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings

import supplytrust
from simulators.effort import cases
from simulators.records import any_records, record
from supplytrust.model.vocabulary import Outcome

SCHEMA = os.environ.get("SUPPLYTRUST_SARIF_SCHEMA", "")
CARDS = sorted(Path(__file__).parents[3].glob("scorecards/*/record.json"))

pytestmark = pytest.mark.skipif(not SCHEMA, reason="SUPPLYTRUST_SARIF_SCHEMA names no schema of SARIF 2.1.0")


@pytest.fixture(scope="module")
def validator():
    return jsonschema.Draft7Validator(json.loads(Path(SCHEMA).read_text("utf-8")))


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_record_of_each_outcome(validator, outcome):
    validator.validate(json.loads(supplytrust.render(record(outcome), "sarif")))


@pytest.mark.parametrize("card", CARDS, ids=lambda p: p.parent.name)
def test_kept_scorecards(validator, card):
    validator.validate(json.loads(supplytrust.render(supplytrust.load(card), "sarif")))


@settings(max_examples=cases(60))
@given(any_records())
def test_any_record(validator, drawn):
    validator.validate(json.loads(supplytrust.render(drawn, "sarif")))


def test_the_schema_refuses_what_is_wrong(validator):
    document = json.loads(supplytrust.render(record(), "sarif"))
    del document["version"]
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(document)
