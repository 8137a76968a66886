"""Who says what about the platform, and whether it is enough."""

import json
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from simulators.attestations import ear_claims, ear_token
from simulators.keep import NOW, PLATFORM, PLATFORM_RULES, Keep, Key, platform_policy, time


def codes(decision):
    return {r.code for r in decision.reasons}


def plain(rules=PLATFORM_RULES, **changes):
    keep = Keep(policy_text=platform_policy(rules))
    document = {k: v for k, v in {**PLATFORM, **changes}.items() if v != "drop"}
    return keep.admit(platform=json.dumps(document).encode())


CPU = PLATFORM["cpu"]
TCB = PLATFORM["tcb"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, set()),
        ({"tee": "kvm"}, {"platform"}),
        ({"measurement": "aa12"}, {"platform"}),
        ({"measurement": "drop"}, {"platform"}),
        ({"debug": True}, {"platform"}),
        ({"debug": "no"}, {"parse"}),
        ({"workload": "0" * 64}, {"platform"}),
        ({"issuedAt": time(NOW - timedelta(minutes=60))}, {"expired"}),
        ({"issuedAt": time(NOW + timedelta(minutes=2))}, {"not-yet-valid"}),
        ({"issuedAt": "drop"}, {"platform"}),
        ({"expires": time(NOW)}, {"expired"}),
        ({"schema": "supplytrust-platform/2"}, {"version"}),
        ({"tcb": {**TCB, "status": "OutOfDate"}}, {"tcb"}),
        ({"tcb": {**TCB, "status": ""}}, {"tcb"}),
        ({"tcb": {**TCB, "advisories": ["EXAMPLE-SA-00001", "EXAMPLE-SA-00002"]}}, {"tcb"}),
        ({"tcb": {**TCB, "levels": {"snp": 7}}}, {"tcb"}),
        ({"tcb": {**TCB, "levels": {}}}, {"tcb"}),
        ({"cpu": {**CPU, "microcode": 99}}, {"tcb"}),
        ({"cpu": {**CPU, "stepping": 1}}, {"tcb"}),
        ({"cpu": {k: v for k, v in CPU.items() if k != "stepping"}}, {"tcb"}),  # cannot be ruled out
        ({"cpu": {**CPU, "family": 26, "stepping": 1}}, set()),
        ({"cpu": {"microcode": 100}}, {"tcb"}),
    ],
)
def test_plain(changes, expected):
    assert codes(plain(**changes)) == expected


def test_denied_generation():
    rules = (
        PLATFORM_RULES
        + '[[platform.cpu_deny]]\nbecause = "shared predictor"\ngeneration = "naples"\nmicrocode_below = 200\n'
    )
    assert codes(plain(rules)) == set()
    assert codes(plain(rules, cpu={**CPU, "generation": "naples"})) == {"tcb"}
    assert codes(plain(rules, cpu={**CPU, "generation": "naples", "microcode": 200})) == set()


def test_a_record_may_name_its_platforms():
    keep = Keep(policy_text=platform_policy())
    part = keep.workload_part(platform={"tee": ["sgx"], "measurements": []})
    other = keep.but(predicate={"workload": part})
    assert codes(other.admit(platform=json.dumps(PLATFORM).encode())) == {"platform"}
    lax = Keep(predicate={"workload": part})
    assert codes(lax.admit()) == {"platform"}  # the policy asks for nothing, the record does


@pytest.mark.parametrize("text", [b"{", b'{"schema":1,"schema":1}', b"{}"])
def test_plain_documents_that_cannot_be_read(text):
    decision = Keep(policy_text=platform_policy()).admit(platform=text)
    assert codes(decision) <= {"parse", "duplicate-key", "version"}
    assert not decision.admit


def test_a_file_of_claims_may_be_missing():
    assert codes(Keep(policy_text=platform_policy()).admit(platform="/no/such/claims")) == {"platform"}
    assert codes(Keep().admit(status="/no/such/list")) == {"status-stale"}


def test_form_must_be_accepted():
    rules = PLATFORM_RULES.replace('["plain"]', '["ear"]')
    assert codes(plain(rules)) == {"platform"}
    assert codes(Keep(policy_text=platform_policy()).admit(platform=b"\x00\x01")) == {"parse"}


# --- EAR ----------------------------------------------------------------------------------------------------

VERIFIER = Key.ecdsa(ec.SECP256R1(), 11, p1363=True)
EAR_RULES = f"""
[platform]
required = true
accept = ["ear"]
tee = ["snp"]
measurements = ["aa11"]
max_age_minutes = 60
[[platform.verifier]]
key = '''{VERIFIER.pem}'''
"""
VECTOR = {"instance-identity": 2, "configuration": 2, "executables": 3, "hardware": 2}


