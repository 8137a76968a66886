"""A WebAssembly workload in an OCI layout: from the index over the manifest to the one layer, each by its digest.

What is signed in a registry is a manifest, what runs is the layer: the steps between them are walked here, every blob
is hashed and measured again, and the whole chain is answered. Nothing is fetched; `urls` are refused. The artifact's
form is that of the Wasm OCI artifact (config `application/vnd.wasm.config.v0+json`, one layer `application/wasm`);
older forms are named and refused. Signatures are found (tags of cosign 2, referrers of OCI 1.1) and not judged here.

References: OCI image-spec v1.1 (manifest.md, image-index.md, descriptor.md); CNCF Wasm OCI artifact layout.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from supplytrust.errors import MalformedRecordError
from supplytrust.formats.json_reader import MIB, Json, Limits, read_object
from supplytrust.wasm import parts, reader
from supplytrust.wasm.oci_files import MAX_TAR, OciError, ReadFile, is_archive, is_layout, open_files, read_saved_image

if TYPE_CHECKING:
    from os import PathLike

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
CONFIG, LAYER = "application/vnd.wasm.config.v0+json", "application/wasm"
OLD_FORMS = re.compile(
    r"application/vnd\.(wasm\.config\.v1\+json|wasm\.content\.layer\.v1\+wasm|module\.wasm\.\S+|fermyon\.spin\.\S+)"
)
SIGSTORE_BUNDLE = re.compile(r"application/vnd\.dev\.sigstore\.bundle(\.v0\.3)?\+json(;version=0\.[123])?")
SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
DSSE = "application/vnd.dsse.envelope.v1+json"
REF_NAME = "org.opencontainers.image.ref.name"
MAX_DEPTH, MAX_MANIFESTS, MAX_WASM = 4, 256, 100_000_000
MAX_MANIFEST = 4 * MIB
_LIMITS = Limits(size=MAX_MANIFEST, floats=True)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_SIGNATURE_TAG = re.compile(r"(sha256|sha512)-([0-9a-f]{64,128})\.(sig|att|sbom)")


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a document says of a blob, and the annotations that go with it."""

    media_type: str
    digest: str
    size: int
    annotations: dict[str, str] = field(default_factory=dict)
    architecture: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that was read: its own descriptor, its bytes' document, and what it refers to."""

    descriptor: Descriptor
    document: dict[str, Json]
    config: Descriptor | None
    layers: tuple[Descriptor, ...]
    subject: Descriptor | None
    artifact_type: str


@dataclass(frozen=True, slots=True)
class SignatureLayer:
    """A blob that signs the manifest, as it lies there: `form` is `simple-signing`, `dsse` or `bundle`."""

    form: str
    data: bytes
    annotations: dict[str, str]
    manifest: str  # digest of the manifest that carries it


@dataclass(frozen=True, slots=True)
class OciWorkload:
    """The workload's bytes, and each step to them: what it is, media type, digest, size.

    `manifest` is '' where the archive has none; `problems` are of signatures, each with its code.
    """

    wasm: bytes
    name: str
    manifest: str
    steps: tuple[tuple[str, str, str, int], ...]
    signatures: tuple[SignatureLayer, ...]
    problems: tuple[tuple[str, str], ...]  # code, detail


def read_workload(source: str | PathLike[str] | bytes, reference: str = "") -> OciWorkload:
    """The one WebAssembly workload of a layout: of the tag or manifest digest `reference`, else the only one.

    Raises OciError, whose `code` says which rule is broken; WasmError for a layer that is no WebAssembly.
    """
    read = open_files(source)
    try:
        if not _has_file(read, "oci-layout"):
            data, name, saved = read_saved_image(read)
            reader.read(data)
            return OciWorkload(data, name, "", saved, (), ())
        return _read_layout(read, reference)
    except MalformedRecordError as error:
        raise OciError("oci-layout", error.message) from None


