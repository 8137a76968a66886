"""An AMD SEV-SNP attestation report with the certificates of its chip, verified here.

`{"schema": "supplytrust-attestation/1", "tee": "snp", "report": base64, "certificates": PEM}`, that of the chip (VCEK
or VLEK) first, then that of its authority (ASK).

The report is signed by the chip's key, which leads to AMD's root (ARK). TCB and chip of the certificate are those of
the report. AMD, "SEV Secure Nested Paging Firmware ABI" (56860), tables 3 and 23; "Versioned Chip Endorsement Key
(VCEK) Certificate and KDS Interface" (57230), table 8.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from supplytrust.gate import inputs
from supplytrust.gate.denial import Code, GateDenied
from supplytrust.gate.platforms.certificates import (
    der_items,
    parse_certificates,
    read_bytes,
    read_document,
    read_extensions,
    read_public_key,
    tee_of,
    verify_chain,
    verify_ecdsa,
    workload_of,
)
from supplytrust.gate.platforms.claims import VERIFIED, Cpu, PlatformClaims

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from supplytrust.gate.platforms.claims import PlatformRules

_SIZE, _SIGNED = 1184, 672
_VERSIONS = range(2, 6)
_ECDSA_P384_SHA384 = 1
_DEBUG, _MIGRATE = 1 << 19, 1 << 18
_NUMBER = 72  # bytes of each half of the signature, little-endian
_OID = "1.3.6.1.4.1.3704.1."
_SPLS = {"bootloader": "3.1", "tee": "3.2", "snp": "3.3", "microcode": "3.8", "fmc": "3.9"}
_PLACES = {"bootloader": 0, "tee": 1, "snp": 6, "microcode": 7}
_PLACES_OF_TURIN = {"fmc": 0, "bootloader": 1, "tee": 2, "snp": 3, "microcode": 7}


def looks_like(data: bytes) -> bool:
    """A document of this TEE."""
    return tee_of(data) == "snp"


def read(data: bytes, rules: PlatformRules) -> PlatformClaims:
    """Verify chain and report, then say what the report says. Raises Denied."""
    document = read_document(data, ("report", "certificates"))
    report = read_bytes(document["report"], "platform.report")
    chain = parse_certificates(inputs.text(document["certificates"], "platform.certificates"), "platform.certificates")
    if len(report) != _SIZE or _u32(report, 0) not in _VERSIONS or _u32(report, 0x34) != _ECDSA_P384_SHA384:
        raise inputs.wrong("platform.report", "a report of a version that is known")
    found = verify_chain(chain[0], chain[1:], rules.roots, "platform.certificates")
    _verify_report(report, found.leaf)
    told = _told_by_certificate(found.leaf)
    product = str(told.pop("product"))
    tcb = _tcb(report[0x180:0x188], product)
    _compare(report, tcb, told)
    known = _u32(report, 0) >= 3
    policy = int.from_bytes(report[8:16], "little")
    return PlatformClaims(
        source="snp",
        method=VERIFIED,
        tee="sev-snp",
        measurement=report[0x90:0xC0].hex(),
        tcb=MappingProxyType(tcb),
        cpu=Cpu(
            vendor="amd",
            family=report[0x188] if known else None,
            model=report[0x189] if known else None,
            stepping=report[0x18A] if known else None,
            microcode=tcb["microcode"],
            generation=product.lower(),
        ),
        debug=bool(policy & (_DEBUG | _MIGRATE)),
        expires=found.expires,
        workload=workload_of(report[0x50:0x90]) if rules.binds_workload else "",
    )


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _verify_report(report: bytes, leaf: Certificate) -> None:
    from cryptography.hazmat.primitives.hashes import SHA384

    r, s = (int.from_bytes(report[at : at + _NUMBER], "little") for at in (_SIGNED, _SIGNED + _NUMBER))
    verify_ecdsa(read_public_key(leaf, "platform.report"), r, s, report[:_SIGNED], SHA384(), "platform.report")
    if any(report[_SIGNED + 2 * _NUMBER :]):
        raise inputs.wrong("platform.report", "a report without anything behind its signature")


def _told_by_certificate(leaf: Certificate) -> dict[str, int | str | bytes]:
    """Product, versions and chip of a VCEK; a VLEK tells no chip."""
    extensions = read_extensions(leaf, "platform.certificates")
    try:
        told: dict[str, int | str | bytes] = {
            name: int.from_bytes(der_items(extensions[_OID + place])[0][1], "big")
            for name, place in _SPLS.items()
            if _OID + place in extensions
        }
        told["product"] = der_items(extensions[_OID + "2"])[0][1].decode("ascii").partition("-")[0]
    except (KeyError, ValueError, IndexError):
        raise inputs.wrong("platform.certificates", "the certificate of a chip") from None
    if _OID + "4" in extensions:
        told["chip"] = extensions[_OID + "4"][-64:]
    return told


def _tcb(raw: bytes, product: str) -> dict[str, int]:
    places = _PLACES_OF_TURIN if product == "Turin" else _PLACES
    return {name: raw[place] for name, place in places.items()}


def _compare(report: bytes, tcb: dict[str, int], told: dict[str, int | str | bytes]) -> None:
    """The key is derived from chip and versions: a certificate of others is not of this report."""
    chip = told.pop("chip", None)
    if chip is not None and any(report[0x1A0:0x1E0]) and report[0x1A0:0x1E0] != chip:
        raise GateDenied(Code.PLATFORM, "platform.report", "is of another chip than the certificate")
    if any(tcb.get(name) != value for name, value in told.items() if name in tcb) or not tcb.keys() <= told.keys():
        raise GateDenied(Code.TCB, "platform.report", "reports other versions than the certificate")
