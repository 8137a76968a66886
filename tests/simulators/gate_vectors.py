"""One language-neutral question to a gate for every reason code, and the answer. `tests/vectors` holds them as JSON.

python -m simulators.gate_vectors tests/vectors      # writes them anew (run from tests/)
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from simulators import wasm
from simulators.keep import (
    AREAS,
    ENARX,
    IMPORTS,
    NOW,
    PLATFORM,
    POLICY,
    Keep,
    Key,
    area,
    context,
    dependency,
    platform_policy,
    sealed,
    time,
)
from simulators.oci import Layout, sha256

PADDED = {"repeat": "23", "count": 1_000_001}  # hexadecimal byte, how often


@dataclass(frozen=True)
class Vector:
    """`codes`: what must be among the reasons; empty: admitted. `signed`, `bound`: what a verifier must find."""

    name: str
    about: str
    keep: Keep
    codes: tuple[str, ...]
    envelope: bytes | None = b""
    workload: bytes = b""
    config: object = ""
    status: bytes | None = b""
    platform: bytes | None = None
    state: dict[str, object] | None = None
    policy: bytes | None = b""
    loader: tuple[str, ...] = ()
    signed: bool = True
    bound: bool = True

    def document(self) -> dict[str, object]:
        keep = self.keep
        chosen = keep.envelope() if self.envelope == b"" else self.envelope
        status = (keep.status() if keep.with_status else None) if self.status == b"" else self.status
        config = _b64(keep.config) if self.config == "" else self.config
        policy = keep.policy_file() if self.policy == b"" else self.policy
        loader = {"loader": list(self.loader)} if self.loader else {}
        return {
            "name": self.name,
            "about": self.about,
            "at": time(keep.at),
            "inputs": {
                "workload": _b64(self.workload or keep.workload),
                "config": config,
                "envelope": _b64(chosen),
                "gatePolicy": _b64(policy),
                "status": _b64(status),
                "platform": _b64(self.platform),
                "state": self.state,
                **loader,
            },
            "key": keep.key.pem,
            "expect": {
                "admit": not self.codes,
                "codes": sorted(self.codes),
                "signatureVerifies": self.signed,
                "subjectMatches": self.bound,
            },
        }


def _b64(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


def raw(keep: Keep, payload: bytes) -> bytes:
    """An envelope whose signature is good over any bytes."""
    return sealed(payload, keep.key)


def vectors() -> Iterator[Vector]:
    """All of them; the file name is the name."""
    yield Vector("admitted", "everything holds", Keep(), ())
    yield Vector("admitted-enarx", "everything holds, with a configuration", Keep(config=ENARX), ())
    yield from _documents()
    yield from _binding()
    yield from _times()
    yield from _policies()
    yield from _platforms()
    yield from _attestations()
    yield from _results()
    yield from _dependencies()
    yield from _areas()
    yield Vector("loader", "a loader that is not there", Keep(), ("loader",), loader=("/no/such/loader", "{}"))
    yield Vector("loader-folder", "a loader that is a folder", Keep(), ("loader",), loader=("/", "{}"))


def _documents() -> Iterator[Vector]:
    keep = Keep()
    good = keep.payload()
    yield Vector("size", "the configuration is one byte too large", Keep(config=ENARX), ("size",), config=PADDED)
    text = Keep(workload=b"plain text, and a record for it")
    yield Vector("not-wasm", "no header", text, ("not-wasm",))
    broken = Keep(workload=wasm.MODULE + b"\x02\xff\xff\xff\xff\xff\x01")
    layout = _changed_layout(keep.workload)
    about = "an OCI layout whose layer has other bytes than its digest"
    yield Vector("oci", about, keep, ("oci",), workload=layout, bound=False)
    yield Vector("not-wasm-section", "a header, then no section", broken, ("not-wasm",))
    yield Vector("envelope", "there is no record", keep, ("envelope",), envelope=None, signed=False)
    two = json.loads(keep.envelope())
    two["signatures"] *= 2
    yield Vector("envelope-two", "two signatures", keep, ("envelope",), envelope=json.dumps(two).encode(), signed=False)
    other = sealed(good, Key.ed25519(9))
    yield Vector("signature", "signed with a key nobody named", keep, ("signature",), envelope=other, signed=False)
    yield Vector(
        "signer-scope",
        "the key speaks for another trustor",
        Keep(predicate={"trustor": {"id": "https://other.example", "tool": {"name": "x", "version": "1"}}}),
        ("signer-scope",),
    )
    yield Vector(
        "signer-scope-subject", "a subject out of scope", Keep(subject={"name": "other.wasm"}), ("signer-scope",)
    )
    yield Vector(
        "parse",
        "NaN in the record",
        keep,
        ("parse",),
        envelope=raw(keep, good.replace(b'"epoch":3', b'"epoch":NaN')),
        bound=False,
    )
    twice = good.replace(b'"outcome":"ADMIT","policy"', b'"outcome":"REFUSE","outcome":"ADMIT","policy"')
    yield Vector(
        "duplicate-key", "refused, then admitted", keep, ("duplicate-key",), envelope=raw(keep, twice), bound=False
    )
    yield Vector("unknown-field", "a name nobody knows", Keep(predicate={"verdict": "ok"}), ("unknown-field",))
    critical = Keep(predicate={"crit": ["must-know"], "ext": {"must-know": True}})
    whole = keep.record()
    for member in ("vetoes", "crit", "notObserved"):
        lacking = {**whole, "predicate": {k: v for k, v in whole["predicate"].items() if k != member}}  # type: ignore[attr-defined]
        payload = json.dumps(lacking, sort_keys=True, separators=(",", ":")).encode()
        yield Vector(
            f"parse-no-{member.lower()}",
            f"a record without '{member}'",
            keep,
            ("parse",),
            envelope=raw(keep, payload),
            bound=False,
        )
    yield Vector("crit", "a critical extension nobody knows", critical, ("crit",))
    yield Vector(
        "version",
        "the next major version",
        Keep(statement={"predicateType": "https://supplytrust.dev/trust-record/v2"}),
        ("version",),
    )


def _changed_layout(workload: bytes) -> bytes:
    layout = Layout()
    layout.add_workload(workload)
    layout.blobs[sha256(workload)] = workload[:-1] + bytes([workload[-1] ^ 1])
    return layout.tar()


def _binding() -> Iterator[Vector]:
    keep = Keep()
    other = wasm.module([(wasm.WASI, "fd_write")])
    yield Vector(
        "subject-digest", "the record of another workload", keep, ("subject-digest",), workload=other, bound=False
    )
    yield Vector(
        "config-digest", "another connect target", Keep(config=ENARX), ("config-digest", "grant-extra"),
        config=_b64(ENARX.replace(b"db.example.org", b"evil.example")),
    )  # fmt: skip
    fewer = Keep()
    fewer.predicate["workload"] = fewer.workload_part(imports=IMPORTS[:1])
    yield Vector("imports-extra", "an import that was not assessed", fewer, ("imports-extra",))
    granted = Keep(config=ENARX)
    part = granted.workload_part()
    granted.predicate["workload"] = {**part, "grants": {"format": "enarx", "items": ["stdout"]}}
    yield Vector("grant-extra", "grants that were not assessed", granted, ("grant-extra",))
    strange = Keep(workload=wasm.module([("wasi_snapshot_preview1", "fd_teleport")]))
    strange.predicate["workload"] = strange.workload_part(imports=["wasi_snapshot_preview1.fd_teleport"])
    yield Vector("capability-unknown", "an import without a class", strange, ("capability-unknown",))
    linked = Keep(workload=wasm.module(customs=[wasm.dylink(["liba.so"])]))
    yield Vector("dynamic-unresolved", "a library to be found later", linked, ("dynamic-unresolved",))


def _times() -> Iterator[Vector]:
    yield Vector(
        "not-yet-valid",
        "holds from tomorrow",
        Keep(predicate={"notBefore": time(NOW + timedelta(days=1))}),
        ("not-yet-valid",),
    )
    yield Vector("expired", "ends at this very moment", Keep(predicate={"expires": time(NOW)}), ("expired",))
    yield Vector(
        "clock", "a clock before the gate policy", Keep(at=datetime(2020, 1, 1, tzinfo=NOW.tzinfo)), ("clock",)
    )
    keep = Keep()
    import hashlib

    revoked = {"records": [hashlib.sha256(keep.payload()).hexdigest()], "subjects": [], "keys": []}
    yield Vector("revoked", "the record is on the list", Keep(status_changes={"revoked": revoked}), ("revoked",))
    for name, about, listed in (
        ("revoked-part", "bytes inside the workload are on the list", "subjects"),
        ("revoked-endpoint", "the key that a service is held to is on the list", "keys"),
    ):
        lost = {"records": [], "subjects": [], "keys": [], listed: ["5d" * 32]}
        parts = {"dependencies": [dependency(0), dependency(1, digest=f"sha256:{'5d' * 32}")]}
        yield Vector(name, about, Keep(predicate=parts, status_changes={"revoked": lost}), ("revoked",))
    yield Vector(
        "status-stale", "the next list is due", Keep(status_changes={"nextUpdate": time(NOW)}), ("status-stale",)
    )
    yield Vector("status-missing", "no list although one is required", Keep(with_status=False), ("status-stale",))
    last_day = {"assessedAt": "9999-12-31T23:59:59Z"}
    yield Vector(
        "internal", "a time that cannot be counted on from", Keep(predicate=last_day), ("not-yet-valid", "internal")
    )


def _policies() -> Iterator[Vector]:
    yield Vector(
        "policy-digest",
        "judged under an unknown policy",
        Keep(predicate={"policy": {"id": "keep", "epoch": 3, "digest": "sha256:" + "cd" * 32}}),
        ("policy-digest",),
    )
    yield Vector(
        "policy-rollback",
        "an epoch below the least",
        Keep(predicate={"policy": {"id": "keep", "epoch": 1, "digest": "sha256:" + "ab" * 32}}),
        ("policy-rollback",),
    )
    seen = {"schema": "supplytrust-gate-state/1", "epochs": {"record:keep": 4}, "sequences": {"main": 6}, "last": None}
    yield Vector(
        "policy-rollback-seen",
        "an epoch and a list below those seen",
        Keep(),
        ("policy-rollback", "status-stale"),
        state=seen,
    )
    yield Vector("gate-policy", "a gate without a policy", Keep(), ("gate-policy",), policy=None)
    yield Vector("gate-policy-empty", "a policy without trustors", Keep(), ("gate-policy",), policy=b"schema = 1\n")
    yield Vector(
        "context", "judged for another purpose", Keep(predicate={"context": context(purpose="demo")}), ("context",)
    )
    named = Keep(policy_text=POLICY + "\n[state]\nrequired = true\n")
    yield Vector("state", "the required state is not there", named, ("state",))


def _platforms() -> Iterator[Vector]:
    keep = Keep(policy_text=platform_policy())
    yield Vector(
        "admitted-platform", "everything holds, with a platform", keep, (), platform=json.dumps(PLATFORM).encode()
    )
    yield Vector("platform", "nothing is known of the platform", keep, ("platform",))
    other = json.dumps({**PLATFORM, "measurement": "bb22"}).encode()
    yield Vector("platform-measurement", "another measurement", keep, ("platform",), platform=other)
    cpu = json.dumps(
        {**PLATFORM, "cpu": {"vendor": "AuthenticAMD", "family": 25, "model": 1, "stepping": 1, "microcode": 100}}
    ).encode()
    yield Vector("tcb", "a refused processor generation", keep, ("tcb",), platform=cpu)

    about = json.dumps(PLATFORM).encode()
    for name, text, changes, code in (
        ("platform-tee-of-record", "the record's context names another TEE", {"tee": ["tdx"]}, "platform"),
        (
            "platform-cpu-of-record",
            "the record's context refuses the microcode",
            {"cpuDeny": ["microcode<0x65"]},
            "tcb",
        ),
        ("platform-cpu-untold", "the record's context refuses what nobody tells", {"cpuDeny": ["SNP<1.55"]}, "tcb"),
    ):
        yield Vector(name, text, keep.but(predicate={"context": context(**changes)}), (code,), platform=about)
    spelt = {"tee": ["amd-sev-snp"], "cpuDeny": ["microcode<100", "TDX<1.5"]}
    yield Vector(
        "admitted-platform-aliases",
        "another spelling of the same TEE",
        keep.but(predicate={"context": context(**spelt)}),
        (),
        platform=about,
    )
    yield Vector(
        "platform-untold",
        "the record's context names a TEE, nothing is known",
        Keep(predicate={"context": context(tee=["sev-snp"])}),
        ("platform",),
    )
    silent = json.dumps({k: v for k, v in PLATFORM.items() if k != "debug"}).encode()
    yield Vector(
        "platform-debug-untold", "whether it can be debugged is not told", keep, ("platform",), platform=silent
    )
    unsaid = json.dumps({**PLATFORM, "tcb": {"status": "UpToDate", "levels": {"snp": 8}}}).encode()
    yield Vector("tcb-advisories-untold", "open advisories are not told", keep, ("tcb",), platform=unsaid)


def _attestations() -> Iterator[Vector]:
    from simulators import attestations as made

    pinned = "".join(f'\n[[platform.root]]\ncertificate = """\n{v.root}"""\n' for v in (made.AMD, made.INTEL))
    rules = '\n[platform]\nrequired = true\naccept = ["snp", "tdx"]\nmethods = ["verified"]\n'
    keep = Keep(policy_text=platform_policy(rules + pinned))
    bound, other = made.report_data(keep.workload), made.report_data(b"another workload")
    quote, collateral = made.tdx_quote(bound), made.tdx_collateral(NOW)
    yield Vector("admitted-snp", "an SNP report that verifies", keep, (), platform=made.snp(made.snp_report(bound)))
    yield Vector("admitted-tdx", "a TDX quote that verifies", keep, (), platform=made.tdx(quote, collateral))
    for name, about, codes, claims in (
        ("snp-other-workload", "bound to another workload", "platform", made.snp(made.snp_report(other))),
        (
            "snp-other-root",
            "of a vendor nobody pinned",
            "signature",
            made.snp(made.snp_report(bound), vendor=made.NOBODY),
        ),
        ("snp-unsigned", "a report without signature", "signature", made.snp(made.snp_report(bound), signed=False)),
        (
            "tdx-debug",
            "a TD that can be debugged",
            "platform",
            made.tdx(made.tdx_quote(bound, attributes=1), collateral),
        ),
        (
            "tdx-out-of-date",
            "an advisory is open",
            "tcb",
            made.tdx(quote, made.tdx_collateral(NOW, status="OutOfDate")),
        ),
    ):
        yield Vector(name, about, keep, (codes,), platform=claims)


VERIFIER = Key.ed25519(11)


def _results() -> Iterator[Vector]:
    """Attestation results of a verifier."""
    from simulators.attestations import ear_claims, ear_token

    rules = """
