"""Workloads in OCI layouts: the chain is walked, and each change along it is refused with a code of its own."""

import hashlib
import json
import os
import tarfile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as some

import supplytrust as st
from simulators import wasm
from simulators.oci import INDEX, Layout, docker_save, dump, pack, sha256
from simulators.sigstore_world import EPOCH, SigstoreWorld
from supplytrust.evidence.attestations.judge import ManifestSignature, judge_signature
from supplytrust.evidence.attestations.root import Root
from supplytrust.wasm.oci import find_layout, read_named, read_workload
from supplytrust.wasm.oci_files import OciError
from supplytrust.wasm.parts import WasmError

MODULE = wasm.module([(wasm.WASI, "fd_write")])
COMPONENT = wasm.component(["wasi:cli/environment@0.2.0", "wasi:io/streams@0.2.0"])
IMPORTS = ["wasi:io/streams@0.2.0", "wasi:cli/environment@0.2.0"]
WORLD = SigstoreWorld()
ROOT = Root(WORLD.trusted_root(), EPOCH)
PEM = Ed25519PrivateKey.from_private_bytes(b"k" * 32).public_key()
PEM = PEM.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
GATE = f"""schema = 1
id = "desk"
[[trustor]]
id = "desk"
scope = ["*"]
key = '''{PEM}'''
[areas]
build = "0.1"
[capabilities]
allow = []
[status]
required = false
[platform]
required = false
""".encode()


def made(data=MODULE, **more):
    layout = Layout()
    layout.add_workload(data, **more)
    return layout


def code_of(call):
    with pytest.raises(OciError) as raised:
        call()
    return raised.value.code


def test_folder_and_archive_lead_to_the_same_workload(tmp_path):
    layout = made(COMPONENT, imports=IMPORTS)
    by_folder, by_tar = read_workload(layout.write(tmp_path)), read_workload(layout.tar())
    assert by_folder == by_tar
    assert by_folder.wasm == COMPONENT
    assert [what for what, *_ in by_folder.steps] == ["index", "manifest", "config", "layer"]
    assert by_folder.steps[-1][2:] == (sha256(COMPONENT), len(COMPONENT))
    assert by_folder.manifest == by_folder.steps[1][2] == layout.manifests[0]["digest"]


def test_sha512_and_nested_indexes_are_read():
    layout = made()
    of = layout.manifests.pop()
    data = layout.blobs.pop(of["digest"])
    of["digest"] = f"sha512:{hashlib.sha512(data).hexdigest()}"
    layout.blobs[of["digest"]] = data
    for _ in range(3):
        of = layout.blob(dump({"schemaVersion": 2, "mediaType": INDEX, "manifests": [of]}), INDEX)
    layout.manifests = [of]
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        assert read_workload(pack(layout.files(), form=form)).wasm == MODULE


@pytest.mark.parametrize("key", ["size", "linkpath", "GNU.sparse.size", "SCHILY.xattr.user.x"])
def test_extended_headers_that_move_something_are_refused(key):
    def change(member):
        member.pax_headers = {key: "7"}

    assert code_of(lambda: read_workload(pack(made().files(), change, tarfile.PAX_FORMAT))) == "oci-link"


def changed(change, data=MODULE, **more):
    """The layout's archive after a change of the layout."""
    layout = made(data, **more)
    change(layout)
    return layout.tar()


def rewritten(layout, change):
    """The manifest after a change of its document, described anew."""
    of = layout.manifests.pop()
    document = json.loads(layout.blobs.pop(of["digest"]))
    change(document)
    layout.manifests.append(layout.blob(dump(document), of["mediaType"]))


def nested(layout, depth):
    of = layout.manifests.pop()
    for _ in range(depth):
        of = layout.blob(dump({"schemaVersion": 2, "mediaType": INDEX, "manifests": [of]}), INDEX)
    layout.manifests.append(of)


