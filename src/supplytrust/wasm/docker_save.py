"""What `docker save` writes without an OCI layout: one image whose one layer is a tar with one WebAssembly file.

There is no manifest with digests: the configuration names the layer by the digest of its bytes (`rootfs.diff_ids`), and
is itself named by its digest where the archive says so. Nothing in a registry signs these: there the chain ends.
Reference: Docker image specification v1.2, "Combined Image JSON + Filesystem Changeset Format".
"""

from __future__ import annotations

import hashlib
import re

from supplytrust.formats.json_reader import MIB, Json, Limits, read_json, read_object
from supplytrust.wasm.oci_files import OciError, ReadFile, list_members

_LIMITS = Limits(size=4 * MIB, floats=True)
_NAMED_BY_DIGEST = re.compile(r"(?:blobs/sha256/)?([0-9a-f]{64})(?:\.json)?")
MAX_LAYER = 200_000_000
Step = tuple[str, str, str, int]


def read_saved_image(read: ReadFile) -> tuple[bytes, str, tuple[Step, ...]]:
    """The workload's bytes, the image's first tag and the steps to the bytes. OciError."""
    listed = read_json(read("manifest.json", 4 * MIB), _LIMITS)
    entry = listed[0] if isinstance(listed, list) and len(listed) == 1 else None
    if not isinstance(entry, dict):
        raise OciError("oci-ambiguous", "the archive does not hold exactly one image")
    config_name, layers, tags = entry.get("Config"), entry.get("Layers"), entry.get("RepoTags")
    if not isinstance(config_name, str) or not isinstance(layers, list) or len(layers) != 1:
        raise OciError("oci-old-form", "an image of several layers is a file system, not one WebAssembly workload")
    config = read(config_name, 4 * MIB)
    digest = hashlib.sha256(config).hexdigest()
    named = _NAMED_BY_DIGEST.fullmatch(config_name)
    if named and named[1] != digest:
        raise OciError("oci-blob", "the configuration's bytes are others than its name says")
    layer = read(str(layers[0]), MAX_LAYER)
    layer_digest = f"sha256:{hashlib.sha256(layer).hexdigest()}"
    if _layer_digests(read_object(config, _LIMITS)) != [layer_digest]:
        raise OciError("oci-blob", "the layer's bytes are others than the configuration says")
    data = _one_file(layer)
    steps = (
        ("config", "docker configuration", f"sha256:{digest}", len(config)),
        ("layer", "docker layer", layer_digest, len(layer)),
        ("file", "application/wasm", f"sha256:{hashlib.sha256(data).hexdigest()}", len(data)),
    )
    return data, str(tags[0])[:200] if isinstance(tags, list) and tags else "", steps


def _layer_digests(config: dict[str, Json]) -> Json:
    if config.get("architecture") != "wasm":
        raise OciError("oci-config", "the image is of another architecture than wasm")
    root = config.get("rootfs")
    return root.get("diff_ids") if isinstance(root, dict) else None


def _one_file(layer: bytes) -> bytes:
    members = list(list_members(layer).values())
    if len(members) != 1:
        raise OciError("oci-old-form", f"the layer holds {len(members)} files, not one WebAssembly workload")
    begin, size = members[0]
    return layer[begin : begin + size]
