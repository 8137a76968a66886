"""SLSA Verification Summary Attestation v1 (https://slsa.dev/spec/v1.0/verification_summary).

It has no expiry, context, trustor or unknown, and counts dependencies only. No SLSA level is claimed: the
levels are the admitted areas, under our own prefix.
"""

from __future__ import annotations

from supplytrust.formats.codec_scalars import instant_text
from supplytrust.formats.json_reader import Json
from supplytrust.model.record import TrustRecord
from supplytrust.model.vocabulary import Outcome
from supplytrust.records import exports

PREDICATE_TYPE = "https://slsa.dev/verification_summary/v1"
PAYLOAD_TYPE = exports.PAYLOAD_TYPE


def derive(record: TrustRecord) -> bytes:
    """The statement's canonical bytes."""
    levels = exports.passing(record)
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
