"""The way of a workload of one's own making: layout and endorsement -> record -> signature -> gate."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from in_toto.models.layout import Layout, Step
from in_toto.models.link import Link
from in_toto.models.metadata import Envelope
from securesystemslib.signer import CryptoSigner

import supplytrust as st
from simulators import wasm
from simulators.oci import Layout as Image
from simulators.sigstore_world import SigstoreWorld
from supplytrust.model.vocabulary import Outcome
from supplytrust.records.endorsement import endorse
from supplytrust.records.signers import new_key, open_key
from supplytrust.wasm.reader import contents, read

OWNER, WORKER = (CryptoSigner(Ed25519PrivateKey.generate()) for _ in range(2))
SOURCE = {"src/main.c": {"sha256": "ab" * 32}}
WORKLOAD = wasm.module([(wasm.WASI, "fd_write")])
PURL = f"pkg:generic/main?checksum=sha256:{hashlib.sha256(WORKLOAD).hexdigest()}"
GATE = """
schema = 1
id = "desk"
epoch = 1
issued = 2026-01-01T00:00:00Z

[[trustor]]
id = "https://supplytrust.dev/policies/workload"
key = '''
@KEY@'''
scope = ["main*"]
encoding = "der"
expires = 2036-01-01T00:00:00Z

[record]
max_age_hours = 24
skew_seconds = 60
min_policy_epoch = 1
purposes = ["general"]
roles = ["workload"]

[areas]
build = "0.75"
integrity = "0.6"
provenance = "0.7"

[capabilities]
allow = ["io-write"]

[grants]
formats = ["enarx"]
allow = ["stdout"]

[dependencies]
record = ["link"]
outcome = ["link", "build"]

[status]
required = false

[state]
required = false

