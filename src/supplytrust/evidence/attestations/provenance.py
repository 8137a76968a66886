"""Provenance documents of package indexes (PEP 740), as bundles.

The publisher that such a document names is not signed by anyone and is not read.
"""

from __future__ import annotations

import json

from supplytrust.errors import MalformedRecordError
from supplytrust.evidence.attestations.statement import PAYLOAD_TYPE
from supplytrust.formats.json_reader import MIB, Json, Limits, read_object

LIMITS = Limits(size=4 * MIB, floats=True)
MOST = 16  # attestations of one file; more are refused, not sampled
_MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"


def bundles(data: bytes) -> tuple[bytes, ...]:
    """The attestations of a provenance document, or the one of a bundle or attestation, each as bundle JSON.

    Raises MalformedRecordError; also when there is none, or one of them is of a version that is not known.
    """
    document = read_object(data, LIMITS)
    if "mediaType" in document:
        return (data,)
    if "envelope" in document:
        return (_bundle(document),)
    if document.get("version") is True or document.get("version") != 1:
        raise _wrong("is of a version that is not known")
    found = [one for group in _list(document, "attestation_bundles") for one in _list(group, "attestations")]
    if not 1 <= len(found) <= MOST:
        raise _wrong(f"holds {len(found)} attestations, not 1 to {MOST}")
    return tuple(_bundle(one) for one in found)


def _bundle(attestation: Json) -> bytes:
    if not isinstance(attestation, dict) or attestation.get("version") is True or attestation.get("version") != 1:
        raise _wrong("holds an attestation of a version that is not known")
    material, envelope = attestation.get("verification_material"), attestation.get("envelope")
    if not isinstance(material, dict) or not isinstance(envelope, dict):
        raise _wrong("holds an attestation without envelope or verification material")
    made = {
        "mediaType": _MEDIA_TYPE,
        "verificationMaterial": {
            "certificate": {"rawBytes": material.get("certificate")},
            "tlogEntries": material.get("transparency_entries"),
        },
        "dsseEnvelope": {
            "payload": envelope.get("statement"),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": envelope.get("signature")}],
        },
    }
    return json.dumps(made).encode()


def _list(value: Json, name: str) -> list[Json]:
    listed = value.get(name) if isinstance(value, dict) else None
    if not isinstance(listed, list):
        raise _wrong(f"has no list {name}")
    return listed


def _wrong(text: str) -> MalformedRecordError:
    return MalformedRecordError(f"the provenance document {text}", reason="provenance")
