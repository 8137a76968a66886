"""in-toto Simple Verification Result v0.2 (https://github.com/in-toto/attestation, spec/predicates/svr.md).

It can say what passed, and only that; it has no expiry. A record that does not admit has no properties.
"""

from __future__ import annotations

from supplytrust.formats.codec_scalars import instant_text
from supplytrust.model.record import TrustRecord
from supplytrust.records import exports

PREDICATE_TYPE = "https://in-toto.io/attestation/svr/v0.2"
PAYLOAD_TYPE = exports.PAYLOAD_TYPE


def derive(record: TrustRecord) -> bytes:
    """The statement's canonical bytes; the record is listed beside the policy, as what was applied to it."""
    return exports.statement(
        record,
        PREDICATE_TYPE,
        {
            "verifier": {
                "id": exports.verifier(record),
                "policies": [exports.policy(record), exports.input_record(record)],
            },
            "timeCreated": instant_text(record.assessed_at),
            "properties": exports.passing(record),
        },
    )
