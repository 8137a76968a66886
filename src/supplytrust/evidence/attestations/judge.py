"""What one signature proves about one file, or about the manifest of a container: our policy over `verifier`.

Whether it is about this file at all is asked before anything is verified, so that what is signed about something else
is not held against the file. Whatever is raised, the attestation is not accepted.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from supplytrust.errors import MalformedError, MalformedRecordError, VerificationError
from supplytrust.evidence.attestations import verdict as reasons
from supplytrust.evidence.attestations import verifier
from supplytrust.evidence.attestations.json_places import bytes_at, number_at, object_at, text_at, value_at
from supplytrust.evidence.attestations.registry_keys import RegistryKey
from supplytrust.evidence.attestations.root import Root
from supplytrust.evidence.attestations.statement import PAYLOAD_TYPE, AttestedFile, Statement, read_statement
from supplytrust.evidence.attestations.verdict import (
    Identity,
    KeyedStatement,
    UnverifiedStatement,
    Verdict,
    VerifiedStatement,
)
from supplytrust.evidence.attestations.verifier import ExpectedSigner, Proof, SignedBundle
from supplytrust.formats.json_reader import MIB, Json, Limits, read_object

T = TypeVar("T")


def judge_bundle(
    data: bytes, file: AttestedFile, root: Root, now: datetime, keys: Sequence[RegistryKey] = ()
) -> Verdict:
    """What a bundle proves about the file. Never raises for what the bundle holds.

    `keys` are the pinned ones of the file's registry: only with them do statements count that no certificate is for.
    """

    def judge() -> Verdict:
        bundle = verifier.read(data)
        statement = _about(bundle, file)
        return _verdict(statement, verifier.verify(bundle, file.sha256, ExpectedSigner(keys=tuple(keys)), root.data))

    return _accept_only(judge, root, now)


def _accept_only(judge: Callable[[], T], root: Root, now: datetime) -> T | UnverifiedStatement:
    """What is judged, or why nothing is proven: whatever is raised, nothing is accepted."""
    if root.stale(now):
        return UnverifiedStatement(reasons.STALE_ROOT, f"the trust root is of {root.taken:%Y-%m-%d}")
    try:
        return judge()
    except (MalformedRecordError, VerificationError) as error:
        return UnverifiedStatement(error.reason if error.reason in reasons.ALL else reasons.MALFORMED, error.message)
    except MalformedError as error:
        return UnverifiedStatement(reasons.REFUSED, error.message)
    except Exception as error:  # noqa: BLE001 - libraries leak many kinds; none of them may become a pass
        return UnverifiedStatement(reasons.MALFORMED, f"cannot be read ({type(error).__name__})")


def _about(bundle: SignedBundle, file: AttestedFile) -> Statement:
    """The statement, if it is about this file. Its signature is not verified yet."""
    if bundle.payload_type != PAYLOAD_TYPE:
        raise MalformedRecordError("the payload is no in-toto statement", reason=reasons.STATEMENT)
    statement = read_statement(bundle.payload)
    _require_same_bytes(statement, file)
    if not file.is_named(statement.name):
        raise MalformedRecordError("the statement is about another file name", reason=reasons.SUBJECT)
    if not file.knows_predicate(statement.predicate_type):
        raise MalformedRecordError("the predicate is of a type that is not known", reason=reasons.STATEMENT)
    return statement


def _require_same_bytes(statement: Statement, file: AttestedFile) -> None:
    """Every digest that was measured too is the same, and there is one: others cannot be compared."""
    known = [(value, file.digest(name)) for name, value in statement.digests if file.digest(name)]
    if any(stated != measured for stated, measured in known):
        raise MalformedRecordError("the statement is about another digest", reason=reasons.SUBJECT)
    if not known:
        raise MalformedRecordError("the statement names no digest that was measured", reason=reasons.STATEMENT)


def _verdict(statement: Statement, proof: Proof) -> Verdict:
    if proof.key and proof.signed_at is not None:
        return KeyedStatement(statement, proof.key, proof.signed_at)
    if proof.identity is None or proof.signed_at is None:
        return UnverifiedStatement(reasons.IDENTITY, "no identity signed at a verified time")
    if statement.commit and proof.identity.commit and statement.commit != proof.identity.commit:
        return UnverifiedStatement(reasons.COMMIT, "statement and certificate name different commits")
    return VerifiedStatement(statement, proof.identity, proof.signed_at)


# --- signatures over the manifest of a container, in the forms that lie beside it in an OCI layout, as sigstore bundles
#
# cosign 2 keeps signature, certificate and log entry in annotations of a layer (`simple-signing`: over a small document
# that names the manifest's digest; `dsse`: an envelope with an in-toto statement); cosign 3 keeps a bundle. What is
# signed has to name this very manifest. Reference: github.com/sigstore/cosign, specs/SIGNATURE_SPEC.md, BUNDLE_SPEC.md.

_SIGNATURE = "dev.cosignproject.cosign/signature"
_CERTIFICATE, _LOG = "dev.sigstore.cosign/certificate", "dev.sigstore.cosign/bundle"
_PREDICATE = "dev.sigstore.bundle.predicateType"
_LIMITS = Limits(size=4 * MIB, floats=True)
SIGNED = "container signature"  # what a signature without a statement says


@dataclass(frozen=True, slots=True)
class ManifestSignature:
    """A verified signature over a manifest: who, when, and the type of the statement it is."""

    says: str
    identity: Identity
    signed_at: datetime


def judge_signature(
    form: str, data: bytes, annotations: Mapping[str, str], manifest: str, root: Root, now: datetime
) -> ManifestSignature | UnverifiedStatement:
    """What a signature proves about the manifest with this digest (`sha256:<hex>`). Never raises for what it holds."""
    return _accept_only(lambda: _judge_parts(form, data, annotations, manifest, root), root, now)


def _judge_parts(
    form: str, data: bytes, annotations: Mapping[str, str], manifest: str, root: Root
) -> ManifestSignature:
    sha256 = manifest.removeprefix("sha256:")
    bundle = data
    if form != "bundle":
        if _SIGNATURE not in annotations and form == "simple-signing":
            raise MalformedRecordError("the layer has no signature beside it", reason=reasons.MALFORMED)
        bundle = _bundle_of(form, data, annotations)
    read = verifier.read(bundle)
    says = _require_named(form, data, read, sha256, annotations)
    over = hashlib.sha256(data).hexdigest() if form == "simple-signing" else sha256
    proof = verifier.verify(read, over, ExpectedSigner(), root.data)
    if proof.identity is None or proof.signed_at is None:
        raise VerificationError("no identity signed at a verified time", reason=reasons.IDENTITY)
    return ManifestSignature(says, proof.identity, proof.signed_at)


def _require_named(form: str, data: bytes, read: verifier.SignedBundle, sha256: str, notes: Mapping[str, str]) -> str:
    """What is said, if it is said of this manifest; nothing is verified yet."""
    if form == "simple-signing":
        if text_at(read_object(data, _LIMITS), "critical", "image", "docker-manifest-digest") != f"sha256:{sha256}":
            raise MalformedRecordError("the signature is over another manifest", reason=reasons.SUBJECT)
        return SIGNED
    if not read.payload_type:  # a signature over the manifest's bytes: the verifier compares the digest
        return SIGNED
    if read.payload_type != PAYLOAD_TYPE:
        raise MalformedRecordError("the payload is no in-toto statement", reason=reasons.STATEMENT)
    statement = read_statement(read.payload)
    if statement.sha256 != sha256:
        raise MalformedRecordError("the statement is about another manifest", reason=reasons.SUBJECT)
    if notes.get(_PREDICATE, statement.predicate_type) != statement.predicate_type:
        raise MalformedRecordError("the annotation names another predicate than was signed", reason=reasons.STATEMENT)
    return statement.predicate_type


def _bundle_of(form: str, data: bytes, annotations: Mapping[str, str]) -> bytes:
    """A bundle of version 0.1 with the parts that cosign 2 keeps in annotations."""
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import load_pem_x509_certificate

    if _CERTIFICATE not in annotations or _LOG not in annotations:
        raise VerificationError("signed with a key, or not logged: not judged", reason=reasons.UNPINNED_KEY)
    try:
        leaf = load_pem_x509_certificate(annotations[_CERTIFICATE].encode()).public_bytes(Encoding.DER)
    except ValueError:
        raise MalformedRecordError("the annotated certificate cannot be read", reason=reasons.MALFORMED) from None
    logged = read_object(annotations[_LOG].encode(), _LIMITS)
    made: dict[str, Json] = {
        "mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "verificationMaterial": {
            "x509CertificateChain": {"certificates": [{"rawBytes": base64.b64encode(leaf).decode()}]},
            "tlogEntries": [_log_entry(logged)],
        },
    }
    if form == "dsse":
        made["dsseEnvelope"] = read_object(data, _LIMITS)
    else:
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        made["messageSignature"] = {
            "messageDigest": {"algorithm": "SHA2_256", "digest": digest},
            "signature": annotations[_SIGNATURE],
        }
    return json.dumps(made).encode()


def _log_entry(logged: dict[str, Json]) -> dict[str, Json]:
    payload = object_at(logged, "Payload")
    body = read_object(bytes_at(payload, "body"), _LIMITS)
    numbers = {name: value_at(payload, name) for name in ("integratedTime", "logIndex")}
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in numbers.values()):
        raise MalformedRecordError("the annotated log entry has no time or index", reason=reasons.MALFORMED)
    texts: dict[str, Json] = {name: str(value) for name, value in numbers.items()}
    number_at(texts, "integratedTime")
    return {
        "logIndex": texts["logIndex"],
        "logId": {"keyId": base64.b64encode(bytes.fromhex(text_at(payload, "logID"))).decode()},
        "kindVersion": {"kind": text_at(body, "kind"), "version": text_at(body, "apiVersion")},
        "integratedTime": texts["integratedTime"],
        "inclusionPromise": {"signedEntryTimestamp": text_at(logged, "SignedEntryTimestamp")},
        "canonicalizedBody": text_at(payload, "body"),
    }