def ear(key=VERIFIER, alg="ES256", header=None, **changes):
    return ear_token(ear_claims(**changes), key, header or {"alg": alg, "typ": "JWT"})


def ask_ear(token):
    return codes(Keep(policy_text=platform_policy(EAR_RULES)).admit(platform=token))


def test_ear_is_accepted():
    assert ask_ear(ear()) == set()
    assert ask_ear(ear() + b"\n") == set()


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (ear(key=Key.ecdsa(ec.SECP256R1(), 12, p1363=True)), {"signature"}),
        (ear(alg="none"), {"signature"}),
        (ear(alg="HS256"), {"signature"}),
        (ear(header={"alg": "ES256", "crit": ["x"]}), {"crit"}),
        (ear(sub={"ear.status": "warning"}), {"platform"}),
        (ear(sub={"ear.status": "none"}), {"platform"}),
        (ear(sub={"ear.trustworthiness-vector": {**VECTOR, "hardware": 97}}), {"platform"}),
        (ear(sub={"ear.trustworthiness-vector": {**VECTOR, "hardware": -1}}), {"platform"}),
        (ear(sub={"ear.status": "fine"}), {"parse"}),
        (ear(sub={"ear.status": None}), {"parse"}),
        (ear(submods={}), {"platform"}),
        (ear(evidence={"measurement": "bb22"}), {"platform"}),
        (ear(evidence={"measurement": "aa11", "policy_debug_allowed": True}), {"platform"}),
        (ear(iat=int(NOW.timestamp()) - 3600), {"expired"}),
        (ear(iat=10**15), {"parse"}),
        (ear(exp=int(NOW.timestamp())), {"expired"}),
        (ear().replace(b".", b"=.", 1), {"parse"}),
        (b"e30." + ear().partition(b".")[2], {"signature"}),
        (b"e31." + ear().partition(b".")[2], {"parse"}),
        (b"e." + ear().partition(b".")[2], {"parse"}),
        (
            ear(
                submods={
                    "a": {
                        "ear.status": 2,
                        "ear.veraison.annotated-evidence": {"snp": {"measurement": "aa11"}, "sgx": {}},
                    }
                }
            ),
            {"platform"},
        ),
    ],
)
def test_ear_is_refused(token, expected):
    assert ask_ear(token) == expected


def test_every_submodule_counts():
    bad = {"ear.status": "contraindicated"}
    good = {"ear.status": 2}
    assert ask_ear(ear(submods={"a": good, "b": bad})) == {"platform"}


def test_ear_flips():
    token = ear()
    keep = Keep(policy_text=platform_policy(EAR_RULES))
    policy, envelope, status = keep.policy(), keep.envelope(), keep.status()
    for position in range(0, len(token), 3):
        mutant = bytearray(token)
        mutant[position] ^= 1
        asked = {"gate_policy": policy, "envelope": envelope, "status": status, "platform": bytes(mutant)}
        assert keep.admit(**asked).admit is False, position


# --- certificates -------------------------------------------------------------------------------------------


def certificate(subject, issuer, key, issuer_key, extensions=(), hours=24):
    name = lambda text: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])  # noqa: E731
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.private.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(minutes=5))
        .not_valid_after(NOW + timedelta(hours=hours))
    )
    for oid in extensions:
        builder = builder.add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), b"x"), critical=False)
    return builder.sign(issuer_key.private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


AUTHORITY, LEAF = Key.ecdsa(ec.SECP256R1(), 21), Key.ecdsa(ec.SECP256R1(), 22)
STEWARD_RULES = f"""
[platform]
required = true
accept = ["steward"]
tee = ["sgx"]
[[platform.authority]]
tee = "sgx"
debug = false
certificate = '''{certificate("steward", "steward", AUTHORITY, AUTHORITY, hours=9000).decode()}'''
"""


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (certificate("keep", "steward", LEAF, AUTHORITY), set()),
        (certificate("keep", "steward", LEAF, AUTHORITY, ["1.3.6.1.4.1.58270.1.2"]), set()),
        (certificate("keep", "steward", LEAF, AUTHORITY, ["1.3.6.1.4.1.58270.1.1"]), {"platform"}),
        (certificate("keep", "steward", LEAF, LEAF), {"signature"}),
        (certificate("keep", "keep", LEAF, LEAF), {"signature"}),
        (certificate("steward", "steward", AUTHORITY, AUTHORITY), {"signature"}),
        (certificate("keep", "steward", LEAF, AUTHORITY, hours=0), {"expired"}),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", {"parse"}),
    ],
)
def test_certificates(made, expected):
    assert codes(Keep(policy_text=platform_policy(STEWARD_RULES)).admit(platform=made)) == expected
