"""Vendors of platforms in small: a root, an authority, a chip, and what it attests; the same bytes every time.

Certificates are signed with Ed25519 and reports with deterministic ECDSA, so that vectors can be written anew.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
TCB = {"bootloader": 4, "tee": 0, "snp": 22, "microcode": 213}
FMSPC = "b0c06f000000"


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _der(tag: int, data: bytes) -> bytes:
    size = len(data)
    head = bytes([size]) if size < 0x80 else bytes([0x82]) + size.to_bytes(2, "big")
    return bytes([tag]) + head + data


def _oid(text: str) -> x509.ObjectIdentifier:
    return x509.ObjectIdentifier(text)


class Vendor:
    """A root and an authority below it; `issue` certifies a key with extensions."""

    def __init__(self, seed: int, name: str) -> None:
        self.name = name
        self.keys = [Ed25519PrivateKey.from_private_bytes(bytes([seed, n]) * 16) for n in (1, 2)]
        root = self.certificate("root", self.keys[0].public_key(), "root", self.keys[0], ca=True)
        authority = self.certificate("authority", self.keys[1].public_key(), "root", self.keys[0], ca=True)
        self.root, self.authority = root, authority

    def certificate(self, subject, key, issuer, signer, *, ca, extensions: Mapping[str, bytes] = {}) -> str:  # noqa: B006
        number = int.from_bytes(hashlib.sha256(f"{self.name}{subject}".encode()).digest()[:8], "big") >> 1 | 1
        draft = x509.CertificateBuilder(
            _name(f"{self.name} {issuer}"), _name(f"{self.name} {subject}"), key, number, START, END
        ).add_extension(x509.BasicConstraints(ca, None), critical=True)
        for oid, value in extensions.items():
            draft = draft.add_extension(x509.UnrecognizedExtension(_oid(oid), value), critical=False)
        return draft.sign(signer, None).public_bytes(Encoding.PEM).decode()

    def issue(self, subject: str, key, extensions: Mapping[str, bytes] = {}) -> str:  # noqa: B006
        return self.certificate(subject, key, "authority", self.keys[1], ca=False, extensions=extensions)


AMD, INTEL, NOBODY = Vendor(1, "AMD in small"), Vendor(2, "Intel SGX TCB Signing in small"), Vendor(3, "nobody")


def report_data(workload: bytes) -> bytes:
    return hashlib.sha256(workload).digest() + bytes(32)


def snp_report(data: bytes, *, policy: int = 0x30000, tcb: Mapping[str, int] = TCB, version: int = 3) -> bytes:
    report = bytearray(1184)
    report[0:4] = version.to_bytes(4, "little")
    report[8:16] = policy.to_bytes(8, "little")
    report[0x34:0x38] = (1).to_bytes(4, "little")
    report[0x50:0x90] = data
    report[0x90:0xC0] = b"\xaa" * 48
    for place, name in ((0, "bootloader"), (1, "tee"), (6, "snp"), (7, "microcode")):
        report[0x180 + place] = tcb[name]
    report[0x188:0x18B] = bytes((25, 1, 1))
    report[0x1A0:0x1E0] = b"\xc1" * 64
    return bytes(report)


def snp(
    report: bytes, *, vendor: Vendor = AMD, tcb: Mapping[str, int] = TCB, product: str = "Milan-B0", signed=True
) -> bytes:
    """A document around a report that the chip signs."""
    chip = ec.derive_private_key(7, ec.SECP384R1())
    places = {"bootloader": "3.1", "tee": "3.2", "snp": "3.3", "microcode": "3.8"}
    extensions = {
        f"1.3.6.1.4.1.3704.1.{places[n]}": _der(2, v.to_bytes(2, "big").lstrip(b"\0") or b"\0") for n, v in tcb.items()
    }
    extensions |= {"1.3.6.1.4.1.3704.1.2": _der(0x16, product.encode()), "1.3.6.1.4.1.3704.1.4": b"\xc1" * 64}
    if signed:
        r, s = decode_dss_signature(chip.sign(report[:672], ec.ECDSA(SHA384(), deterministic_signing=True)))
        report = report[:672] + r.to_bytes(72, "little") + s.to_bytes(72, "little") + bytes(368)
    chain = vendor.issue("chip", chip.public_key(), extensions) + vendor.authority
    return document("snp", report=base64.b64encode(report).decode(), certificates=chain)


def document(tee: str, **members: object) -> bytes:
    return json.dumps({"schema": "supplytrust-attestation/1", "tee": tee, **members}, sort_keys=True).encode()


def _signature(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(SHA256(), deterministic_signing=True)))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]


def tdx_quote(data: bytes, *, attributes: int = 0, vendor: Vendor = INTEL, svn: bytes = b"\x05\x00\x03") -> bytes:
    """A quote of version 4, its quoting enclave and the platform's certificate."""
    pck, own = ec.derive_private_key(8, ec.SECP256R1()), ec.derive_private_key(9, ec.SECP256R1())
    body = bytearray(584)
    body[: len(svn)] = svn
    body[120] = attributes
    body[136:184] = b"\xbb" * 48
    body[520:584] = data
    header = (4).to_bytes(2, "little") + (2).to_bytes(2, "little") + (0x81).to_bytes(4, "little") + bytes(40)
    enclave = bytearray(384)
    enclave[128:160] = b"\xee" * 32
    enclave[256:260] = (2).to_bytes(2, "little") + (4).to_bytes(2, "little")
    enclave[320:352] = hashlib.sha256(_point(own) + b"auth").digest()
    pem = (vendor.issue("platform", pck.public_key(), {"1.2.840.113741.1.13.1": _sgx()}) + vendor.authority).encode()
    certified = bytes(enclave) + _signature(pck, bytes(enclave)) + (4).to_bytes(2, "little") + b"auth"
    certified += (5).to_bytes(2, "little") + len(pem).to_bytes(4, "little") + pem
    signed = header + bytes(body)
    rest = _signature(own, signed) + _point(own) + (6).to_bytes(2, "little") + len(certified).to_bytes(4, "little")
    return signed + len(rest + certified).to_bytes(4, "little") + rest + certified


