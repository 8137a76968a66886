"""An Intel TDX quote (versions 4 and 5) with its collateral, verified here.

`{"schema": "supplytrust-attestation/1", "tee": "tdx", "quote": base64, "collateral": {"tcb_info", "tcb_info_signature",
"tcb_info_issuer_chain", "qe_identity", "qe_identity_signature", "qe_identity_issuer_chain"}}`

The quote is signed by an attestation key that Intel's quoting enclave made; the enclave's report names that key and is
signed by the platform's key (PCK), which leads to Intel's root. A quote without collateral is not read: leaving out
what Intel says of a platform would leave out that its TCB is out of date. Intel, "TDX DCAP Quoting Library API"
(appendix A), "PCK Certificate and CRL Profile Specification".
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from supplytrust.errors import MalformedRecordError
from supplytrust.formats.json_reader import Json, Limits, read_object
from supplytrust.gate import inputs
from supplytrust.gate.denial import Code, GateDenied, from_malformed
from supplytrust.gate.inputs import Object
from supplytrust.gate.platforms.certificates import (
    Chain,
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
    from datetime import datetime

    from supplytrust.gate.platforms.claims import PlatformRules

_HEADER, _TDX, _ECDSA_P256 = 48, 0x81, 2
_BODIES = {584: 2, 648: 3, 885: 4}  # TD 1.0, 1.5 and 1.5 extended by size, and the type that version 5 gives them
_QE_CERTIFICATION, _PCK_CHAIN = 6, 5
_QE_REPORT = 384
_SGX = "1.2.840.113741.1.13.1"
_MEMBERS = ("tcb_info", "tcb_info_signature", "tcb_info_issuer_chain")
_QE_MEMBERS = ("qe_identity", "qe_identity_signature", "qe_identity_issuer_chain")
_COLLATERAL = (*_MEMBERS, *_QE_MEMBERS)
_PASSED_OVER = ("pck_crl_issuer_chain", "root_ca_crl", "pck_crl", "pck_certificate_chain")
_SIGNER = "Intel SGX TCB Signing"


@dataclass(frozen=True, slots=True)
class _Quote:
    """The parts of a quote; `signed` is everything that the attestation key signs."""

    signed: bytes
    body: bytes
    signature: bytes
    key: bytes
    qe_report: bytes
    qe_signature: bytes
    qe_data: bytes
    certificates: str


@dataclass(frozen=True, slots=True)
class _Pck:
    """What a platform's certificate says: versions of 16 components, of the PCE, and the family (FMSPC)."""

    components: tuple[int, ...]
    pce: int
    fmspc: str


@dataclass(frozen=True, slots=True)
class _Status:
    """What the collateral says of a platform; times bound how long it may be used."""

    status: str = ""
    advisories: tuple[str, ...] | None = None
    issued: datetime | None = None
    expires: datetime | None = None


def looks_like(data: bytes) -> bool:
    """A document of this TEE."""
    return tee_of(data) == "tdx"


def read(data: bytes, rules: PlatformRules) -> PlatformClaims:
    """Verify chain, quoting enclave, quote and collateral, then say what they say. Raises Denied."""
    document = read_document(data, ("quote", "collateral"))
    quote = _parse(read_bytes(document["quote"], "platform.quote"))
    chain = _verify_quote(quote, rules)
    pck = _read_pck(chain)
    body = quote.body
    if any(body[64:120]):  # MRSIGNERSEAM and SEAMATTRIBUTES, both zero of modules that Intel signed for production
        raise GateDenied(Code.PLATFORM, "platform.quote.module", "the TDX module is not Intel's")
    svn = tuple(body[:16])
    found = _judge(document["collateral"], pck, svn, quote.qe_report, rules)
    return PlatformClaims(
        source="tdx",
        method=VERIFIED,
        tee="tdx",
        measurement=body[136:184].hex(),
        tcb_status=found.status,
        advisories=found.advisories,
        tcb=MappingProxyType({"pce": pck.pce, "tdx": svn[0], "seam": svn[1], "microcode": svn[2]}),
        cpu=Cpu(vendor="intel", fmspc=pck.fmspc),
        debug=body[120] != 0,  # the group of attributes of which any makes a TD one that is not to be trusted (TUD)
        issued=found.issued,
        expires=min(t for t in (chain.expires, found.expires) if t),
        workload=workload_of(body[520:584]) if rules.binds_workload else "",
    )


