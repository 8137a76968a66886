"""in-toto Simple Verification Result v0.2 (https://github.com/in-toto/attestation, spec/predicates/svr.md).

It can say what passed, and only that; it has no expiry. A record that does not admit has no properties.
"""

from __future__ import annotations

from supplytrust.formats.codec_scalars import instant_text
from supplytrust.model.record import TrustRecord
from supplytrust.records.exports import _words

PREDICATE_TYPE = "https://in-toto.io/attestation/svr/v0.2"
PAYLOAD_TYPE = _words.PAYLOAD_TYPE


def derive(record: TrustRecord) -> bytes:
    """The statement's canonical bytes; the record is listed beside the policy, as what was applied to it."""
    return _words.statement(
        record,
        PREDICATE_TYPE,
        {
            "verifier": {
                "id": _words.verifier(record),
                "policies": [_words.policy(record), _words.input_record(record)],
            },
            "timeCreated": instant_text(record.assessed_at),
            "properties": _words.passing(record),
        },
    )