[platform]
required = false
accept = ["plain"]
"""


def platform(folder: Path) -> Path:
    """The shipped policy judges for some TEEs only, so the gate has to be told which one this is."""
    claims = {
        "schema": "supplytrust-platform/1",
        "tee": "snp",
        "tcb": {"status": "UpToDate", "advisories": [], "levels": {"snp": 8}},
        "cpu": {"vendor": "AuthenticAMD", "family": 25, "model": 1, "stepping": 2, "microcode": 168},
        "debug": False,
        "issuedAt": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    (folder / "platform.json").write_text(json.dumps(claims))
    return folder / "platform.json"


def layout(folder: Path, products: dict[str, dict[str, str]]) -> None:
    """Signed by its owner: sources are handed over by one step and built by the next."""
    keyid = WORKER.public_key.keyid
    rules = {
        "fetch": {"expected_products": [["CREATE", "src/*"], ["DISALLOW", "*"]]},
        "build": {
            "expected_materials": [["MATCH", "*", "WITH", "PRODUCTS", "FROM", "fetch"], ["DISALLOW", "*"]],
            "expected_products": [*(["CREATE", name] for name in sorted({"main.wasm", *products})), ["DISALLOW", "*"]],
        },
    }
    ends = (datetime.now(UTC) + timedelta(days=90)).strftime("%Y-%m-%dT%H:%M:%SZ")
    steps = [Step(name=name, pubkeys=[keyid], **rule) for name, rule in rules.items()]
    keys = {keyid: {"keyid": keyid, **WORKER.public_key.to_dict()}}
    signed(Layout(steps=steps, keys=keys, expires=ends), OWNER, folder / "root.layout")
    signed(Link(name="fetch", products=SOURCE), WORKER, folder / f"fetch.{keyid[:8]}.link")
    signed(Link(name="build", materials=SOURCE, products=products), WORKER, folder / f"build.{keyid[:8]}.link")
    pem = OWNER._private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "owner.pub").write_bytes(pem)


def signed(content: object, signer: CryptoSigner, path: Path) -> None:
    made = Envelope.from_signable(content)
    made.create_signature(signer)
    made.dump(str(path))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "main.wasm").write_bytes(WORKLOAD)
    (tmp_path / "Enarx.toml").write_text('[[files]]\nkind = "stdout"\n')
    layout(tmp_path, {"main.wasm": {"sha256": hashlib.sha256(WORKLOAD).hexdigest()}})
    vouch(tmp_path, PURL)
    listed = '["root.layout", "owner.pub"]'
    vouched = '["head.pub", "main.endorsement"]'
    (tmp_path / "supplytrust.toml").write_text(f"[assurances]\nlayouts = {listed}\nendorsements = {vouched}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def vouch(folder: Path, subject: str) -> None:
    if not (folder / "head").exists():
        new_key(folder / "head")
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    made = endorse(
        subject,
        "provenance",
        "provenance/control_held_by_known_people",
        "our own team wrote it; reviewed in change 12",
        now + timedelta(days=90),
        "head",
        open_key(folder / "head"),
        issued=now,
    )
    (folder / "main.endorsement").write_bytes(made)


def assessed(policy: str = "workload", **changes: object) -> st.TrustRecord:
    return st.assess("./main.wasm", policy=policy, **{"config": "Enarx.toml", "offline": True, **changes})


def test_it_enters_with_a_signed_record(desk: Path) -> None:
    record = assessed()
    assert record.outcome is Outcome.ADMIT, record.reasons
    new_key(desk / "vetting")
    gate = GATE.replace("@KEY@", (desk / "vetting.pub").read_text()).encode()
    given = {"config": desk / "Enarx.toml", "envelope": st.sign(record, desk / "vetting"), "gate_policy": gate}
    at = datetime.now(UTC) + timedelta(seconds=5)
    assert {r.code for r in st.admit(desk / "main.wasm", **given, at=at).reasons} == {"platform"}
    given["platform"] = platform(desk)
    decision = st.admit(desk / "main.wasm", **given, at=at)
    assert (decision.admit, decision.reasons) == (True, ())
    assert decision.workload_bytes == WORKLOAD
    other = wasm.module([(wasm.WASI, "fd_write")], memory=(1, 2))
    assert not st.admit(other, **given, at=at).admit


COMPONENT = """(component
  (core module $m (func (export "f") (result i32) (i32.const 42)))
  (core instance $i (instantiate $m))
  (func (export "answer") (result u32) (canon lift (core func $i "f"))))"""


@pytest.mark.thorough
def test_a_signed_component_of_an_image_enters_and_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OCI layout with a cosign bundle -> assess -> sign -> admit by tag -> wasmtime, with the bytes that were judged."""
    wasmtime = pytest.importorskip("wasmtime", reason="this machine has no wasmtime")
    running = pytest.importorskip("wasmtime.component", reason="this machine has a wasmtime without components")
    monkeypatch.chdir(tmp_path)
    component, world = bytes(wasmtime.wat2wasm(COMPONENT)), SigstoreWorld()
    (inner,) = parts_of(component)
    image = Image()
    image.add_workload(WORKLOAD)
    of = image.add_workload(component, imports=[], exports=["answer"], tag="v2")
    image.sign_bundle(of, world)
    image.write(tmp_path / "main")
    (tmp_path / "root.json").write_bytes(world.trusted_root())
    digests = {"main.wasm": component, "m.wasm": inner}
    layout(tmp_path, {name: {"sha256": hashlib.sha256(data).hexdigest()} for name, data in digests.items()})
    vouch(tmp_path, f"pkg:generic/main?checksum=sha256:{hashlib.sha256(component).hexdigest()}")
    (tmp_path / "supplytrust.toml").write_text(
        '[assurances]\nlayouts = ["root.layout", "owner.pub"]\nendorsements = ["head.pub", "main.endorsement"]\n'
        '[trust-root]\nsigstore = "root.json"\n'
    )
    (tmp_path / "Enarx.toml").write_text("")
    record = st.assess(f"./main@{of['digest']}", policy="workload", config="Enarx.toml", offline=True)
    assert record.outcome is Outcome.ADMIT, record.reasons
    signals = {f.signal: f.status.value for area in record.areas.values() for f in area.findings}
    assert signals["build/container_signature_verified"] == "supports"
    new_key(tmp_path / "vetting")
    gate = GATE.replace("@KEY@", (tmp_path / "vetting.pub").read_text())
    gate = gate.replace('record = ["link"]', "record = []").encode()  # its module has an entry in the record
    given = {"envelope": st.sign(record, tmp_path / "vetting"), "gate_policy": gate, "config": tmp_path / "Enarx.toml"}
    given |= {"platform": platform(tmp_path), "at": datetime.now(UTC) + timedelta(seconds=5)}
    decision = st.admit("main#v2", **given)
    assert decision.admit, decision.reasons
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    made = running.Component(engine, decision.workload_bytes)
    instance = running.Linker(engine).instantiate(store, made)
    assert instance.get_func(store, "answer")(store) == 42
    refused = {name: st.admit(name, **given) for name in ("main#v1", "main#v3", "main", "supplytrust.toml#v2")}
    assert {name for name, one in refused.items() if one.admit} == set()
    assert {r.code for name in ("main#v3", "main", "supplytrust.toml#v2") for r in refused[name].reasons} == {"oci"}


