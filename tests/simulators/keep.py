"""Everything a gate is asked with, in a few words: keys, records, envelopes, lists, policies.

    case = Keep()                       # a workload that is admitted
    case.admit()                        # -> Decision
    Keep(expires=NOW).admit()           # -> denied: expired
    case.resealed(predicate={...})      # changed record, signed again

Needs nothing but `cryptography`, so that the gate's tests run where nothing else is installed.
"""

from __future__ import annotations

import base64
import copy
import dataclasses
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

from simulators import wasm
from supplytrust.gate import admit
from supplytrust.gate.freshness import State
from supplytrust.gate.policy import GatePolicy, read_policy
from supplytrust.model.admission import Decision

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
TRUSTOR = "https://example.org/vetting"
RECORD_TYPE = "application/vnd.in-toto+json"
STATUS_TYPE = "application/vnd.supplytrust.status+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://supplytrust.dev/trust-record/v1"
APPRAISAL = "ab" * 32
AREAS = ("build", "integrity", "responsiveness", "provenance", "expertise")


def time(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


@dataclass(frozen=True)
class Key:
    """A private key; ed25519 unless told. The seeds make runs repeatable."""

    private: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
    p1363: bool = False

    @classmethod
    def ed25519(cls, seed: int = 1) -> Key:
        return cls(ed25519.Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))

    @classmethod
    def ecdsa(cls, curve: ec.EllipticCurve, seed: int = 7, *, p1363: bool = False) -> Key:
        return cls(ec.derive_private_key(seed, curve), p1363)

    @property
    def pem(self) -> str:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.private.public_key().public_bytes(serialization.Encoding.PEM, form).decode()

    @property
    def fingerprint(self) -> str:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return hashlib.sha256(self.private.public_key().public_bytes(serialization.Encoding.DER, form)).hexdigest()

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(data)
        digest = hashes.SHA384() if self.private.curve.name == "secp384r1" else hashes.SHA256()
        signature = self.private.sign(data, ec.ECDSA(digest))
        if not self.p1363:
            return signature
        width = (self.private.curve.key_size + 7) // 8
        return b"".join(n.to_bytes(width, "big") for n in utils.decode_dss_signature(signature))


def pae(kind: str, payload: bytes) -> bytes:
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)


def sealed(payload: bytes, key: Key, kind: str = RECORD_TYPE) -> bytes:
    signature = base64.b64encode(key.sign(pae(kind, payload))).decode()
    body = base64.b64encode(payload).decode()
    return json.dumps({"payload": body, "payloadType": kind, "signatures": [{"keyid": "", "sig": signature}]}).encode()


def dependency(number: int = 0, **changes: object) -> dict[str, object]:
    made: dict[str, object] = {
        "purl": f"pkg:cargo/part-{number}@1.0.{number}",
        "digest": "",
        "kind": "link",
        "how": "static",
        "via": ".dep-v0",
        "outcome": "ADMIT",
        "recordDigest": f"sha256:{hashlib.sha256(str(number).encode()).hexdigest()}",
        "expires": time(NOW + timedelta(days=20)),
    }
    return {**made, **changes}


def area(belief: str = "0.9", disbelief: str = "0", outcome: str = "ADMIT") -> dict[str, object]:
    return {
        "outcome": outcome,
        "required": True,
        "threshold": "0.8",
        "favourable": "18",
        "opposing": "0",
        "belief": belief,
        "disbelief": disbelief,
        "uncertainty": "0.1",
        "coverage": "1",
        "findings": [],
    }


def context(**changes: object) -> dict[str, object]:
    made: dict[str, object] = {
        "purpose": "general",
        "role": "workload",
        "sensitivity": "normal",
        "impact": "10",
        "budget": "12",
        "dataClass": "",
        "tee": [],
        "cpuDeny": [],
    }
    return {**made, **changes}


