"""Attestation documents of SEV-SNP and TDX are verified: chain, signatures, what is bound; a bit of them changed denies."""

import base64
import json
import os
import random
from datetime import timedelta
from pathlib import Path

import pytest

from simulators.attestations import (
    AMD,
    FMSPC,
    INTEL,
    NOBODY,
    TCB,
    document,
    report_data,
    snp,
    snp_report,
    tdx,
    tdx_collateral,
    tdx_quote,
)
from simulators.keep import NOW, Keep, platform_policy
from supplytrust.gate.denial import GateDenied
from supplytrust.gate.platforms import read_platform
from supplytrust.gate.platforms.claims import VERIFIED, PlatformRules

RULES = PlatformRules(required=True, accept=("snp", "tdx"), roots=(AMD.root, INTEL.root))
DATA = report_data(Keep().workload)


def asked(more: str = "", roots=(AMD.root, INTEL.root)) -> Keep:
    pinned = "".join(f'\n[[platform.root]]\ncertificate = """\n{root}"""\n' for root in roots)
    rules = f'\n[platform]\nrequired = true\naccept = ["snp", "tdx"]\nmethods = ["verified"]\n{more}{pinned}'
    return Keep(policy_text=platform_policy(rules))


def told(claims: bytes, more: str = "", **changes) -> set[str]:
    return {r.code for r in asked(more, **changes).admit(platform=claims).reasons}


GOOD = {"snp": snp(snp_report(DATA)), "tdx": tdx(tdx_quote(DATA), tdx_collateral(NOW))}


@pytest.mark.parametrize("tee", GOOD)
def test_a_good_one_is_verified_and_lets_in(tee):
    claims = read_platform(GOOD[tee], RULES)
    assert (claims.method, claims.debug, claims.workload) == (VERIFIED, False, DATA[:32].hex())
    assert told(GOOD[tee]) == set()


def test_what_a_report_says():
    claims = read_platform(GOOD["snp"], RULES)
    assert (claims.tee, claims.measurement, dict(claims.tcb)) == ("sev-snp", "aa" * 48, TCB)
    assert (claims.cpu.vendor, claims.cpu.family, claims.cpu.generation) == ("amd", 25, "milan")
    claims = read_platform(GOOD["tdx"], RULES)
    assert (claims.tee, claims.measurement, claims.cpu.fmspc) == ("tdx", "bb" * 48, FMSPC)
    assert (claims.tcb_status, claims.advisories, dict(claims.tcb)["pce"]) == ("UpToDate", (), 13)


@pytest.mark.parametrize(
    ("claims", "more", "code"),
    [
        (snp(snp_report(report_data(b"another"))), "", "platform"),
        (snp(snp_report(DATA, policy=0x30000 | 1 << 19)), "", "platform"),
        (snp(snp_report(DATA, policy=0x30000 | 1 << 18)), "", "platform"),
        (snp(snp_report(DATA), vendor=NOBODY), "", "signature"),
        (snp(snp_report(DATA), signed=False), "", "signature"),
        (snp(snp_report(DATA, tcb={**TCB, "snp": 23})), "", "tcb"),
        (snp(snp_report(DATA, version=1)), "", "parse"),
        (GOOD["snp"], "[platform.minimum]\nsnp = 23\n", "tcb"),
        (GOOD["snp"], '[[platform.cpu_deny]]\nbecause = "x"\ngeneration = "milan"\n', "tcb"),
        (GOOD["snp"], '[[platform.cpu_deny]]\nbecause = "x"\nfamily = 25\nmodels = [1]\n', "tcb"),
        (GOOD["snp"], 'tcb_status = ["UpToDate"]\n', "tcb"),  # no report tells it
        (GOOD["snp"], 'tee = ["tdx"]\n', "platform"),
        (GOOD["snp"], "max_age_minutes = 5\n", "platform"),  # no report tells its age
        (tdx(tdx_quote(report_data(b"another")), tdx_collateral(NOW)), "", "platform"),
        (tdx(tdx_quote(DATA, attributes=1), tdx_collateral(NOW)), "", "platform"),
        (tdx(tdx_quote(DATA, vendor=NOBODY), tdx_collateral(NOW)), "", "signature"),
        (tdx(tdx_quote(DATA), tdx_collateral(NOW, vendor=NOBODY)), "", "signature"),
        (tdx(tdx_quote(DATA), tdx_collateral(NOW, status="OutOfDate")), 'tcb_status = ["UpToDate"]\n', "tcb"),
        (tdx(tdx_quote(DATA), tdx_collateral(NOW, status="OutOfDate")), "", "tcb"),  # an open advisory
        (tdx(tdx_quote(DATA), tdx_collateral(NOW, fmspc="00" * 6)), "", "tcb"),
        (tdx(tdx_quote(DATA, svn=b"\x04\x00\x03"), tdx_collateral(NOW)), "", "tcb"),
        (tdx(tdx_quote(DATA), tdx_collateral(NOW - timedelta(days=31))), "", "expired"),
        (tdx(tdx_quote(DATA), None), 'tcb_status = ["UpToDate"]\n', "parse"),
        (GOOD["tdx"], f'[[platform.cpu_deny]]\nbecause = "x"\nfmspc = ["{FMSPC.upper()}"]\n', "tcb"),
        (document("snp"), "", "parse"),
        (document("sgx"), "", "parse"),
    ],
)
def test_what_is_wrong_denies(claims, more, code):
    assert code in told(claims, more)


