"""SLSA Verification Summary Attestation v1 (https://slsa.dev/spec/v1.0/verification_summary).

It has no expiry, context, trustor or unknown, and counts dependencies only. Its levels are the admitted areas, under
our own prefix, and a SLSA build level where attestation and policy support one: the policy requires the area build and
admits it, and a signed provenance of this file was verified (level 1), from a run on a hosted machine (level 2). Level
3, that no tenant of the builder can forge what it says, is shown by nothing that is read here and never claimed.
`vsa-v1.schema.json` beside this file is the JSON Schema of what is written.
"""

from __future__ import annotations

from supplytrust.formats.codec_scalars import instant_text
from supplytrust.formats.json_reader import Json
from supplytrust.model.record import TrustRecord
from supplytrust.model.vocabulary import Area, Outcome, Status
from supplytrust.records import exports

PREDICATE_TYPE = "https://slsa.dev/verification_summary/v1"
PAYLOAD_TYPE = exports.PAYLOAD_TYPE
PROVENANCE, HOSTED, ENDORSED = "build/provenance_verified", "build/builder_isolated", "endorsed"


def derive(record: TrustRecord) -> bytes:
    """The statement's canonical bytes."""
    levels = [*exports.passing(record), *_slsa_level(record)]
    predicate: dict[str, Json] = {
        "verifier": {"id": exports.verifier(record), "version": {"supplytrust": record.trustor.tool.version}},
        "timeVerified": instant_text(record.assessed_at),
        "resourceUri": record.trustee.purl,
        "policy": exports.policy(record),
        "inputAttestations": [exports.input_record(record)],
        "verificationResult": "PASSED" if levels else "FAILED",
        "verifiedLevels": levels or ["FAILED"],
        "slsaVersion": "1.0",
    }
    if record.dependencies is not None:
        admitted = sum(d.outcome is Outcome.ADMIT for d in record.dependencies)
        predicate["dependencyLevels"] = {"SUPPLYTRUST_ADMIT": admitted}
    return exports.statement(record, PREDICATE_TYPE, predicate)


def _slsa_level(record: TrustRecord) -> list[Json]:
    """The highest level of SLSA's build track that is supported, as VSAs name it; nothing for none."""
    build = record.areas[Area.BUILD]
    if record.outcome is not Outcome.ADMIT or not build.required or build.outcome is not Outcome.ADMIT:
        return []
    supported = {one.signal for one in build.findings if one.status is Status.SUPPORTS and one.grade != ENDORSED}
    if PROVENANCE not in supported:
        return []
    return ["SLSA_BUILD_LEVEL_2" if HOSTED in supported else "SLSA_BUILD_LEVEL_1"]