def swap_blob(layout):
    layout.blobs[sha256(MODULE)] = MODULE[:-1] + b"\x0c"


TAMPERED = {
    "blob": (swap_blob, "oci-blob"),
    "blob is not there": (lambda v: v.blobs.pop(sha256(MODULE)), "oci-missing"),
    "size": (lambda v: rewritten(v, lambda d: d["layers"][0].update(size=7)), "oci-size"),
    "size is no number": (lambda v: rewritten(v, lambda d: d["layers"][0].update(size=True)), "oci-size"),
    "size beyond every limit": (lambda v: rewritten(v, lambda d: d["layers"][0].update(size=10**12)), "oci-limit"),
    "digest of another blob": (
        lambda v: rewritten(v, lambda d: d["layers"][0].update(digest=d["config"]["digest"])),
        "oci-size",
    ),
    "digest algorithm": (
        lambda v: rewritten(v, lambda d: d["layers"][0].update(digest="md5:" + "0" * 32)),
        "oci-digest",
    ),
    "digest in upper case": (lambda v: v.manifests[0].update(digest=v.manifests[0]["digest"].upper()), "oci-digest"),
    "digest that is a path": (lambda v: v.manifests[0].update(digest="sha256:../../etc/passwd"), "oci-digest"),
    "media type of the layer": (
        lambda v: rewritten(v, lambda d: d["layers"][0].update(mediaType="application/octet-stream")),
        "oci-media-type",
    ),
    "media type of the manifest": (lambda v: v.manifests[0].update(mediaType="text/html"), "oci-media-type"),
    "manifest calls itself an index": (lambda v: rewritten(v, lambda d: d.update(mediaType=INDEX)), "oci-media-type"),
    "second layer": (lambda v: rewritten(v, lambda d: d["layers"].append(d["layers"][0])), "oci-media-type"),
    "older layer": (
        lambda v: rewritten(v, lambda d: d["layers"][0].update(mediaType="application/vnd.wasm.content.layer.v1+wasm")),
        "oci-old-form",
    ),
    "older configuration": (
        lambda v: rewritten(v, lambda d: d["config"].update(mediaType="application/vnd.wasm.config.v1+json")),
        "oci-old-form",
    ),
    "blob from elsewhere": (
        lambda v: rewritten(v, lambda d: d["layers"][0].update(urls=["https://example.org/x"])),
        "oci-urls",
    ),
    "annotation": (lambda v: v.manifests[0].update(annotations={"a": 1}), "oci-annotation"),
    "index nesting": (lambda v: nested(v, 4), "oci-nesting"),
    "no manifest": (lambda v: v.manifests.clear(), "oci-ambiguous"),
    "two workloads": (lambda v: v.add_workload(wasm.module([]), tag="v2"), "oci-ambiguous"),
    "another layer in the configuration": (
        lambda v: rewritten(
            v, lambda d: d.update(config=v.blob(b'{"architecture":"wasm","layerDigests":[]}', d["config"]["mediaType"]))
        ),
        "oci-config",
    ),
    "configuration is no JSON": (
        lambda v: rewritten(v, lambda d: d.update(config=v.blob(b"{", d["config"]["mediaType"]))),
        "oci-config",
    ),
}


@pytest.mark.parametrize(("change", "code"), TAMPERED.values(), ids=TAMPERED)
def test_each_change_has_its_code(change, code):
    assert code_of(lambda: read_workload(changed(change))) == code


def test_imports_that_the_configuration_hides_are_refused():
    assert code_of(lambda: read_workload(made(COMPONENT, imports=IMPORTS[:1]).tar())) == "oci-interface"
    assert code_of(lambda: read_workload(made(COMPONENT, imports=[*IMPORTS, "x:y/z"]).tar())) == "oci-interface"
    assert code_of(lambda: read_workload(made(COMPONENT, imports=IMPORTS, exports=["x"]).tar())) == "oci-interface"


