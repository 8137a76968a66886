"""Public attestation documents, as packages of others ship them, in the form that the gate reads.

    cargo fetch                       # of a project that depends on the crates `sev` and `dcap-qvl`
    python tools/bench/attestation_samples.py CARGO-REGISTRY-SOURCES FOLDER

writes `*.attestation.json` and the vendors' roots (`*.root.pem`) into FOLDER; `tests/gate/test_attestations.py` verifies
them, and 200 mutants of each, when SUPPLYTRUST_ATTESTATION_SAMPLES names it. Roots are not taken from the samples as they
come: they must be those of which the fingerprints are written here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

ROOTS = {  # SHA-256 of the certificates in DER, as the vendors publish them
    "intel": "44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3",
    "amd-milan": "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd",
}
COLLATERAL = (
    *("tcb_info", "tcb_info_signature", "tcb_info_issuer_chain"),
    *("qe_identity", "qe_identity_signature", "qe_identity_issuer_chain"),
)


def spell(certificate: x509.Certificate) -> str:
    """PEM in its one spelling."""
    return certificate.public_bytes(Encoding.PEM).decode()


def write_root(folder: Path, name: str, certificate: x509.Certificate) -> None:
    """A root, if it is the one that is known."""
    digest = hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
    if digest != ROOTS[name]:
        raise SystemExit(f"{name}: another root, sha256 {digest}")
    (folder / f"{name}.root.pem").write_text(spell(certificate))


def write(folder: Path, name: str, tee: str, **members: object) -> None:
    """One document."""
    document = {"schema": "supplytrust-attestation/1", "tee": tee, **members}
    (folder / f"{name}.attestation.json").write_text(json.dumps(document))


def write_snp(crate: Path, folder: Path) -> None:
    """The report of a Milan processor with its certificates (crate `sev`)."""
    samples, built_in = crate / "tests/certs_data", crate / "src/certs/snp/builtin/milan"
    report = bytes.fromhex((samples / "report_milan.hex").read_text().strip())
    chip = x509.load_der_x509_certificate((samples / "vcek_milan.der").read_bytes())
    authority = x509.load_pem_x509_certificate((built_in / "ask.pem").read_bytes())
    write_root(folder, "amd-milan", x509.load_pem_x509_certificate((built_in / "ark.pem").read_bytes()))
    chain = spell(chip) + spell(authority)
    write(folder, "snp-milan", "snp", report=base64.b64encode(report).decode(), certificates=chain)


def write_tdx(crate: Path, folder: Path) -> None:
    """Quotes that came with the collateral of their day (crate `dcap-qvl`)."""
    for place in sorted((crate / "sample").glob("tdx_quote*_collateral.json")):
        told = json.loads(place.read_text())
        quote = place.with_name(place.name.removesuffix("_collateral.json")).read_bytes()
        chain = x509.load_pem_x509_certificates(told["tcb_info_issuer_chain"].encode())
        write_root(folder, "intel", chain[-1])
        given = {name: told[name] for name in COLLATERAL}
        for name in ("tcb_info_issuer_chain", "qe_identity_issuer_chain"):
            given[name] = "".join(spell(c) for c in x509.load_pem_x509_certificates(given[name].encode()))
        name = place.name.removesuffix("_collateral.json").replace("_", "-")
        write(folder, name, "tdx", quote=base64.b64encode(quote).decode(), collateral=given)


def main(sources: str, folder: str) -> int:
    """Of each crate the newest that is there."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    for name, make in (("sev", write_snp), ("dcap-qvl", write_tdx)):
        found = sorted(Path(sources).glob(f"*/{name}-[0-9]*"))
        if not found:
            raise SystemExit(f"the crate {name} is not there")
        make(found[-1], place)
    print("\n".join(sorted(path.name for path in place.iterdir())))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