ENARX = b"""
args = ["--quiet"]
steward = "https://steward.example.org"
[env]
LEVEL = "1"
[[files]]
kind = "stdout"
[[files]]
kind = "connect"
host = "db.example.org"
port = 5432
"""
ENARX_ITEMS = [
    "args:sha256:" + hashlib.sha256(b"--quiet\0").hexdigest(),
    "connect:tls:db.example.org:5432",
    "env:LEVEL",
    "stdout",
    "steward:https://steward.example.org",
]
WORKLOAD = wasm.module([(wasm.WASI, "fd_write"), (wasm.WASI, "proc_exit")])
IMPORTS = [f"{wasm.WASI}.fd_write", f"{wasm.WASI}.proc_exit"]


@dataclass
class Keep:
    """A question to the gate that is answered with yes; fields changed before asking make it a no."""

    workload: bytes = WORKLOAD
    config: bytes | None = None
    key: Key = field(default_factory=Key.ed25519)
    status_key: Key = field(default_factory=lambda: Key.ed25519(2))
    predicate: dict[str, object] = field(default_factory=dict)
    statement: dict[str, object] = field(default_factory=dict)
    subject: dict[str, object] = field(default_factory=dict)
    status_changes: dict[str, object] = field(default_factory=dict)
    policy_text: str = ""
    with_status: bool = True
    at: datetime = NOW

    def record(self) -> dict[str, object]:
        """The statement as a value."""
        predicate = self._predicate()
        predicate.update(self.predicate)
        subject: dict[str, object] = {
            "name": "main.wasm",
            "digest": {
                "sha256": hashlib.sha256(self.workload).hexdigest(),
                "sha384": hashlib.sha384(self.workload).hexdigest(),
            },
        }
        return {
            "_type": STATEMENT,
            "subject": [{**subject, **self.subject}],
            "predicateType": PREDICATE,
            "predicate": {k: v for k, v in predicate.items() if v != "drop"},
            **self.statement,
        }

    def _predicate(self) -> dict[str, object]:
        return {
            "trustor": {"id": TRUSTOR, "tool": {"name": "supplytrust", "version": "0.1.0"}},
            "trustee": {"purl": "pkg:generic/main.wasm"},
            "context": context(),
            "assessedAt": time(NOW - timedelta(days=1)),
            "notBefore": time(NOW - timedelta(days=1)),
            "expires": time(NOW + timedelta(days=30)),
            "reviewBy": time(NOW + timedelta(days=60)),
            "policy": {"id": "keep", "epoch": 3, "digest": f"sha256:{APPRAISAL}"},
            "outcome": "ADMIT",
            "reasons": [],
            "areas": {name: area() for name in AREAS},
            "vetoes": [],
            "dependencies": [dependency(0), dependency(1)],
            "workload": self.workload_part(),
            "crit": [],
            "ext": {},
            "evidence": [],
            "exceptions": [],
            "footprint": None,
            "heldBackAt": None,
            "mustHaves": [],
            "notObserved": [],
            "risk": None,
            "supersedes": "",
            "wouldChange": [],
        }

    def workload_part(self, **changes: object) -> dict[str, object]:
        bound: dict[str, object] = {"absent": True}
        grants: dict[str, object] = {"format": "none", "items": []}
        if self.config is not None:
            bound = {"digest": {"sha256": hashlib.sha256(self.config).hexdigest()}}
            grants = {"format": "enarx", "items": list(ENARX_ITEMS)}
        made = {
            "config": bound,
            "imports": list(IMPORTS),
            "exports": ["_start", "memory"],
            "grants": grants,
            "abi": "preview1",
            "memory": {"least": 1, "most": None},
            "platform": {"tee": [], "measurements": []},
        }
        return {**made, **changes}

    def payload(self) -> bytes:
        return json.dumps(self.record(), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def envelope(self) -> bytes:
        return sealed(self.payload(), self.key)

    def status(self) -> bytes:
        made: dict[str, object] = {
            "schema": "supplytrust-status/1",
            "id": "main",
            "sequence": 5,
            "issued": time(NOW - timedelta(hours=1)),
            "nextUpdate": time(NOW + timedelta(days=1)),
            "revoked": {"records": [], "subjects": [], "keys": []},
        }
        return sealed(json.dumps({**made, **self.status_changes}).encode(), self.status_key, STATUS_TYPE)

    def policy_file(self) -> bytes:
        return (
            (self.policy_text or POLICY)
            .replace("@KEY@", self.key.pem)
            .replace("@STATUS@", self.status_key.pem)
            .encode()
        )

    def policy(self) -> GatePolicy:
        return read_policy(self.policy_file())

    def admit(self, **changes: object) -> Decision:
        """Ask; any input can be replaced by keyword."""
        asked: dict[str, object] = {"config": self.config, "at": self.at}
        asked["envelope"] = None if "envelope" in changes else self.envelope()
        asked["gate_policy"] = None if "gate_policy" in changes else self.policy()
        asked["status"] = self.status() if self.with_status and "status" not in changes else None
        asked.update(changes)
        return admit(asked.pop("workload", self.workload), **asked)  # type: ignore[arg-type]

    def but(self, **changes: object) -> Keep:
        """A copy with other fields."""
        return dataclasses.replace(copy.deepcopy(self), **changes)  # type: ignore[arg-type]


POLICY = '''
schema = 1
id = "test-keep"
epoch = 2
issued = 2026-01-01T00:00:00Z

[[trustor]]
id = "https://example.org/vetting"
key = """@KEY@"""
scope = ["main.wasm", "team/*"]

[record]
max_age_hours = 720
skew_seconds = 60
min_policy_epoch = 2
policies = ["sha256:abababababababababababababababababababababababababababababababab"]
purposes = ["general"]
roles = ["workload"]
critical = ["known-extension"]

[areas]
build = "0.8"
integrity = "0.8"
provenance = "0.7"

[capabilities]
allow = ["env", "clock", "random", "process", "event", "handle", "io-read", "io-write", "net"]

[dependencies]
record = ["link"]
outcome = ["link", "build"]

[status]
required = true
id = "main"
max_age_hours = 48
[[status.key]]
key = """@STATUS@"""

[platform]
required = false
'''

PLATFORM_RULES = """
[platform]
required = true
accept = ["plain"]
tee = ["snp", "sgx"]
measurements = ["aa11"]
tcb_status = ["UpToDate"]
advisories_allowed = ["EXAMPLE-SA-00001"]
max_age_minutes = 60
[platform.minimum]
snp = 8
microcode = 100
[[platform.cpu_deny]]
because = "family 25 models 0 to 15 before stepping 2"
vendor = "AuthenticAMD"
family = 25
models = [0, 1]
stepping_below = 2
"""
PLATFORM: dict[str, object] = {
    "schema": "supplytrust-platform/1",
    "tee": "snp",
    "measurement": "aa11",
    "tcb": {"status": "UpToDate", "advisories": ["EXAMPLE-SA-00001"], "levels": {"snp": 8}},
    "cpu": {
        "vendor": "AuthenticAMD",
        "family": 25,
        "model": 1,
        "stepping": 2,
        "microcode": 100,
        "generation": "milan",
    },
    "debug": False,
    "issuedAt": time(NOW - timedelta(minutes=5)),
}


def platform_policy(rules: str = PLATFORM_RULES) -> str:
    return POLICY[: POLICY.index("[platform]")] + rules


class Memory:
    """A state in memory that can be told to fail."""

    def __init__(self, fail: Callable[[], None] = lambda: None) -> None:
        from supplytrust.gate.freshness import RememberedEpochs

        self.seen = RememberedEpochs()
        self.fail = fail

    def read(self) -> object:
        self.fail()
        return self.seen

    def advance(self, seen: object) -> object:
        self.seen = self.seen.with_more(seen)  # type: ignore[arg-type]
        return self.seen


def as_state(memory: Memory) -> State:
    return memory  # type: ignore[return-value]