def test_a_layer_that_is_no_wasm_is_named_so():
    with pytest.raises(WasmError):
        read_workload(made(b"#!/bin/sh\n").tar())


def test_one_of_several_is_named_by_tag_or_digest(tmp_path):
    layout = made()
    second = layout.add_workload(COMPONENT, imports=IMPORTS, tag="example.org/app:v2")
    place = layout.write(tmp_path / "two")
    assert read_named(f"{place}#v2").wasm == read_named(f"{place}#{second['digest']}").wasm == COMPONENT
    assert read_named(f"{place}#v1").wasm == MODULE
    assert read_named(f"{place}@{second['digest']}").wasm == COMPONENT
    assert find_layout(f"{place}@{second['digest']}") and not find_layout(f"{place}@v2")  # noqa: PT018
    assert code_of(lambda: read_named(f"{place}#v3")) == "oci-ambiguous"
    assert find_layout(str(tmp_path)) == find_layout(str(tmp_path / "none.tar")) == ""


LINKS = {
    "symbolic link": tarfile.SYMTYPE,
    "hard link": tarfile.LNKTYPE,
    "device": tarfile.CHRTYPE,
    "pipe": tarfile.FIFOTYPE,
}


@pytest.mark.parametrize("kind", LINKS.values(), ids=LINKS)
def test_archives_hold_regular_files_only(kind):
    def change(member):
        if member.name == "index.json":
            member.type, member.linkname, member.size = kind, "/etc/passwd", 0

    assert code_of(lambda: read_workload(made().tar(change))) == "oci-link"


@pytest.mark.parametrize("name", ["../index.json", "/index.json", "blobs/../../x", "a\\b"])
def test_archives_hold_no_name_outside(name):
    assert code_of(lambda: read_workload(pack({**made().files(), name: b"x"}))) == "oci-layout"


def test_folders_are_read_without_links(tmp_path):
    place = made().write(tmp_path / "layout")
    for linked in ("index.json", f"blobs/sha256/{hashlib.sha256(MODULE).hexdigest()}"):
        path = place / linked
        path.rename(tmp_path / "aside")
        path.symlink_to(tmp_path / "aside")
        assert code_of(lambda: read_workload(place)) == "oci-link"
        path.unlink()
        (tmp_path / "aside").rename(path)
    (place / "blobs" / "sha256").rename(tmp_path / "blobs")
    (place / "blobs" / "sha256").symlink_to(tmp_path / "blobs")
    assert code_of(lambda: read_workload(place)) == "oci-link"


def test_docker_archives_are_walked_too():
    files = docker_save(MODULE)
    found = read_workload(pack(files))
    assert (found.wasm, found.manifest, found.name) == (MODULE, "", "example/app:1")
    assert code_of(lambda: read_workload(pack(docker_save(MODULE, architecture="amd64")))) == "oci-config"
    other = {**files, "abc/layer.tar": pack({"app.wasm": COMPONENT})}
    assert code_of(lambda: read_workload(pack(other))) == "oci-blob"
    config = next(name for name in files if name.endswith(".json") and name != "manifest.json")
    assert code_of(lambda: read_workload(pack({**files, config: files[config] + b" "}))) == "oci-blob"


@settings(max_examples=60, deadline=None)
@given(some.integers(0, 10_000_000), some.integers(1, 255))
def test_no_changed_byte_leads_to_other_bytes(at, change):
    data = bytearray(ARCHIVE)
    data[at % len(data)] ^= change
    try:
        assert read_workload(bytes(data)).wasm == MODULE
    except (OciError, WasmError):
        pass


ARCHIVE = made().tar()


# --- signatures


def verdicts(layout):
    found = read_workload(layout.tar())
    judged = [judge_signature(s.form, s.data, s.annotations, found.manifest, ROOT, EPOCH) for s in found.signatures]
    return judged, found.problems