def _sgx() -> bytes:
    prefix = bytes.fromhex("2a864886f84d010d01")
    row = lambda arc, value: _der(0x30, _der(6, prefix + bytes([arc])) + value)  # noqa: E731
    levels = b"".join(_der(0x30, _der(6, prefix + bytes([2, n])) + _der(2, b"\x03")) for n in range(1, 17))
    levels += _der(0x30, _der(6, prefix + bytes([2, 17])) + _der(2, b"\x0d"))
    rows = row(1, _der(4, bytes(16))) + row(2, _der(0x30, levels)) + row(3, _der(4, bytes(2)))
    return _der(0x30, rows + row(4, _der(4, bytes.fromhex(FMSPC))))


def tdx_collateral(
    at: datetime, *, status: str = "UpToDate", fmspc: str = FMSPC, vendor: Vendor = INTEL
) -> dict[str, str]:
    signer = ec.derive_private_key(10, ec.SECP256R1())
    chain = vendor.issue("signer", signer.public_key()) + vendor.authority
    times = {
        "issueDate": f"{at - timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}",
        "nextUpdate": f"{at + timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}",
    }
    components = lambda *svns: [{"svn": n} for n in (*svns, *[0] * (16 - len(svns)))]  # noqa: E731
    level = {"tcb": {"sgxtcbcomponents": components(3), "tdxtcbcomponents": components(5, 0, 3), "pcesvn": 13}}
    level |= {"tcbStatus": status, "advisoryIDs": [] if status == "UpToDate" else ["INTEL-SA-00001"]}
    info = json.dumps({"id": "TDX", "version": 3, **times, "fmspc": fmspc.upper(), "tcbLevels": [level]})
    enclave = {"mrsigner": "EE" * 32, "isvprodid": 2, "tcbLevels": [{"tcb": {"isvsvn": 4}, "tcbStatus": "UpToDate"}]}
    identity = json.dumps({"id": "TD_QE", "version": 2, **times, **enclave})
    return {
        "tcb_info": info,
        "tcb_info_signature": _signature(signer, info.encode()).hex(),
        "tcb_info_issuer_chain": chain,
        "qe_identity": identity,
        "qe_identity_signature": _signature(signer, identity.encode()).hex(),
        "qe_identity_issuer_chain": chain,
    }


def tdx(quote: bytes, collateral: dict[str, str] | None) -> bytes:
    more = {} if collateral is None else {"collateral": collateral}
    return document("tdx", quote=base64.b64encode(quote).decode(), **more)


# --- what a verifier makes of such evidence: an attestation result (draft-ietf-rats-ear), a JWT


def ear_claims(evidence: Mapping[str, object] | None = None, sub: Mapping[str, object] = {}, **changes: object):  # noqa: B006
    """The claims of a result about one platform, which affirm it; `sub` changes the submodule, the rest the token."""
    appraisal = {
        "ear.status": "affirming",
        "ear.trustworthiness-vector": {"instance-identity": 2, "configuration": 2, "executables": 3, "hardware": 2},
        "ear.veraison.annotated-evidence": {
            "snp": dict(evidence or {"measurement": "aa11", "policy_debug_allowed": False})
        },
    }
    return {
        "eat_profile": "tag:github.com,2023:veraison/ear",
        "iat": int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()) - 60,
        "submods": {"cpu0": {**appraisal, **sub}},
        **changes,
    }


def ear_token(claims: object, key, header: Mapping[str, object] | None = None) -> bytes:
    """The token that a key of `simulators.keep` signs."""

    def part(value: object) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    head = part(header or {"alg": "ES256", "typ": "JWT"}) + b"." + part(claims)
    return head + b"." + base64.urlsafe_b64encode(key.sign(head)).rstrip(b"=")