def _has_file(read: ReadFile, name: str) -> bool:
    try:
        return bool(read(name, MAX_MANIFEST))
    except OciError as error:
        if error.code == "oci-missing":
            return False
        raise


def _read_layout(read: ReadFile, reference: str) -> OciWorkload:
    index = _read_index(read)
    manifests = list(_manifests(read, index, 1))
    target = _select(manifests, reference)
    steps = [
        ("index", INDEX, f"sha256:{hashlib.sha256(index).hexdigest()}", len(index)),
        _step("manifest", target.descriptor),
    ]
    layer, config = _layer_and_config(target)
    blob = read_blob(read, config, MAX_MANIFEST)
    data = read_blob(read, layer, MAX_WASM)
    _compare_with_config(data, blob, layer)
    signatures, problems = _signatures(read, manifests, target.descriptor)
    name = target.descriptor.annotations.get(REF_NAME, "")
    steps += [_step("config", config), _step("layer", layer)]
    return OciWorkload(data, name, target.descriptor.digest, tuple(steps), tuple(signatures), tuple(problems))


def read_blob(read: ReadFile, of: Descriptor, cap: int) -> bytes:
    """A blob by its descriptor: of exactly that size and digest. OciError: oci-size, oci-blob, oci-limit."""
    if of.size > cap:
        raise OciError("oci-limit", f"a blob of {of.size} bytes is larger than {cap}")
    algorithm, _, value = of.digest.partition(":")
    data = read(f"blobs/{algorithm}/{value}", cap)
    if len(data) != of.size:
        raise OciError("oci-size", f"a blob has {len(data)} bytes, and its descriptor says {of.size}")
    if hashlib.new(algorithm, data).hexdigest() != value:
        raise OciError("oci-blob", f"the bytes of {of.digest[:19]}… are others")
    return data


def _read_index(read: ReadFile) -> bytes:
    layout = read_object(read("oci-layout", MIB), _LIMITS)
    if layout.get("imageLayoutVersion") != "1.0.0":
        raise OciError("oci-layout", "the layout is of a version that is not known")
    return read("index.json", MAX_MANIFEST)


def _manifests(read: ReadFile, data: bytes, depth: int) -> Iterator[Manifest]:
    """All manifests below an index, each read by its descriptor."""
    if depth > MAX_DEPTH:
        raise OciError("oci-nesting", f"indexes lie deeper than {MAX_DEPTH} in each other")
    document = read_object(data, _LIMITS)
    listed = document.get("manifests")
    if document.get("schemaVersion") != 2 or not isinstance(listed, list) or len(listed) > MAX_MANIFESTS:
        raise OciError("oci-layout", "an index is not one, or has too many entries")
    if document.get("mediaType", INDEX) not in (INDEX, DOCKER_INDEX):
        raise OciError("oci-media-type", "an index calls itself something else")
    for entry in listed:
        of = descriptor(entry)
        if of.media_type in (INDEX, DOCKER_INDEX):
            yield from _manifests(read, read_blob(read, of, MAX_MANIFEST), depth + 1)
        elif of.media_type in (MANIFEST, DOCKER_MANIFEST):
            yield _manifest(read_blob(read, of, MAX_MANIFEST), of)
        else:
            raise OciError("oci-media-type", f"an index lists a {_show(of.media_type)}")


def _manifest(data: bytes, of: Descriptor) -> Manifest:
    document = read_object(data, _LIMITS)
    if document.get("schemaVersion") != 2 or document.get("mediaType", of.media_type) != of.media_type:
        raise OciError("oci-media-type", "a manifest calls itself something else than its descriptor does")
    layers, config, subject = document.get("layers"), document.get("config"), document.get("subject")
    kind = document.get("artifactType")
    return Manifest(
        of,
        document,
        descriptor(config) if config is not None else None,
        tuple(descriptor(one) for one in layers) if isinstance(layers, list) else (),
        descriptor(subject) if subject is not None else None,
        kind if isinstance(kind, str) else "",
    )