SIGNED = {
    "cosign 3, bundle": lambda v, of, **more: v.sign_bundle(of, WORLD, **more),
    "cosign 2, signature": lambda v, of, **more: v.sign_simple(of, WORLD, **more),
    "cosign 2, attestation": lambda v, of, **more: v.attest(of, WORLD, **more),
}


@pytest.mark.parametrize("sign", SIGNED.values(), ids=SIGNED)
def test_signatures_over_the_manifest_are_verified(sign):
    layout = made()
    sign(layout, layout.manifests[0])
    (one,), problems = verdicts(layout)
    assert isinstance(one, ManifestSignature), one
    assert (one.identity.repository, problems) == ("https://forge.example.org/owner/demo", ())


@pytest.mark.parametrize("sign", SIGNED.values(), ids=SIGNED)
def test_a_signature_over_another_manifest_says_nothing(sign):
    layout = made()
    sign(layout, layout.manifests[0], over="sha256:" + "0" * 64)
    (one,), _ = verdicts(layout)
    assert (one.reason, one.failed) == ("other-subject", False)


def test_a_signature_that_was_changed_is_wrong():
    layout = made()
    layout.sign_simple(layout.manifests[0], WORLD, forge=True)
    (one,), _ = verdicts(layout)
    assert (one.reason, one.failed) == ("signature", True)


def test_an_annotation_that_names_another_predicate_is_not_believed():
    layout = made()
    layout.sign_bundle(layout.manifests[0], WORLD, predicate="https://example.org/audited")
    (one,), _ = verdicts(layout)
    assert one.reason == "statement"


def test_a_subject_of_another_size_is_a_problem_with_its_code():
    layout = made()
    of = layout.manifests[0]
    layout.sign_bundle(of, WORLD)
    layout.sign_bundle({**of, "size": 1}, WORLD)
    judged, problems = verdicts(layout)
    assert [isinstance(one, ManifestSignature) for one in judged] == [True]
    assert [code for code, _ in problems] == ["oci-subject"]


# --- through assess and the gate


def test_a_signed_component_is_assessed_from_its_layout(tmp_path):
    layout = made(COMPONENT, imports=IMPORTS)
    layout.sign_bundle(layout.manifests[0], WORLD)
    place = layout.write(tmp_path / "app")
    (tmp_path / "root.json").write_bytes(WORLD.trusted_root())
    os.utime(tmp_path / "root.json", (EPOCH.timestamp(), EPOCH.timestamp()))
    (tmp_path / "supplytrust.toml").write_text('[trust-root]\nsigstore = "root.json"\n')
    record = st.assess(str(place), config=str(tmp_path / "supplytrust.toml"), offline=True, ledger=None, deps="none")
    assert [file.sha256 for file in record.trustee.artifacts] == [hashlib.sha256(COMPONENT).hexdigest()]
    found = {f.signal: f for area in record.areas.values() for f in area.findings}
    assert found["build/container_signature_verified"].status.value == "supports"
    manifest = str(layout.manifests[0]["digest"])
    assert manifest in {entry.digest for entry in record.evidence}


def test_the_gate_reads_the_workload_that_is_named(tmp_path):
    layout = made()
    second = layout.add_workload(COMPONENT, imports=IMPORTS, tag="v2")
    place = layout.write(tmp_path / "app")
    plain = tmp_path / "app#v9.wasm"  # a file of the whole name is meant as it stands
    plain.write_bytes(MODULE)

    def codes(name):
        return {reason.code for reason in st.admit(name, envelope=b"{}", gate_policy=GATE, at=EPOCH).reasons}

    for name in (f"{place}#v3", str(place), f"{tmp_path}/app#v9.wasm#v2"):
        assert "oci" in codes(name), name
    for name in (f"{place}#v2", f"{place}@{second['digest']}", place.parent / "app#v1", plain):
        assert codes(name) and not codes(name) & {"oci", "not-wasm"}, name  # noqa: PT018