[platform]
required = true
accept = ["ear"]
tee = ["snp"]
measurements = ["aa11"]
methods = ["vouched"]
max_age_minutes = 60
[[platform.verifier]]
"""
    keep = Keep(policy_text=platform_policy(f'{rules}key = """{VERIFIER.pem}"""\n'))
    untold = ear_claims(evidence={"measurement": "aa11"})
    two = {"snp": {"measurement": "aa11", "debug": False}, "sgx": {"measurement": "aa11", "debug": False}}
    for name, about, codes, claims, key in (
        ("admitted-ear", "a verifier affirms the platform", (), ear_claims(), VERIFIER),
        ("ear-warning", "a verifier warns", ("platform",), ear_claims(sub={"ear.status": "warning"}), VERIFIER),
        ("ear-other-verifier", "a verifier nobody named", ("signature",), ear_claims(), Key.ed25519(12)),
        ("ear-debug-untold", "whether it can be debugged is not told", ("platform",), untold, VERIFIER),
        (
            "ear-two-platforms",
            "one submodule speaks of two platforms",
            ("platform",),
            ear_claims(sub={"ear.veraison.annotated-evidence": two}),
            VERIFIER,
        ),
        ("ear-stale", "an old result", ("expired",), ear_claims(iat=int(NOW.timestamp()) - 3600), VERIFIER),
        ("ear-no-time", "a result of no time", ("parse",), ear_claims(iat=None), VERIFIER),
    ):
        token = ear_token(claims, key, {"alg": "EdDSA", "typ": "JWT"})
        yield Vector(name, about, keep, codes, platform=token)


def _dependencies() -> Iterator[Vector]:
    yield Vector(
        "dep-no-end",
        "a dependency that does not say until when",
        Keep(predicate={"dependencies": [dependency(expires=None)]}),
        ("dep-expired",),
    )
    yield Vector(
        "dep-missing",
        "a dependency without a record",
        Keep(predicate={"dependencies": [dependency(recordDigest="")]}),
        ("dep-missing",),
    )
    yield Vector("dep-not-looked", "nobody looked", Keep(predicate={"dependencies": None}), ("dep-missing",))
    yield Vector(
        "dep-expired",
        "a dependency that held until now",
        Keep(predicate={"dependencies": [dependency(expires=time(NOW))]}),
        ("dep-expired",),
    )
    yield Vector(
        "dep-denied",
        "a dependency that is referred",
        Keep(predicate={"dependencies": [dependency(outcome="REFER")]}),
        ("dep-denied",),
    )


def _areas() -> Iterator[Vector]:
    areas = {name: area() for name in AREAS}
    yield Vector(
        "area-below",
        "belief below the threshold",
        Keep(predicate={"areas": {**areas, "build": area("0.7")}}),
        ("area-below",),
    )
    yield Vector(
        "area-unknown", "nothing known", Keep(predicate={"areas": {**areas, "build": area("0")}}), ("area-unknown",)
    )
    yield Vector("record-denied", "the record itself refers", Keep(predicate={"outcome": "REFER"}), ("record-denied",))


def main(folder: str) -> None:
    for vector in vectors():
        text = json.dumps(vector.document(), indent=1, sort_keys=True)
        Path(folder, f"{vector.name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