def descriptor(value: Json) -> Descriptor:
    """A descriptor of another blob of this layout. OciError: oci-digest, oci-size, oci-urls, oci-annotation."""
    if not isinstance(value, dict) or not isinstance(media_type := value.get("mediaType"), str):
        raise OciError("oci-media-type", "a descriptor has no media type")
    digest, size, notes = value.get("digest"), value.get("size"), value.get("annotations") or {}
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise OciError("oci-digest", "a digest is neither sha256 nor sha512 in lower-case hex")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise OciError("oci-size", "a size is no number of bytes")
    if value.get("urls"):
        raise OciError("oci-urls", "a blob is to be had elsewhere")
    if not isinstance(notes, dict) or not all(isinstance(one, str) for one in notes.values()):
        raise OciError("oci-annotation", "annotations are not texts")
    platform = value.get("platform")
    architecture = platform.get("architecture") if isinstance(platform, dict) else ""
    texts = {name: text for name, text in notes.items() if isinstance(text, str)}
    return Descriptor(media_type, digest, size, texts, architecture if isinstance(architecture, str) else "")


def _select(manifests: list[Manifest], reference: str) -> Manifest:
    """The manifest that is meant: what signs or refers to another is none of the candidates."""
    images = [m for m in manifests if m.subject is None and not _SIGNATURE_TAG.fullmatch(_tag(m)) and not _signs(m)]
    named = [m for m in images if reference in (_tag(m), m.descriptor.digest)] if reference else images
    wasm = [m for m in named if m.descriptor.architecture == "wasm" or any(one.media_type == LAYER for one in m.layers)]
    found = {m.descriptor.digest: m for m in (wasm or named)}
    if len(found) != 1:
        detail = "no manifest" if not found else f"{len(found)} manifests"
        raise OciError("oci-ambiguous", f"{detail} of this layout could be meant; name a tag or a digest")
    return next(iter(found.values()))


def _tag(manifest: Manifest) -> str:
    """A tag without the repository before it: tools write `name:tag` or `tag`."""
    return manifest.descriptor.annotations.get(REF_NAME, "").rpartition("/")[2].rpartition(":")[2]


def _signs(manifest: Manifest) -> bool:
    return bool(manifest.layers) and all(one.media_type in (SIMPLE_SIGNING, DSSE) for one in manifest.layers)


def _layer_and_config(target: Manifest) -> tuple[Descriptor, Descriptor]:
    named = [one for one in (target.config, *target.layers) if one is not None]
    old = next((one.media_type for one in named if OLD_FORMS.fullmatch(one.media_type)), "")
    if old:
        raise OciError("oci-old-form", f"{_show(old)} is an older form of WebAssembly in OCI, which is not read")
    if target.config is None or target.config.media_type != CONFIG:
        kind = target.config.media_type if target.config else "nothing"
        raise OciError("oci-media-type", f"the configuration is {_show(kind)}, not {CONFIG}")
    if len(target.layers) != 1 or target.layers[0].media_type != LAYER:
        raise OciError("oci-media-type", f"{len(target.layers)} layers, of which not the only one is {LAYER}")
    return target.layers[0], target.config


def _compare_with_config(data: bytes, blob: bytes, layer: Descriptor) -> None:
    """The publisher's configuration says what the bytes say: layer, imports and exports."""
    try:
        stated = read_object(blob, _LIMITS)
    except MalformedRecordError as error:
        raise OciError("oci-config", error.message) from None
    digests, component = stated.get("layerDigests"), stated.get("component")
    if stated.get("architecture") != "wasm" or digests != [layer.digest]:
        raise OciError("oci-config", "the configuration is of another architecture or layer")
    root = reader.read(data).root
    if not isinstance(component, dict):
        if root.kind is parts.Kind.COMPONENT and component is not None:
            raise OciError("oci-config", "the configuration's component is no object")
        return
    for name, own in (("imports", parts.import_names(root)), ("exports", parts.export_names(root))):
        listed = component.get(name)
        texts = sorted({one for one in listed if isinstance(one, str)}) if isinstance(listed, list) else None
        if texts is not None and tuple(texts) != own:
            raise OciError("oci-interface", f"the configuration names other {name} than the bytes have")