def parts_of(component: bytes) -> list[bytes]:
    """The core modules inside of a component."""
    return [bytes(contents(component, part)) for part in read(component).parts[1:]]


def test_other_bytes_are_not_the_layouts_product_nor_endorsed(desk: Path) -> None:
    (desk / "main.wasm").write_bytes(wasm.module([(wasm.WASI, "fd_write")], memory=(1, 2)))
    record = assessed()
    assert record.outcome is Outcome.REFER
    assert record.areas["provenance"].belief == 0
    assert record.areas["build"].belief == 0


@pytest.mark.parametrize("gone", ["root.layout", "main.endorsement", "Enarx.toml"])
def test_each_assurance_is_needed(desk: Path, gone: str) -> None:
    (desk / gone).unlink()
    changes = {"config": None} if gone == "Enarx.toml" else {}
    assert assessed(**changes).outcome is Outcome.REFER


def test_an_endorsement_of_a_name_says_nothing_about_a_local_file(desk: Path) -> None:
    with pytest.raises(st.errors.UsageError, match="checksum"):
        vouch(desk, "pkg:generic/main")


@pytest.mark.parametrize("policy", ["baseline", "production", "keep"])
def test_policies_for_published_packages_hold_it(desk: Path, policy: str) -> None:
    assert assessed(policy).outcome is Outcome.REFER


@pytest.mark.thorough
def test_the_commands_of_the_how_to_end_in_an_admission(tmp_path: Path) -> None:
    """Its blocks as they stand, but for the date, and without what this test cannot make: a status list."""
    page = (Path(__file__).parents[2] / "docs/how-to/gate.md").read_text("utf-8")
    page = page.replace("2027-06-01", f"{datetime.now(UTC) + timedelta(days=90):%Y-%m-%d}")
    commands, tables = (re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL) for kind in ("sh", "toml"))
    (tmp_path / "release").mkdir()
    layout(tmp_path / "release", {"main.wasm": {"sha256": hashlib.sha256(WORKLOAD).hexdigest()}})
    (tmp_path / "main.wasm").write_bytes(WORKLOAD)
    (tmp_path / "Enarx.toml").write_text('[[files]]\nkind = "stdout"\n')
    named = dict(zip(("trustor", "supplytrust", "gate"), tables, strict=True))
    (tmp_path / "supplytrust.toml").write_text(named["supplytrust"])

    assert shell(tmp_path, commands[0]) == (0, "")
    policy = tmp_path / "vetting.toml"
    policy.write_text(re.sub(r"(?m)^owner = .*\n", lambda line: line[0] + named["trustor"], policy.read_text()))
    assert shell(tmp_path, commands[1]) == (0, "")
    key = (tmp_path / "vetting.pub").read_text()
    gate = re.sub(r'"""\n.*?"""', f'"""\n{key}"""', named["gate"], flags=re.DOTALL)
    (tmp_path / "gate.toml").write_text(re.sub(r"(\[status\]\nrequired = )true", r"\1false", gate))
    platform(tmp_path)
    admit = re.sub(r"--status \S+ (--platform \S+) --state \S+", r"\1 --state state.json", commands[2])
    assert shell(tmp_path, admit.replace("enarx run --wasmcfgfile {config} {}", "test -s {config} -a -s {}")) == (0, "")


def shell(folder: Path, commands: str) -> tuple[int, str]:
    """Exit code of commands, and what they say when it is not 0."""
    found = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(folder / "home")}
    done = subprocess.run(
        ["bash", "-ec", commands], cwd=folder, env={**os.environ, **found}, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr if done.returncode else ""
