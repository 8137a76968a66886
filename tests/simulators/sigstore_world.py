"""A sigstore of our own, in memory: certificate authority, certificate log, signature log and trust root.

    world = SigstoreWorld()
    bundle = world.bundle(statement("demo-1.0.tar.gz", "ab" * 32))
    root = world.trusted_root()

Every part can be told to be wrong; nothing here is ever reached over a network.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import rfc8785
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

EPOCH = datetime(2026, 11, 1, 12, tzinfo=UTC)
BEGIN = datetime(2010, 1, 1, tzinfo=UTC)  # of authority and logs: stories are dated from 2010 on
ISSUER = "https://token.example.org"
REPOSITORY = "https://forge.example.org/owner/demo"
COMMIT = "c0" * 20
SLSA = "https://slsa.dev/provenance/v1"
INTOTO = "application/vnd.in-toto+json"
INTOTO_ENTRY = ("intoto", "0.0.2")
_SHA256 = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True)
class Signer:
    """What the certificate says of who signs."""

    issuer: str = ISSUER
    repository: str = REPOSITORY
    repository_id: str = "1001"
    owner_id: str = "7"
    workflow: str = "release.yml"
    commit: str = COMMIT
    runner: str = "forge-hosted"
    ref: str = "refs/tags/v1.0"

    @property
    def uri(self) -> str:
        return f"{self.repository}/.forge/workflows/{self.workflow}@{self.ref}"


def statement(name: str, sha256: str, *, predicate_type: str = SLSA, commit: str = COMMIT, **more: object) -> bytes:
    """An in-toto statement v1 with SLSA provenance v1."""
    signer = Signer()
    document: dict[str, object] = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name, "digest": {"sha256": sha256}}],
        "predicateType": predicate_type,
        "predicate": {
            "buildDefinition": {"resolvedDependencies": [{"uri": REPOSITORY, "digest": {"gitCommit": commit}}]},
            "runDetails": {"builder": {"id": signer.uri}},
        },
        **more,
    }
    return json.dumps(document).encode()


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _key_id(key: ec.EllipticCurvePrivateKey) -> bytes:
    return hashlib.sha256(_spki(key)).digest()


def _text(value: str) -> bytes:
    raw = value.encode()
    size = bytes([len(raw)]) if len(raw) < 128 else bytes([0x81, len(raw)])
    return b"\x0c" + size + raw


def _claims(signer: Signer) -> dict[int, str]:
    return {
        8: signer.issuer,
        9: signer.uri,
        11: signer.runner,
        12: signer.repository,
        13: signer.commit,
        14: signer.ref,
        15: signer.repository_id,
        17: signer.owner_id,
        18: signer.uri,
    }


def pae(kind: str, payload: bytes) -> bytes:
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)


@dataclass(frozen=True)
class Form:
    """How a bundle is spelled: version, kind of log entry, parts of the entry that it lacks, certificates beside the
    leaf (DER), and a key with its name that signs in place of a certificate."""

    version: int = 3
    kind: tuple[str, str] = ("dsse", "0.0.1")
    without: tuple[str, ...] = ()
    more: tuple[bytes, ...] = ()
    key: ec.EllipticCurvePrivateKey | None = None
    hint: str = ""


@dataclass
class SigstoreWorld:
    """Keys of one world; two worlds share nothing."""

    ca_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    ct_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    log_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, "authority"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "example"),
            ]
        )
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        self.ca = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.ca_key.public_key())
            .serial_number(1)
            .not_valid_before(BEGIN)
            .not_valid_after(EPOCH + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.ca_key.public_key()), critical=False)
            .sign(self.ca_key, hashes.SHA256())
        )

    def certificate(
        self, key: ec.EllipticCurvePrivateKey, signer: Signer, at: datetime, *, identity: bool = True
    ) -> x509.Certificate:
        """A ten-minute certificate with the log's promise (SCT) in it."""
        usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.ca.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(at)
            .not_valid_after(at + timedelta(minutes=10))
            .add_extension(usage, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.ca_key.public_key()), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(signer.uri)]), critical=True)
        )
        for number, value in _claims(signer).items():
            if value and (identity or number != 8):
                oid = ObjectIdentifier(f"1.3.6.1.4.1.57264.1.{number}")
                builder = builder.add_extension(x509.UnrecognizedExtension(oid, _text(value)), critical=False)
        plain = builder.sign(self.ca_key, hashes.SHA256())
        sct = self._sct(plain.tbs_certificate_bytes, at)
        return builder.add_extension(sct, critical=False).sign(self.ca_key, hashes.SHA256())

    def _sct(self, tbs: bytes, at: datetime) -> x509.UnrecognizedExtension:
        stamp = int(at.timestamp() * 1000)
        entry = _key_id(self.ca_key) + len(tbs).to_bytes(3, "big") + tbs
        signed = struct.pack("!BBQH", 0, 0, stamp, 1) + entry + struct.pack("!H", 0)
        signature = self.ct_key.sign(signed, _SHA256)
        sct = (
            b"\0"
            + _key_id(self.ct_key)
            + struct.pack("!QH", stamp, 0)
            + b"\x04\x03"
            + struct.pack("!H", len(signature))
            + signature
        )
        listed = struct.pack("!HH", len(sct) + 2, len(sct)) + sct
        return x509.UnrecognizedExtension(
            ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"), b"\x04" + _der_length(len(listed)) + listed
        )

    def bundle(
        self,
        payload: bytes,
        signer: Signer | None = None,
        *,
        at: datetime = EPOCH,
        logged: timedelta = timedelta(seconds=5),
        identity: bool = True,
        form: Form | None = None,
    ) -> dict[str, object]:
        """A bundle: `at` the certificate begins, `logged` later the log entry is made; v0.3 unless told otherwise."""
        form = form or Form()
        key = form.key or ec.generate_private_key(ec.SECP256R1())
        certificate = self.certificate(key, signer or Signer(), at, identity=identity)
        signature = key.sign(pae(INTOTO, payload), _SHA256)
        pem = certificate.public_bytes(Encoding.PEM)
        if form.key:
            pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        entry = self._entry(payload, signature, pem, at + logged, kind=form.kind)
        entry = {name: value for name, value in entry.items() if name not in form.without}
        certified = {"rawBytes": _b64(certificate.public_bytes(Encoding.DER))}
        chain = {"certificates": [certified, *({"rawBytes": _b64(c)} for c in form.more)]}
        certificates = {"x509CertificateChain": chain} if form.version < 3 else {"certificate": certified}
        signed: dict[str, object] = {"sig": _b64(signature)}
        return {
            "mediaType": f"application/vnd.dev.sigstore.bundle+json;version=0.{form.version}"
            if form.version < 3
            else "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                **({"publicKey": {"hint": form.hint}} if form.key else certificates),
                "tlogEntries": [entry],
            },
            "dsseEnvelope": {
                "payload": _b64(payload),
                "payloadType": INTOTO,
                "signatures": [{**signed, "keyid": form.hint} if form.hint else signed],
            },
        }

    def _entry(
        self, payload: bytes, signature: bytes, pem: bytes, at: datetime, *, kind: tuple[str, str]
    ) -> dict[str, object]:
        digest = {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()}
        spec: dict[str, object] = {
            "envelopeHash": digest,
            "payloadHash": digest,
            "signatures": [{"signature": _b64(signature), "verifier": _b64(pem)}],
        }
        if kind == INTOTO_ENTRY:
            signatures = [{"publicKey": _b64(pem), "sig": _b64(_b64(signature).encode())}]
            envelope = {"payloadType": INTOTO, "signatures": signatures}
            spec = {"content": {"envelope": envelope, "hash": digest, "payloadHash": digest}}
        body = rfc8785.dumps({"apiVersion": kind[1], "kind": kind[0], "spec": spec})
        log_id, stamp = _key_id(self.log_key), int(at.timestamp())
        promised = {"body": _b64(body), "integratedTime": stamp, "logID": log_id.hex(), "logIndex": 0}
        root = hashlib.sha256(b"\0" + body).digest()
        note = f"log.example.org\n1\n{_b64(root)}\n"
        signed = _b64(log_id[:4] + self.log_key.sign(note.encode(), _SHA256))
        return {
            "logIndex": "0",
            "logId": {"keyId": _b64(log_id)},
            "kindVersion": {"kind": kind[0], "version": kind[1]},
            "integratedTime": str(stamp),
            "inclusionPromise": {"signedEntryTimestamp": _b64(self.log_key.sign(rfc8785.dumps(promised), _SHA256))},
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": _b64(root),
                "treeSize": "1",
                "hashes": [],
                "checkpoint": {"envelope": f"{note}\n\u2014 log.example.org {signed}\n"},
            },
            "canonicalizedBody": _b64(body),
        }

    def cosign(self, payload: bytes, signer: Signer | None = None, *, at: datetime = EPOCH) -> dict[str, str]:
        """The annotations of a cosign 2 signature over bytes: signature, certificate, log entry (hashedrekord)."""
        key = ec.generate_private_key(ec.SECP256R1())
        pem = self.certificate(key, signer or Signer(), at).public_bytes(Encoding.PEM)
        signature, digest = key.sign(payload, _SHA256), hashlib.sha256(payload).hexdigest()
        spec = {
            "data": {"hash": {"algorithm": "sha256", "value": digest}},
            "signature": {"content": _b64(signature), "publicKey": {"content": _b64(pem)}},
        }
        body = rfc8785.dumps({"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": spec})
        stamp, log_id = int(at.timestamp()) + 5, _key_id(self.log_key).hex()
        logged = {"body": _b64(body), "integratedTime": stamp, "logID": log_id, "logIndex": 7}
        promise = {"SignedEntryTimestamp": _b64(self.log_key.sign(rfc8785.dumps(logged), _SHA256)), "Payload": logged}
        return {
            "dev.cosignproject.cosign/signature": _b64(signature),
            "dev.sigstore.cosign/certificate": pem.decode(),
            "dev.sigstore.cosign/bundle": json.dumps(promise),
        }

    def trusted_root(self) -> bytes:
        """The trust root of this world."""
        begin = {"start": f"{BEGIN:%Y-%m-%dT%H:%M:%SZ}"}
        logs = [(self.log_key, "https://log.example.org"), (self.ct_key, "https://ct.example.org")]
        log, ct = (
            {
                "baseUrl": url,
                "hashAlgorithm": "SHA2_256",
                "publicKey": {"rawBytes": _b64(_spki(key)), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": begin},
                "logId": {"keyId": _b64(_key_id(key))},
            }
            for key, url in logs
        )
        authority = {
            "subject": {"organization": "example", "commonName": "authority"},
            "uri": "https://ca.example.org",
            "certChain": {"certificates": [{"rawBytes": _b64(self.ca.public_bytes(Encoding.DER))}]},
            "validFor": begin,
        }
        document = {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log],
            "certificateAuthorities": [authority],
            "ctlogs": [ct],
            "timestampAuthorities": [],
        }
        return json.dumps(document).encode()


def _der_length(size: int) -> bytes:
    return bytes([size]) if size < 128 else b"\x81" + bytes([size]) if size < 256 else b"\x82" + size.to_bytes(2, "big")


def provenance(*bundles: dict[str, object]) -> dict[str, object]:
    """A provenance document of an index (PEP 740) that holds these bundles."""
    return {
        "version": 1,
        "attestation_bundles": [
            {"publisher": {"kind": "anything"}, "attestations": [_attestation(b) for b in bundles]}
        ],
    }


def _attestation(bundle: dict[str, object]) -> dict[str, object]:
    material, envelope = bundle["verificationMaterial"], bundle["dsseEnvelope"]
    return {
        "version": 1,
        "verification_material": {
            "certificate": material["certificate"]["rawBytes"],  # type: ignore[index]
            "transparency_entries": material["tlogEntries"],  # type: ignore[index]
        },
        "envelope": {"statement": envelope["payload"], "signature": envelope["signatures"][0]["sig"]},  # type: ignore[index]
    }
