"""Our own check of signing certificates and time-stamps under a trust root, on `cryptography` alone.

A certificate counts when an authority of the root issued it, chain and leaf were in their terms at every verified time
of the signature, it is for signing code, and a certificate log of the root promised to publish it (RFC 6962, 3.2).
Time-stamps: RFC 3161, by an authority of the root; one that is there and does not hold refuses.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from supplytrust.errors import VerificationError
from supplytrust.evidence.attestations.root import Authority, TrustMaterial

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from cryptography.x509.certificate_transparency import SignedCertificateTimestamp
    from rfc3161_client import TimeStampResponse

_MOST_STAMPS = 32


def check_certificate(leaf: Certificate, trust: TrustMaterial, moments: Sequence[datetime]) -> None:
    """Whether the root vouches for a leaf at all these moments. VerificationError: unknown-authority or refused."""
    from cryptography.x509 import ExtendedKeyUsage, KeyUsage
    from cryptography.x509.oid import ExtendedKeyUsageOID

    chains = [_chain(leaf, trust, at) for at in moments]
    if not chains:
        raise VerificationError("no verified time of signing", reason="no-trusted-time")
    usage = leaf.extensions.get_extension_for_class(KeyUsage).value
    purposes = leaf.extensions.get_extension_for_class(ExtendedKeyUsage).value
    if not usage.digital_signature or ExtendedKeyUsageOID.CODE_SIGNING not in purposes:
        raise _refusal("the certificate is not for signing code")
    _check_promise(leaf, chains[0][1], trust)


def _chain(leaf: Certificate, trust: TrustMaterial, at: datetime) -> Sequence[Certificate]:
    """Leaf first. Fulcio's certificates are for signing code, which the rules for web servers would not let pass."""
    from cryptography.x509 import ExtendedKeyUsage
    from cryptography.x509.verification import (
        Criticality,
        ExtensionPolicy,
        PolicyBuilder,
        Store,
    )
    from cryptography.x509.verification import (
        VerificationError as ChainError,
    )

    above = ExtensionPolicy.webpki_defaults_ca().may_be_present(ExtendedKeyUsage, Criticality.AGNOSTIC, None)
    below = ExtensionPolicy.webpki_defaults_ee().may_be_present(ExtendedKeyUsage, Criticality.AGNOSTIC, None)
    for authority in (one for one in trust.authorities if one.chain and one.term.covers(at)):
        rules = PolicyBuilder().store(Store([authority.chain[-1]])).time(at)
        verifier = rules.extension_policies(ca_policy=above, ee_policy=below).build_client_verifier()
        try:
            return verifier.verify(leaf, list(authority.chain[:-1])).chain
        except ChainError:
            continue
    raise _refusal("no authority of the trust root vouches for the certificate at that time")


def _check_promise(leaf: Certificate, issuer: Certificate, trust: TrustMaterial) -> None:
    """Every promise in the certificate holds, and there is one."""
    from cryptography.x509 import ExtensionNotFound, PrecertificateSignedCertificateTimestamps

    try:
        listed = list(leaf.extensions.get_extension_for_class(PrecertificateSignedCertificateTimestamps).value)
    except ExtensionNotFound:
        listed = []
    if not listed or not all(_promise_holds(one, leaf, issuer, trust) for one in listed):
        raise _refusal("no certificate log of the trust root promised to publish the certificate")


def _promise_holds(
    promise: SignedCertificateTimestamp, leaf: Certificate, issuer: Certificate, trust: TrustMaterial
) -> bool:
    from cryptography.x509.certificate_transparency import LogEntryType

    from supplytrust.evidence.attestations.log_entry import spki_of
    from supplytrust.records.keys import VerificationKey

    at = promise.timestamp.replace(tzinfo=UTC)
    key = next((log for log in trust.certificate_logs if promise.log_id in log.names and log.term.covers(at)), None)
    if key is None or promise.entry_type is not LogEntryType.PRE_CERTIFICATE:
        return False
    tbs = leaf.tbs_precertificate_bytes
    milliseconds = int(at.timestamp()) * 1000 + at.microsecond // 1000
    signed = struct.pack("!BBQH", 0, 0, milliseconds, 1)
    signed += hashlib.sha256(spki_of(issuer.public_key())).digest() + len(tbs).to_bytes(3, "big") + tbs
    signed += struct.pack("!H", len(promise.extension_bytes)) + promise.extension_bytes
    return VerificationKey(key.spki).verifies(promise.signature, signed)


def verified_stamps(stamps: Sequence[bytes], signature: bytes, trust: TrustMaterial) -> list[datetime]:
    """The times of time-stamps over a signature. VerificationError (no-trusted-time) when one of them does not hold."""
    from rfc3161_client import decode_timestamp_response

    if len(stamps) > _MOST_STAMPS or len(set(stamps)) != len(stamps):
        raise _no_time("too many time-stamps, or one twice")
    return [_stamped_at(decode_timestamp_response(one), signature, trust) for one in stamps]


def _stamped_at(answer: TimeStampResponse, signature: bytes, trust: TrustMaterial) -> datetime:
    at = answer.tst_info.gen_time
    if not any(_stamp_holds(answer, signature, one) for one in trust.stampers if one.term.covers(at)):
        raise _no_time("a time-stamp does not hold under the trust root")
    return at


def _stamp_holds(answer: TimeStampResponse, signature: bytes, authority: Authority) -> bool:
    from rfc3161_client import VerifierBuilder
    from rfc3161_client.errors import VerificationError as StampError

    if len(authority.chain) < 2:
        return False
    builder = VerifierBuilder().tsa_certificate(authority.chain[0]).add_root_certificate(authority.chain[-1])
    for certificate in authority.chain[1:-1]:
        builder = builder.add_intermediate_certificate(certificate)
    try:
        builder.build().verify_message(answer, signature)
    except StampError:
        return False
    return True


def _refusal(text: str) -> VerificationError:
    return VerificationError(text, reason="refused")


def _no_time(text: str) -> VerificationError:
    return VerificationError(text, reason="no-trusted-time")
