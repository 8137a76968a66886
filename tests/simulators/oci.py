"""OCI layouts with one WebAssembly workload, as folders and archives, signed in the three ways that are in use.

layout = Layout()
digest = layout.add_workload(wasm_bytes)
layout.sign_bundle(digest, world)
layout.write(folder)            # or layout.tar()
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.sigstore_world import SigstoreWorld  # needs more than is there where the gate is alone

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
EMPTY = b"{}"


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


@dataclass
class Layout:
    """Blobs and the entries of the index; everything can be changed before it is written."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: list[dict[str, object]] = field(default_factory=list)

    def blob(self, data: bytes, media_type: str, **more: object) -> dict[str, object]:
        """A descriptor of bytes that now lie in the layout."""
        self.blobs[sha256(data)] = data
        return {"mediaType": media_type, "digest": sha256(data), "size": len(data), **more}

    def add_workload(
        self,
        wasm: bytes,
        *,
        imports: list[str] | None = None,
        exports: list[str] | None = None,
        tag: str = "v1",
        config_type: str = "application/vnd.wasm.config.v0+json",
        layer_type: str = "application/wasm",
        list_it: bool = True,
    ) -> dict[str, object]:
        """The descriptor of a manifest with one layer."""
        layer = self.blob(wasm, layer_type)
        component = None if imports is None else {"imports": imports, "exports": exports or [], "target": None}
        config = {
            "created": "2026-11-01T00:00:00Z",
            "architecture": "wasm",
            "os": "wasip2" if component else "wasip1",
            "layerDigests": [layer["digest"]],
            **({"component": component} if component else {}),
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.blob(dump(config), config_type),
            "layers": [layer],
        }
        of = self.blob(dump(manifest), MANIFEST, annotations={"org.opencontainers.image.ref.name": tag})
        if list_it:
            self.manifests.append(of)
        return of

    def refer(self, subject: Mapping[str, object], layer: dict[str, object], **more: object) -> None:
        """A manifest that refers to another one (OCI 1.1)."""
        named = {name: subject[name] for name in ("mediaType", "digest", "size")}
        config = self.blob(EMPTY, "application/vnd.oci.empty.v1+json")
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer], "subject": named}
        self.manifests.append(self.blob(dump({**manifest, **more}), MANIFEST))

    def sign_bundle(
        self,
        subject: Mapping[str, object],
        world: SigstoreWorld,
        *,
        over: str = "",
        predicate: str = "",
        **more: object,
    ) -> None:
        """As cosign 3: a bundle with a statement about the manifest."""
        from simulators.sigstore_world import statement

        digest = (over or str(subject["digest"])).removeprefix("sha256:")
        said = statement("", digest, subject=[{"name": "workload", "digest": {"sha256": digest}}])
        data = dump(world.bundle(said))
        notes = {"dev.sigstore.bundle.predicateType": predicate} if predicate else {}
        self.refer(subject, self.blob(data, BUNDLE), artifactType=BUNDLE, annotations=notes, **more)

    def sign_simple(
        self, subject: Mapping[str, object], world: SigstoreWorld, *, over: str = "", forge: bool = False
    ) -> None:
        """As cosign 2: a tag `sha256-<hex>.sig`, the signature in annotations."""
        critical = {
            "identity": {"docker-reference": "registry.example.org/workload"},
            "image": {"docker-manifest-digest": over or str(subject["digest"])},
            "type": "cosign container image signature",
        }
        payload = dump({"critical": critical, "optional": None})
        notes = world.cosign(payload)
        if forge:
            notes["dev.cosignproject.cosign/signature"] = world.cosign(payload)["dev.cosignproject.cosign/signature"]
        layer = self.blob(payload, "application/vnd.dev.cosign.simplesigning.v1+json", annotations=notes)
        self._tagged(subject, layer, "sig")

    def attest(self, subject: Mapping[str, object], world: SigstoreWorld, *, over: str = "") -> None:
        """As cosign 2: a tag `sha256-<hex>.att`, an envelope as layer."""
        from simulators.sigstore_world import Form, statement

        digest = (over or str(subject["digest"])).removeprefix("sha256:")
        said = statement("", digest, subject=[{"name": "workload", "digest": {"sha256": digest}}])
        made = world.bundle(said, form=Form(1))
        layer = self.blob(dump(made["dsseEnvelope"]), "application/vnd.dsse.envelope.v1+json")
        layer["annotations"] = {"dev.cosignproject.cosign/signature": "", **annotations_of(made)}
        self._tagged(subject, layer, "att")

    def _tagged(self, subject: Mapping[str, object], layer: dict[str, object], ending: str) -> None:
        config = self.blob(EMPTY, "application/vnd.oci.image.config.v1+json")
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}
        tag = f"{str(subject['digest']).replace(':', '-')}.{ending}"
        notes = {"org.opencontainers.image.ref.name": tag}
        self.manifests.append(self.blob(dump(manifest), MANIFEST, annotations=notes))

    def files(self) -> dict[str, bytes]:
        """Every file by its name."""
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": self.manifests}
        blobs = {f"blobs/{name.replace(':', '/')}": data for name, data in self.blobs.items()}
        return {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": dump(index), **blobs}

    def write(self, folder: Path) -> Path:
        for name, data in self.files().items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        return folder

    def tar(self, change: Callable[[tarfile.TarInfo], None] = lambda _: None) -> bytes:
        return pack(self.files(), change)


def annotations_of(bundle: Mapping[str, object]) -> dict[str, str]:
    """Certificate and log entry as cosign 2 writes them beside a signature."""
    material = bundle["verificationMaterial"]
    entry = material["tlogEntries"][0]  # type: ignore[index]
    raw = material["x509CertificateChain"]["certificates"][0]["rawBytes"]  # type: ignore[index]
    lines = "\n".join(raw[at : at + 64] for at in range(0, len(raw), 64))
    logged = {
        "SignedEntryTimestamp": entry["inclusionPromise"]["signedEntryTimestamp"],
        "Payload": {
            "body": entry["canonicalizedBody"],
            "integratedTime": int(entry["integratedTime"]),
            "logIndex": int(entry["logIndex"]),
            "logID": base64.b64decode(entry["logId"]["keyId"]).hex(),
        },
    }
    return {
        "dev.sigstore.cosign/certificate": f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n",
        "dev.sigstore.cosign/bundle": json.dumps(logged),
    }


def pack(
    files: Mapping[str, bytes],
    change: Callable[[tarfile.TarInfo], None] = lambda _: None,
    form: int = tarfile.USTAR_FORMAT,
) -> bytes:
    """A plain tar; `change` sees each header before it is written."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            change(member)
            tar.addfile(member, io.BytesIO(data) if member.isreg() else None)
    return out.getvalue()


def docker_save(wasm: bytes, *, architecture: str = "wasm", name: str = "app.wasm") -> dict[str, bytes]:
    """The files of `docker save` without a layout."""
    layer = pack({name: wasm})
    config = dump(
        {"architecture": architecture, "os": "wasip1", "rootfs": {"type": "layers", "diff_ids": [sha256(layer)]}}
    )
    named = f"{hashlib.sha256(config).hexdigest()}.json"
    listed = [{"Config": named, "RepoTags": ["example/app:1"], "Layers": ["abc/layer.tar"]}]
    return {"manifest.json": dump(listed), named: config, "abc/layer.tar": layer}