class _Bytes:
    """Parts of a quote one after the other; a part that is not there is no quote."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        part = self.data[self.at : self.at + size]
        self.at += size
        if len(part) != size:
            raise inputs.wrong("platform.quote", "whole")
        return part

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")


def _parse(data: bytes) -> _Quote:
    parts = _Bytes(data)
    header = parts.take(_HEADER)
    version, key_type, tee = (int.from_bytes(header[a:b], "little") for a, b in ((0, 2), (2, 4), (4, 8)))
    if version not in (4, 5) or key_type != _ECDSA_P256 or tee != _TDX:
        raise inputs.wrong("platform.quote", "a TDX quote of version 4 or 5 with ECDSA P-256")
    size = 584
    if version == 5:
        kind, size = parts.number(2), parts.number(4)
        if _BODIES.get(size) != kind:
            raise inputs.wrong("platform.quote", "of a body that is known")
    body = parts.take(size)
    signed = data[: parts.at]
    within = _Bytes(parts.take(parts.number(4)))
    if any(data[parts.at :]):
        raise inputs.wrong("platform.quote", "padded with zeros")
    signature, key = within.take(64), within.take(64)
    if within.number(2) != _QE_CERTIFICATION:
        raise inputs.wrong("platform.quote", "certified by a quoting enclave")
    certified = _Bytes(within.take(within.number(4)))
    qe_report, qe_signature = certified.take(_QE_REPORT), certified.take(64)
    qe_data = certified.take(certified.number(2))
    if certified.number(2) != _PCK_CHAIN:
        raise inputs.wrong("platform.quote", "with the certificates of its platform")
    pem = certified.take(certified.number(4)).rstrip(b"\0")
    if within.at != len(within.data) or certified.at != len(certified.data):
        raise inputs.wrong("platform.quote", "of parts that fill it")
    return _Quote(signed, body, signature, key, qe_report, qe_signature, qe_data, pem.decode("ascii", "replace"))


def _verify_quote(quote: _Quote, rules: PlatformRules) -> Chain:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    given = parse_certificates(quote.certificates, "platform.quote")
    chain = verify_chain(given[0], given[1:], rules.roots, "platform.quote")
    _verify(
        read_public_key(chain.leaf, "platform.quote"), quote.qe_signature, quote.qe_report, "platform.quote.enclave"
    )
    bound = hashlib.sha256(quote.key + quote.qe_data).digest()
    if quote.qe_report[320:384] != bound + bytes(32):
        raise GateDenied(Code.SIGNATURE, "platform.quote.key", "the quoting enclave names another key")
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + quote.key)
    except ValueError:
        raise GateDenied(Code.SIGNATURE, "platform.quote.key", "is no key") from None
    r, s = (int.from_bytes(part, "big") for part in (quote.signature[:32], quote.signature[32:]))
    verify_ecdsa(key, r, s, quote.signed, SHA256(), "platform.quote")
    return chain


def _verify(key: object, signature: bytes, signed: bytes, field: str) -> None:
    from cryptography.hazmat.primitives.hashes import SHA256

    if len(signature) != 64:
        raise GateDenied(Code.SIGNATURE, field, "is not signed")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    verify_ecdsa(key, r, s, signed, SHA256(), field)


def _read_pck(chain: Chain) -> _Pck:
    """The SGX extensions of a platform's certificate: rows of an object identifier and its value."""
    raw = read_extensions(chain.leaf, "platform.quote")
    try:
        rows = _rows(der_items(raw[_SGX])[0][1])
        levels = _rows(rows[2])
        components = tuple(int.from_bytes(levels[n], "big") for n in range(1, 17))
        return _Pck(components, int.from_bytes(levels[17], "big"), rows[4].hex())
    except (KeyError, ValueError, IndexError):
        raise inputs.wrong("platform.quote", "with the certificate of a platform") from None


def _rows(data: bytes) -> dict[int, bytes]:
    """The last arc of each identifier with its value."""
    pairs = (der_items(row) for _, row in der_items(data))
    return {name[-1]: value for (_, name), (_, value) in pairs}


# --- collateral: what Intel says of platforms of this family, today


def _judge(value: Json, pck: _Pck, svn: tuple[int, ...], qe_report: bytes, rules: PlatformRules) -> _Status:
    collateral = inputs.only(inputs.obj(value, "platform.collateral"), "platform.collateral", _COLLATERAL, _PASSED_OVER)
    info, first = _signed_json(collateral, _MEMBERS, rules)
    identity, second = _signed_json(collateral, _QE_MEMBERS, rules)
    if info.get("id") != "TDX" or inputs.text(info.get("fmspc"), "platform.tcb_info.fmspc").lower() != pck.fmspc:
        raise GateDenied(Code.TCB, "platform.tcb_info", "is about platforms of another family")
    _check_enclave(identity, qe_report)
    level = _level(inputs.items(info.get("tcbLevels"), "platform.tcb_info.tcbLevels"), pck, svn)
    module = _module_level(info, svn) if svn[1] else {}
    advisories = [*_advisories(level), *_advisories(module)]
    status = inputs.text(level.get("tcbStatus"), "platform.tcb_info.tcbStatus")
    if module and module.get("tcbStatus") != "UpToDate":
        status = inputs.text(module.get("tcbStatus"), "platform.tcb_info.tdxModuleIdentities")
    times = [inputs.instant(d.get(n), f"platform.{n}") for d in (info, identity) for n in ("issueDate", "nextUpdate")]
    return _Status(
        status,
        tuple(sorted(set(advisories))),
        min(times[0], times[2]),
        min(times[1], times[3], first.expires, second.expires),
    )


