"""A workload is assessed, its record signed, and the gate lets exactly that workload in."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import supplytrust as st
from simulators import wasm
from simulators.keep import POLICY
from simulators.oci import Layout, sha256
from simulators.sigstore_world import EPOCH, SigstoreWorld
from supplytrust.model.claims.advisory import OpenAdvisories
from supplytrust.model.evidence import NotObserved, NotObservedReason
from supplytrust.model.vocabulary import EdgeKind, Outcome
from supplytrust.records.signers import new_key, sign

APPRAISAL = """
schema = 1
id = "modest"
owner = "test"
trustor = "https://example.org/vetting"
epoch = 3
max_age = "14d"
cooldown = "1d"
review = "30d"

[context]
purpose = "general"
role = "workload"
sensitivity = "normal"
impact = 1
budget = 100

[expect.root]
integrity = 0.3
build = 0.1

[expect.service-local]

[require]

[veto]
always = ["malicious", "tampered", "bad-signature", "revoked"]
also = []

[sources]
workload = 1.0
"""
ENARX = '[[files]]\nkind = "stdout"\n'
CLAIMS = wasm.producers({"processed-by": [("clang", "19.1.0")]})
CRATES = wasm.dep_v0([wasm.crate("app", "1.0.0", root=True, on=[1]), wasm.crate("ring", "0.17.8")])


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "main.wasm").write_bytes(wasm.module([(wasm.WASI, "fd_write")], customs=[CLAIMS]))
    (tmp_path / "Enarx.toml").write_text(ENARX)
    (tmp_path / "policy.toml").write_text(APPRAISAL)
    new_key(tmp_path / "key")
    return tmp_path


def assessed(desk: Path, **changes):
    return st.assess(
        str(desk / "main.wasm"),
        policy=desk / "policy.toml",
        config=desk / "Enarx.toml",
        offline=True,
        **{"deps": "direct", **changes},
    )


def gate_policy(desk: Path, record) -> bytes:
    text = POLICY.replace("@KEY@", (desk / "key.pub").read_text())
    text = text[: text.index("[status]")] + "[status]\nrequired = false\n\n[platform]\nrequired = false\n"
    areas = text[text.index("[areas]") : text.index("[capabilities]")]
    text = text.replace(areas, '[areas]\nintegrity = "0.3"\n\n')
    return text.replace("sha256:" + "ab" * 32, record.policy.digest).encode()


def ask(desk: Path, record, **changes):
    given = {
        "workload": desk / "main.wasm",
        "config": desk / "Enarx.toml",
        "envelope": sign(record, desk / "key"),
        "gate_policy": gate_policy(desk, record),
        "at": datetime.now(UTC) + timedelta(seconds=5),
    }
    given.update(changes)
    return st.admit(given.pop("workload"), **given)


def test_from_assessment_to_admission(desk):
    record = assessed(desk)
    assert record.outcome is Outcome.ADMIT
    assert record.workload is not None
    decision = ask(desk, record)
    assert decision.reasons == ()
    assert decision.workload_bytes == (desk / "main.wasm").read_bytes()
    other = wasm.module([(wasm.WASI, "fd_write"), (wasm.WASI, "fd_read")])
    assert {r.code for r in ask(desk, record, workload=other).reasons} == {"subject-digest"}
    assert {r.code for r in ask(desk, record, config=None).reasons} >= {"config-digest"}


@pytest.mark.parametrize("as_archive", [False, True])
def test_a_signed_workload_enters_from_its_oci_layout(desk, as_archive):
    """From the layout with a cosign bundle to a record, and with that record from the layout into the loader."""
    world, layout = SigstoreWorld(), Layout()
    workload = (desk / "main.wasm").read_bytes()
    of = layout.add_workload(workload)
    layout.sign_bundle(of, world)
    place = desk / "main.tar" if as_archive else layout.write(desk / "main")
    if as_archive:
        place.write_bytes(layout.tar())
    (desk / "root.json").write_bytes(world.trusted_root())
    os.utime(desk / "root.json", (EPOCH.timestamp(), EPOCH.timestamp()))
    (desk / "supplytrust.toml").write_text('[trust-root]\nsigstore = "root.json"\n')
    record = st.assess(
        str(place), policy=desk / "policy.toml", config=desk / "supplytrust.toml", offline=True, deps="direct"
    )
    found = {f.signal: f.status.value for area in record.areas.values() for f in area.findings}
    assert found["build/container_signature_verified"] == "supports"
    assert str(of["digest"]) in {entry.digest for entry in record.evidence}
    decision = ask(desk, record, workload=place, config=None)
    assert decision.reasons == ()
    assert decision.workload_bytes == workload
    layout.blobs[sha256(workload)] = workload[:-1] + b"\x0c"
    changed = layout.tar() if as_archive else layout.write(desk / "main")
    reasons = [(r.code, r.detail.rpartition(" ")[2]) for r in ask(desk, record, workload=changed, config=None).reasons]
    assert reasons == [("oci", "(oci-blob)")]


def test_dependencies_of_a_workload_are_edges_of_the_record(desk):
    inner = wasm.module(customs=[CRATES])
    (desk / "main.wasm").write_bytes(wasm.component(["wasi:cli/stdout@0.2.3"], [inner]))
    (desk / "Enarx.toml").write_text(ENARX + '[[files]]\nkind = "connect"\nhost = "db.example.org"\n')
    record = assessed(desk)
    told = {(d.kind, d.how) for d in record.dependencies or ()}
    assert told == {
        (EdgeKind.LINK, "static"),
        (EdgeKind.SERVICE_LOCAL, "host"),
        (EdgeKind.SERVICE_REMOTE, "declared"),
    }
    assert {d.record_digest for d in record.dependencies or ()} == {""}  # no record covers them yet
    assert {r.code for r in ask(desk, record).reasons} >= {"dep-missing"}


def test_dependencies_that_nobody_looked_at_do_not_enter(desk):
    record = assessed(desk, deps="none")
    assert record.dependencies is None
    assert "dep-missing" in {r.code for r in ask(desk, record).reasons}


def test_unknown_areas_stay_unknown(desk):
    record = assessed(desk)
    for area, verdict in record.areas.items():
        if area.value in {"responsiveness", "provenance", "expertise"}:
            assert (verdict.belief, verdict.disbelief) == (0, 0)


def test_what_lists_say_of_a_crate_inside_is_heard(desk, monkeypatch):
    """Its bytes are unknown, the release is not: an advisory and a review about it reach the record."""
    (desk / "main.wasm").write_bytes(wasm.component(["wasi:cli/stdout@0.2.3"], [wasm.module(customs=[CRATES])]))
    about = {"package": "ring", "withdrawn": None, "categories": [], "cvss": None, "aliases": [], "unaffected": []}
    about |= {"title": "made for a test", "malicious": False, "url": None, "date": "2024-01-02", "patched": []}
    listed = [
        {"id": "RUSTSEC-2024-0001", "informational": None, **about},
        {"id": "RUSTSEC-2024-0002", "informational": "unmaintained", **about},
    ]
    (desk / "advisories.json").write_text(json.dumps(listed))
    (desk / "supplytrust.toml").write_text('[advisories]\nosv = "advisories.json"\nservice = "none"\n')
    monkeypatch.chdir(desk)
    evidence = st.collect(str(desk / "main.wasm"), config=desk / "Enarx.toml", offline=True, deps="direct")
    (ring,) = [node for node in evidence.nodes if node.subject.purl == "pkg:cargo/ring@0.17.8"]
    (known,) = [o.claim for o in ring.all(OpenAdvisories)]
    assert [a.id for a in known.advisories] == ["RUSTSEC-2024-0001"]
    record = st.appraise(evidence, policy="workload")
    told = [r.text for r in record.reasons if r.path and r.path[-1] == ring.subject.purl]
    assert record.outcome is Outcome.REFUSE
    assert "RUSTSEC-2024-000" in told[0]


@pytest.mark.parametrize("claim", ["StatedPurpose", "LinkedLibraries", "WorkloadJoins", "RunTimeReach"])
def test_a_source_that_broke_holds_the_record_though_no_signal_reads_its_claim(desk, claim):
    evidence = st.collect(str(desk / "main.wasm"), config=desk / "Enarx.toml", offline=True, deps="direct")
    assert st.appraise(evidence, policy=desk / "policy.toml").outcome is Outcome.ADMIT
    (root,) = [node for node in evidence.nodes if node.subject.purl == evidence.root]
    broken = replace(root, gaps=(*root.gaps, NotObserved(claim, "made", NotObservedReason.INTERNAL, "KeyError: 'x'")))
    nodes = tuple(broken if node is root else node for node in evidence.nodes)
    record = st.appraise(replace(evidence, nodes=nodes), policy=desk / "policy.toml")
    assert record.outcome is Outcome.REFER
    assert f"made: {claim}: KeyError: 'x'" in {r.text for r in record.reasons if r.code == "internal"}
