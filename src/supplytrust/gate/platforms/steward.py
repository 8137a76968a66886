"""A certificate issued by an attestation service after it saw the platform's evidence (as Enarx's Steward does).

The certificate proves that the service was content at that time; which TEE and measurement its own policy lets
through is said beside its authority certificate in the gate's policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supplytrust.gate.denial import Code, GateDenied
from supplytrust.gate.platforms.certificates import load_certificates, read_extensions
from supplytrust.gate.platforms.claims import VOUCHED, Authority, PlatformClaims, PlatformRules
from supplytrust.model.admission import tee_name

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_MARK = b"-----BEGIN CERTIFICATE-----"
_EVIDENCE = {  # extensions a Keep puts into its request; an issuer may copy them
    "1.3.6.1.4.1.58270.1.1": "kvm",
    "1.3.6.1.4.1.58270.1.2": "sgx",
    "1.3.6.1.4.1.58270.1.3": "snp",
}


def looks_like(data: bytes) -> bool:
    """A certificate in PEM."""
    return data.lstrip().startswith(_MARK)


def read(data: bytes, rules: PlatformRules) -> PlatformClaims:
    """Claims of a certificate that one of the policy's authorities issued directly."""
    leaf = load_certificates(data, "platform")[0]
    authority = _issuer(leaf, rules.authorities)
    if authority is None:
        raise GateDenied(Code.SIGNATURE, "platform", "no authority of the policy issued this certificate")
    told = [_EVIDENCE[oid] for oid in read_extensions(leaf, "platform") if oid in _EVIDENCE]
    if any(tee_name(t) != tee_name(authority.tee) for t in told):
        raise GateDenied(Code.PLATFORM, "platform.tee", f"evidence is of {told[0]}, not of {authority.tee}")
    return PlatformClaims(
        source="steward",
        method=VOUCHED,
        tee=authority.tee,
        measurement=authority.measurement,
        debug=authority.debug,
        issued=leaf.not_valid_before_utc,
        expires=leaf.not_valid_after_utc,
    )


def _issuer(leaf: Certificate, authorities: tuple[Authority, ...]) -> Authority | None:
    """The authority whose key signed the leaf; a certificate that issued itself proves nothing."""
    if leaf.issuer == leaf.subject:
        return None
    for authority in authorities:
        issuer = load_certificates(authority.certificate.encode("utf-8"), "policy.platform.authority")[0]
        try:
            leaf.verify_directly_issued_by(issuer)
        except Exception:  # noqa: BLE001, S112 - by whatever it shows: it was not issued by this one
            continue
        return authority
    return None