def _advisories(level: Object) -> tuple[str, ...]:
    return inputs.texts(level.get("advisoryIDs", []), "platform.tcb_info.advisoryIDs")


def _module_level(info: Object, svn: tuple[int, ...]) -> Object:
    """The level of a TDX module of the line that the quote names: of newer lines the first two components say it."""
    field = "platform.tcb_info.tdxModuleIdentities"
    for item in inputs.items(info.get("tdxModuleIdentities", []), field):
        identity = inputs.obj(item, field)
        if identity.get("id") != f"TDX_{svn[1]:02d}":
            continue
        for one in inputs.items(identity.get("tcbLevels"), field):
            level = inputs.obj(one, field)
            if svn[0] >= inputs.integer(inputs.obj(level.get("tcb"), field).get("isvsvn"), field):
                return level
    raise GateDenied(Code.TCB, field, f"no module of line {svn[1]} and version {svn[0]} is known")


def _signed_json(collateral: Object, names: tuple[str, ...], rules: PlatformRules) -> tuple[Object, Chain]:
    text, signature, pem = (inputs.text(collateral[n], f"platform.{n}") for n in names)
    given = parse_certificates(pem, f"platform.{names[2]}")
    chain = verify_chain(given[0], given[1:], rules.roots, f"platform.{names[2]}")
    if _SIGNER not in chain.leaf.subject.rfc4514_string():
        raise GateDenied(Code.SIGNATURE, f"platform.{names[2]}", "is not of the one who signs collateral")
    try:
        raw = bytes.fromhex(signature)
    except ValueError:
        raise inputs.wrong(f"platform.{names[1]}", "hexadecimal") from None
    _verify(read_public_key(chain.leaf, f"platform.{names[2]}"), raw, text.encode("utf-8"), f"platform.{names[0]}")
    try:
        return read_object(text.encode("utf-8"), Limits(size=1_000_000)), chain
    except MalformedRecordError as error:
        raise from_malformed(error, f"platform.{names[0]}") from None


def _check_enclave(identity: Object, report: bytes) -> None:
    """Signer, product and version of the quoting enclave are those that Intel names."""
    wanted = (
        inputs.text(identity.get("mrsigner"), "platform.qe_identity.mrsigner").lower(),
        inputs.integer(identity.get("isvprodid"), "platform.qe_identity.isvprodid"),
    )
    if (report[128:160].hex(), int.from_bytes(report[256:258], "little")) != wanted:
        raise GateDenied(Code.PLATFORM, "platform.qe_identity", "the quoting enclave is another one")
    version = int.from_bytes(report[258:260], "little")
    for item in inputs.items(identity.get("tcbLevels"), "platform.qe_identity.tcbLevels"):
        level = inputs.obj(item, "platform.qe_identity.tcbLevels")
        least = inputs.obj(level.get("tcb"), "platform.qe_identity.tcb").get("isvsvn")
        if version >= inputs.integer(least, "platform.qe_identity.isvsvn"):
            if level.get("tcbStatus") != "UpToDate":
                raise GateDenied(Code.TCB, "platform.qe_identity", "the quoting enclave is out of date")
            return
    raise GateDenied(Code.TCB, "platform.qe_identity", "the quoting enclave is older than any that is known")


def _level(levels: list[Json], pck: _Pck, svn: tuple[int, ...]) -> Object:
    """The first, that is the highest, level that the platform reaches in every component."""
    for item in levels:
        level = inputs.obj(item, "platform.tcb_info.tcbLevels")
        tcb = inputs.obj(level.get("tcb"), "platform.tcb_info.tcb")
        sgx, tdx = (_components(tcb.get(f"{n}tcbcomponents")) for n in ("sgx", "tdx"))
        least = inputs.integer(tcb.get("pcesvn"), "platform.tcb_info.pcesvn")
        own, wanted = (svn[2:], tdx[2:]) if svn[1] else (svn, tdx)  # the module has a level of its own
        if pck.pce >= least and _reaches(pck.components, sgx) and len(tdx) == len(svn) and _reaches(own, wanted):
            return level
    raise GateDenied(Code.TCB, "platform.tcb_info", "no level is as low as this platform")


def _components(value: Json) -> tuple[int, ...]:
    field = "platform.tcb_info.components"
    return tuple(inputs.integer(inputs.obj(c, field).get("svn"), field) for c in inputs.items(value, field))


def _reaches(own: tuple[int, ...], least: tuple[int, ...]) -> bool:
    return len(own) == len(least) and all(mine >= wanted for mine, wanted in zip(own, least, strict=True))
