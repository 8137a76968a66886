"""Exports: derived from the record alone, naming it, and never more than it admits."""

import json
import os
from dataclasses import replace
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import referencing

from simulators.records import DAY, record
from supplytrust.errors import MalformedRecordError, UsageError
from supplytrust.model.record import AreaVerdicts, CountedWeight, WeighedFinding
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import Area, Outcome, Status
from supplytrust.records import exports
from supplytrust.records.statement import record_digest

NAMELESS = Subject("pkg:pypi/demo@1", "pypi", "demo", "1")


def derived(name, *args, **changes):
    return json.loads(exports.export_named(name).derive(record(*args, **changes)))


def test_the_formats_there_are():
    assert exports.names() == ("cyclonedx", "svr", "vsa")
    with pytest.raises(UsageError):
        exports.export_named("_words")
    with pytest.raises(UsageError):
        exports.export_named("spdx")


@pytest.mark.parametrize("name", exports.names())
@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_format_is_a_function_of_the_record_and_names_it(name, outcome):
    data = exports.export_named(name).derive(record(outcome))
    assert data == exports.export_named(name).derive(record(outcome))
    assert record_digest(record(outcome)).removeprefix("sha256:").encode() in data
    assert data != exports.export_named(name).derive(record(outcome, trustor="example.net"))


def test_vsa():
    document = derived("vsa")
    predicate = document["predicate"]
    assert document["predicateType"] == "https://slsa.dev/verification_summary/v1"
    assert document["subject"][0]["digest"] == {"sha256": "a1" * 32}
    assert predicate["verificationResult"] == "PASSED"
    assert predicate["verifiedLevels"][0] == "SUPPLYTRUST_ADMIT"
    assert predicate["resourceUri"] == "pkg:pypi/demo@1.2.3"
    assert predicate["policy"]["digest"] == {"sha256": "c3" * 32}
    assert predicate["inputAttestations"][0]["digest"]["sha256"] == record_digest(record())[7:]
    assert predicate["dependencyLevels"] == {"SUPPLYTRUST_ADMIT": 1}
    assert "dependencyLevels" not in derived("vsa", dependencies=None)["predicate"]
    assert not any("SLSA" in level for level in predicate["verifiedLevels"])


@pytest.mark.parametrize("outcome", [Outcome.REFER, Outcome.REFUSE])
def test_what_is_not_admitted_passes_nothing(outcome):
    areas = record().areas  # every area by itself admits
    vsa = derived("vsa", outcome, areas=areas)["predicate"]
    assert vsa["verificationResult"] == "FAILED"
    assert vsa["verifiedLevels"] == ["FAILED"]
    assert derived("svr", outcome, areas=areas)["predicate"]["properties"] == []


def test_svr():
    document = derived("svr")
    assert document["predicateType"] == "https://in-toto.io/attestation/svr/v0.2"
    assert document["predicate"]["timeCreated"] == "2026-11-20T12:00:00Z"
    assert document["predicate"]["properties"] == [
        "SUPPLYTRUST_ADMIT",
        "SUPPLYTRUST_BUILD",
        "SUPPLYTRUST_EXPERTISE",
        "SUPPLYTRUST_INTEGRITY",
        "SUPPLYTRUST_PROVENANCE",
        "SUPPLYTRUST_RESPONSIVENESS",
    ]


def test_cyclonedx():
    document = derived("cyclonedx", Outcome.REFER)
    assert document["metadata"]["component"]["purl"] == "pkg:pypi/demo@1.2.3"
    assert document["dependencies"] == [{"ref": "pkg:pypi/demo@1.2.3", "dependsOn": ["pkg:pypi/dep@2"]}]
    assert document["components"][0]["name"] == "dep"
    assert document["components"][0]["hashes"] == [{"alg": "SHA-256", "content": "d4" * 32}]
    told = {p["name"]: p["value"] for p in document["properties"]}
    assert told["supplytrust:outcome"] == "REFER"
    assert told["supplytrust:unknown:build/rebuilds_identically"] == "not-looked: no source was asked"
    unseen = derived("cyclonedx", dependencies=None)
    assert "dependencies" not in unseen
    assert {"name": "supplytrust:dependencies", "value": "not looked at"} in unseen["properties"]


def test_a_record_about_no_artifact():
    for name in ("vsa", "svr"):
        with pytest.raises(MalformedRecordError):
            exports.export_named(name).derive(record(subject=NAMELESS))
    assert derived("cyclonedx", subject=NAMELESS)["metadata"]["component"]["hashes"] == []
    assert DAY.year == 2026


SCHEMAS = os.environ.get("SUPPLYTRUST_CYCLONEDX_SCHEMAS", "")


@pytest.mark.skipif(not SCHEMAS, reason="SUPPLYTRUST_CYCLONEDX_SCHEMAS names no folder with bom-1.6.schema.json")
@pytest.mark.parametrize("changes", [{}, {"dependencies": None}, {"subject": NAMELESS}])
def test_cyclonedx_against_its_schema(changes):
    files = {name: json.loads((Path(SCHEMAS) / name).read_text()) for name in
             ("bom-1.6.schema.json", "spdx.schema.json", "jsf-0.82.schema.json")}  # fmt: skip
    registry = referencing.Registry().with_contents((schema["$id"], schema) for schema in files.values())
    schema = files["bom-1.6.schema.json"]
    jsonschema.Draft7Validator(schema, registry=registry).validate(derived("cyclonedx", **changes))


# --- the SLSA level, and the schema of what is written ------------------------------------------------------------------


def with_build(*signals: str, outcome: Outcome = Outcome.ADMIT, **changes: object):
    weight = CountedWeight(1, 0, "expert")
    found = tuple(WeighedFinding(signal=one, status=Status.SUPPORTS, because="x", weight=weight) for one in signals)
    areas = record().areas
    build = replace(areas[Area.BUILD], findings=found, outcome=outcome, **changes)
    return AreaVerdicts({**areas, Area.BUILD: build})


PROVENANCE, HOSTED = "build/provenance_verified", "build/builder_isolated"


@pytest.mark.parametrize(("areas", "level"), [
    (with_build(), []), (with_build(HOSTED), []), (with_build(PROVENANCE), ["SLSA_BUILD_LEVEL_1"]),
    (with_build(PROVENANCE, HOSTED), ["SLSA_BUILD_LEVEL_2"]),
    (with_build(PROVENANCE, HOSTED, required=False), []),
    (with_build(PROVENANCE, HOSTED, outcome=Outcome.REFER), []),
])  # fmt: skip
def test_a_slsa_level_needs_the_attestation_and_a_policy_that_asks_for_it(areas, level):
    named = derived("vsa", areas=areas)["predicate"]["verifiedLevels"]
    assert [one for one in named if one.startswith("SLSA")] == level
    assert derived("vsa", Outcome.REFER, areas=areas)["predicate"]["verifiedLevels"] == ["FAILED"]


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("changes", [{}, {"dependencies": None}, {"areas": with_build(PROVENANCE, HOSTED)}])
def test_every_summary_fits_its_schema_and_what_is_bent_does_not(outcome, changes):
    schema = json.loads(resources.files("supplytrust.records.exports").joinpath("vsa-v1.schema.json").read_text())
    fits = jsonschema.Draft202012Validator(schema)
    document = derived("vsa", outcome, **changes)
    fits.validate(document)
    passed = {**document["predicate"], "verificationResult": "PASSED", "verifiedLevels": ["FAILED"]}
    for bent in ({"predicate": passed}, {"more": 1}, {"subject": []}):
        assert not fits.is_valid({**document, **bent})