def _signatures(
    read: ReadFile, manifests: list[Manifest], target: Descriptor
) -> tuple[list[SignatureLayer], list[tuple[str, str]]]:
    """Everything that says it signs the target. One that cannot be read costs only itself, with its code."""
    found: list[SignatureLayer] = []
    problems: list[tuple[str, str]] = []
    for manifest in manifests:
        try:
            if _is_about(manifest, target):
                found += [_signature(read, one, manifest) for one in manifest.layers]
        except OciError as error:
            problems.append((error.code, error.message))
    return found, problems


def _is_about(manifest: Manifest, target: Descriptor) -> bool:
    """By its subject (OCI 1.1), or by its tag (cosign 2). OciError (oci-subject) when the subject is not as it is."""
    if manifest.subject is not None:
        if manifest.subject.digest != target.digest:
            return False
        if (manifest.subject.size, manifest.subject.media_type) != (target.size, target.media_type):
            raise OciError(
                "oci-subject", "a referrer's subject has the digest of the manifest, and another size or type"
            )
        return True
    tag = _SIGNATURE_TAG.fullmatch(_tag(manifest))
    if tag is None or tag[3] == "sbom":
        return False
    return f"{tag[1]}:{tag[2]}" == target.digest


def _signature(read: ReadFile, layer: Descriptor, manifest: Manifest) -> SignatureLayer:
    form = {SIMPLE_SIGNING: "simple-signing", DSSE: "dsse"}.get(layer.media_type, "")
    form = form or ("bundle" if SIGSTORE_BUNDLE.fullmatch(layer.media_type) else "")
    if not form:
        raise OciError("oci-media-type", f"a signature is a {_show(layer.media_type)}")
    notes = {**manifest.descriptor.annotations, **layer.annotations}
    document = manifest.document.get("annotations")
    if isinstance(document, dict):
        notes = {**{k: v for k, v in document.items() if isinstance(v, str)}, **notes}
    return SignatureLayer(form, read_blob(read, layer, MAX_MANIFEST), notes, manifest.descriptor.digest)


def _step(what: str, of: Descriptor) -> tuple[str, str, str, int]:
    return (what, of.media_type, of.digest, of.size)


def _show(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:100])


# --- Layouts by the path that a person names: a folder or an archive, with `#tag`, `#digest` or `@digest` behind it.


def find_layout(text: str) -> str:
    """The text itself when it names a layout by path; '' when it names something else."""
    try:
        path, _ = split_reference(text)
        if is_layout(path):
            return text
        with open(path, "rb") as file:  # noqa: PTH123 - the gate reads through this, and loads no module for paths
            return text if is_archive(file.read(1024)) else ""
    except (OSError, ValueError):
        return ""


def read_named(text: str) -> OciWorkload:
    """The workload of the layout. OciError, WasmError; OSError when the path cannot be read."""
    path, reference = split_reference(text)
    if is_layout(path):
        return read_workload(path, reference)
    with open(path, "rb") as file:  # noqa: PTH123
        data = file.read(MAX_TAR + 1)
    if len(data) > MAX_TAR:
        raise OciError("oci-limit", f"the archive is larger than {MAX_TAR} bytes")
    return read_workload(data, reference)


def split_reference(text: str) -> tuple[str, str]:
    """A path, and the tag or manifest digest that is named behind it; '' for none. What exists is named as a whole."""
    if os.path.lexists(text):
        return text, ""
    whole = os.path.expanduser(text)  # noqa: PTH111 - `Path.expanduser` raises for people who are not known
    if os.path.lexists(whole):
        return whole, ""
    for sign in ("@", "#"):
        before, found, after = text.rpartition(sign)
        if found and after and (sign == "#" or _DIGEST.fullmatch(after)):
            return os.path.expanduser(before), after  # noqa: PTH111
    return whole, ""