def test_other_processors_than_the_refused_ones_enter():
    for tee, rule in (("snp", 'generation = "rome"'), ("tdx", 'fmspc = ["00906ed50000"]')):
        assert told(GOOD[tee], f'[[platform.cpu_deny]]\nbecause = "x"\n{rule}\n') == set()


def test_a_root_counts_because_the_policy_pins_it():
    assert told(GOOD["snp"], roots=()) == {"signature"}
    assert told(GOOD["snp"], roots=(INTEL.root,)) == {"signature"}
    with_root = json.loads(GOOD["snp"])
    with_root["certificates"] += AMD.root
    assert told(json.dumps(with_root).encode()) == set()  # the pinned one may come along
    with_root["certificates"] += NOBODY.root
    assert told(json.dumps(with_root).encode()) == {"signature"}


def test_a_rule_asks_for_verified_claims():
    plain = json.dumps({"schema": "supplytrust-platform/1", "tee": "snp", "tcb": {"advisories": []}, "debug": False,
                        "issuedAt": f"{NOW:%Y-%m-%dT%H:%M:%SZ}"}).encode()  # fmt: skip
    text = '\n[platform]\nrequired = true\naccept = ["plain"]\n'
    assert Keep(policy_text=platform_policy(text)).admit(platform=plain).admit is True
    strict = Keep(policy_text=platform_policy(text + 'methods = ["vouched", "verified"]\n')).admit(platform=plain)
    assert [(r.code, r.field) for r in strict.reasons] == [("platform", "platform.method")]


def mutants(data: bytes, member: str, number: int):
    """Documents of which one bit of the report or quote is another."""
    chance = random.Random(20261129)
    parts = json.loads(data)
    raw = base64.b64decode(parts[member])
    for _ in range(number):
        changed, bit = bytearray(raw), chance.randrange(len(raw) * 8)
        changed[bit // 8] ^= 1 << bit % 8
        yield json.dumps({**parts, member: base64.b64encode(changed).decode()}).encode()


def verified(data: bytes, rules: PlatformRules) -> bool:
    try:
        read_platform(data, rules)
    except GateDenied:
        return False
    return True


@pytest.mark.parametrize(("tee", "member"), [("snp", "report"), ("tdx", "quote")])
def test_a_changed_bit_verifies_nothing(tee, member):
    assert [m for m in mutants(GOOD[tee], member, 200) if verified(m, RULES)] == []


@pytest.mark.parametrize("member", ["tcb_info", "qe_identity", "tcb_info_signature", "tcb_info_issuer_chain"])
def test_a_changed_letter_of_the_collateral_verifies_nothing(member):
    good = json.loads(GOOD["tdx"])
    text = good["collateral"][member]
    for place in range(0, len(text), max(1, len(text) // 25)):
        letter = "0" if text[place] != "0" else "1"
        good["collateral"][member] = text[:place] + letter + text[place + 1 :]
        assert not verified(json.dumps(good).encode(), RULES), place


def of_version(pem: str, version: int) -> str:
    """A certificate that says to be of another version than 3 (RFC 5280, 4.1.2.1)."""
    der = base64.b64decode("".join(pem.splitlines()[1:-1]))
    changed = der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01" + bytes([version]), 1)
    assert changed != der
    return f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(changed).decode()}-----END CERTIFICATE-----\n"


@pytest.mark.parametrize("version", [0x6A, 0x03])
def test_a_certificate_of_another_version_is_no_certificate(version):
    document = json.loads(GOOD["snp"])
    chip = document["certificates"].partition("-----END CERTIFICATE-----\n")
    document["certificates"] = of_version(chip[0] + chip[1], version) + chip[2]
    assert told(json.dumps(document).encode()) == {"parse"}
    foreign = of_version(AMD.root, version).encode()
    keep = Keep(policy_text=platform_policy('\n[platform]\nrequired = true\naccept = ["steward"]\n'))
    assert {r.code for r in keep.admit(platform=foreign).reasons} == {"parse"}


SAMPLES = os.environ.get("SUPPLYTRUST_ATTESTATION_SAMPLES", "")


@pytest.mark.thorough
@pytest.mark.skipif(not SAMPLES, reason="SUPPLYTRUST_ATTESTATION_SAMPLES names no folder of public samples")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", sorted(Path(SAMPLES or ".").glob("*.attestation.json")), ids=lambda p: p.stem)
def test_public_samples(path):
    """Real documents beside `*.root.pem`, in the form that the gate reads: verified, and no mutant of them is."""
    roots = tuple(p.read_text() for p in sorted(path.parent.glob("*.root.pem")))
    rules = PlatformRules(required=True, accept=("snp", "tdx"), roots=roots, binds_workload=False)
    data = path.read_bytes()
    if "outdated" in path.name:  # of a platform below every level that its vendor still lists
        with pytest.raises(GateDenied) as caught:
            read_platform(data, rules)
        assert caught.value.reason.code == "tcb"
        return
    assert verified(data, rules)
    member = "report" if b'"report"' in data else "quote"
    assert [m for m in mutants(data, member, 200) if verified(m, rules)] == []
