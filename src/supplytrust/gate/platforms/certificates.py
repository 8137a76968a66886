"""What attestation documents have in common: their JSON envelope, bytes of a fixed layout, and chains to a pinned root.

A root counts because the gate's policy pins it (`[[platform.root]]`), never because it comes with the evidence.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from supplytrust.errors import MalformedRecordError
from supplytrust.formats.json_reader import Json, Limits, read_object
from supplytrust.gate import inputs
from supplytrust.gate.denial import Code, GateDenied, from_malformed
from supplytrust.gate.inputs import Object

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

SCHEMA = "supplytrust-attestation/1"
_LONGEST = 4  # certificates from a leaf to its root
_LIMITS = Limits(size=1_000_000)


def tee_of(data: bytes) -> str:
    """The TEE whose evidence a document holds; '' when it is no such document."""
    if data.lstrip()[:1] != b"{" or SCHEMA.encode() not in data:
        return ""
    try:
        tee = read_object(data, _LIMITS).get("tee")
    except MalformedRecordError:
        return ""
    return tee if isinstance(tee, str) else ""


def read_document(data: bytes, members: Sequence[str], optional: Sequence[str] = ()) -> Object:
    """The members of an attestation document. Raises Denied."""
    try:
        document = read_object(data, _LIMITS)
    except MalformedRecordError as error:
        raise from_malformed(error, "platform") from None
    if document.get("schema") != SCHEMA:
        raise GateDenied(Code.VERSION, "platform.schema", f"is not {SCHEMA}")
    return inputs.only(document, "platform", ("schema", "tee", *members), optional)


def read_bytes(value: Json, field: str) -> bytes:
    """Base64 in its one spelling."""
    text = inputs.text(value, field)
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise inputs.wrong(field, "base64") from None
    if base64.b64encode(data).decode() != text:
        raise inputs.wrong(field, "base64 in its canonical spelling")
    return data


@dataclass(frozen=True, slots=True)
class Chain:
    """A leaf that leads to a pinned root, and until when every certificate on the way holds."""

    leaf: Certificate
    expires: datetime


def load_certificates(pem: bytes, field: str) -> list[Certificate]:
    """Certificates in PEM, one at least. Raises Denied, also where `cryptography` raises much else."""
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(pem)
    except Exception:  # noqa: BLE001 - InvalidVersion and its like have no base of their own
        raise inputs.wrong(field, "certificates in PEM") from None


def read_extensions(certificate: Certificate, field: str) -> dict[str, bytes]:
    """The bytes of extensions that only their vendors know, by object identifier; of all others none. Raises Denied."""
    try:
        return {e.oid.dotted_string: getattr(e.value, "value", b"") for e in certificate.extensions}
    except Exception:  # noqa: BLE001 - DuplicateExtension and its like have no base of their own
        raise inputs.wrong(field, "a certificate whose extensions can be read") from None


def read_public_key(certificate: Certificate, field: str) -> object:
    """The key that a certificate is about. Raises Denied."""
    try:
        return certificate.public_key()
    except Exception:  # noqa: BLE001 - UnsupportedAlgorithm and others
        raise GateDenied(Code.SIGNATURE, field, "is signed with a key of an unknown kind") from None


def parse_certificates(pem: str, field: str) -> list[Certificate]:
    """Certificates in PEM, in the order in which they stand, in their one spelling and nothing between them."""
    from cryptography.hazmat.primitives.serialization import Encoding

    found = load_certificates(pem.encode("utf-8", "replace"), field)
    spelt = b"".join(c.public_bytes(Encoding.PEM) for c in found).decode("ascii")
    if pem.replace("\r\n", "\n").strip("\n").replace("\n\n", "\n") != spelt.strip("\n"):
        raise inputs.wrong(field, "certificates in PEM and nothing else")
    return found


def verify_chain(leaf: Certificate, others: Iterable[Certificate], roots: Sequence[str], field: str) -> Chain:
    """The way from a leaf to a pinned root, each certificate issued by the next. Raises Denied with `signature`.

    Nothing else may stand among the certificates: what leads nowhere was put there by somebody.
    """
    pinned = [c for pem in roots for c in parse_certificates(pem, "policy.platform.root")]
    given = [c for c in others if c not in pinned]
    ends, current = [leaf.not_valid_after_utc], leaf
    for _ in range(_LONGEST):
        issuer = next((c for c in (*pinned, *given) if c != current and _is_issued_by(current, c)), None)
        if issuer is None:
            break
        ends.append(issuer.not_valid_after_utc)
        if issuer in pinned and not given:
            return Chain(leaf, min(ends))
        if issuer in pinned:
            break
        given.remove(issuer)
        current = issuer
    raise GateDenied(Code.SIGNATURE, field, "leads to no root that the policy pins")


def _is_issued_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Signed by the key of the issuer, which is an authority (RFC 5280, 4.2.1.9)."""
    from cryptography.x509 import BasicConstraints

    try:
        if not issuer.extensions.get_extension_for_class(BasicConstraints).value.ca:
            return False
        certificate.verify_directly_issued_by(issuer)
    except Exception:  # noqa: BLE001 - no signature, no extension, or one that cannot be read: it was not issued by this one
        return False
    return True


def verify_ecdsa(certificate_key: object, r: int, s: int, signed: bytes, algorithm: object, field: str) -> None:
    """Raises Denied unless (r, s) is a signature of an elliptic curve key over these bytes."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

    if not isinstance(certificate_key, ec.EllipticCurvePublicKey) or not isinstance(algorithm, HashAlgorithm):
        raise GateDenied(Code.SIGNATURE, field, "is signed with another kind of key")
    try:
        certificate_key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(algorithm))
    except (InvalidSignature, ValueError):
        raise GateDenied(Code.SIGNATURE, field, "the signature does not verify") from None


def workload_of(report_data: bytes) -> str:
    """The SHA-256 that report data begins with, as hex."""
    return report_data[:32].hex()


# --- the few forms of DER (ITU-T X.690) in extensions of vendors


def der_items(data: bytes) -> list[tuple[int, bytes]]:
    """Tag and contents of each value that stands in a row. Raises ValueError."""
    found, at = [], 0
    while at < len(data):
        tag, size, at = data[at], *_length(data, at + 1)
        if at + size > len(data):
            raise ValueError("a value ends behind its container")
        found.append((tag, data[at : at + size]))
        at += size
    return found


def _length(data: bytes, at: int) -> tuple[int, int]:
    first = data[at] if at < len(data) else 0xFF
    if first < 0x80:
        return first, at + 1
    count = first & 0x7F
    if not 1 <= count <= 3 or at + 1 + count > len(data):
        raise ValueError("a length that cannot be read")
    return int.from_bytes(data[at + 1 : at + 1 + count], "big"), at + 1 + count
