"""CycloneDX 1.6 JSON (ECMA-424): the judged package, its dependencies, and the outcomes as properties.

Made by hand: the document is small, must be the same bytes each time, and needs none of the library's
models. What is unknown is a property that says so; nothing is a number.
"""

from __future__ import annotations

import uuid

from supplytrust.formats.canonical_json import canonical_bytes
from supplytrust.formats.codec_scalars import instant_text
from supplytrust.formats.json_reader import Json
from supplytrust.model.record import DependencyVerdict, TrustRecord
from supplytrust.records.statement import record_digest, subjects

PAYLOAD_TYPE = "application/vnd.cyclonedx+json"
Object = dict[str, Json]
_HASHES = {"sha256": "SHA-256", "sha384": "SHA-384"}


def derive(record: TrustRecord) -> bytes:
    """The document's canonical bytes. Its serial number follows from the record's digest."""
    digest, tool = record_digest(record), record.trustor.tool
    children = {d.purl: d for d in record.dependencies or ()}
    document: Object = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}",
        "version": 1,
        "metadata": {
            "timestamp": instant_text(record.assessed_at),
            "tools": {"components": [{"type": "application", "name": tool.name, "version": tool.version}]},
            "component": _root(record),
        },
        "components": [_component(children[purl]) for purl in sorted(children)],
        "properties": _properties(record, digest),
    }
    if record.dependencies is not None:
        below: list[Json] = [*sorted(children)]
        document["dependencies"] = [{"ref": record.trustee.purl, "dependsOn": below}]
    return canonical_bytes(document)


def _root(record: TrustRecord) -> Object:
    trustee = record.trustee
    hashes: list[Json] = []
    for described in subjects(trustee):
        if isinstance(described, dict) and isinstance(described["digest"], dict):
            hashes = [_hash(name, value) for name, value in sorted(described["digest"].items())]
    return {
        "type": "library",
        "bom-ref": trustee.purl,
        "name": trustee.name,
        "version": trustee.version,
        "purl": trustee.purl,
        "hashes": hashes,
    }


def _component(dependency: DependencyVerdict) -> Object:
    path, _, version = dependency.purl.partition("?")[0].rpartition("@")
    made: Object = {
        "type": "library",
        "bom-ref": dependency.purl,
        "name": (path or version).rpartition("/")[2],
        "purl": dependency.purl,
        "properties": [_property("outcome", dependency.outcome.name), _property("kind", dependency.kind.value)],
    }
    if path:
        made["version"] = version
    algorithm, _, value = dependency.digest.partition(":")
    if algorithm in _HASHES:
        made["hashes"] = [_hash(algorithm, value)]
    return made


def _properties(record: TrustRecord, digest: str) -> list[Json]:
    unknown = "not looked at" if record.dependencies is None else "looked at"
    return [
        _property("record", digest),
        _property("outcome", record.outcome.name),
        _property("trustor", record.trustor.id),
        _property("policy", f"{record.policy.id} {record.policy.digest}"),
        _property("expires", instant_text(record.expires)),
        _property("dependencies", unknown),
        *(_property(f"area:{area.value}", record.areas[area].outcome.name) for area in sorted(record.areas)),
        *(_property(f"unknown:{q.signal}", q.reason) for q in record.not_observed),
    ]


def _property(name: str, value: str) -> Object:
    return {"name": f"supplytrust:{name}", "value": value}


def _hash(algorithm: str, value: Json) -> Object:
    return {"alg": _HASHES[algorithm], "content": value}
