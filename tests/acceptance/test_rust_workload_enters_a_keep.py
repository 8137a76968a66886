"""From a Rust source tree to a WebAssembly workload that the gate admits, with a record of its own for every crate."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import supplytrust as st
from acceptance.test_workload_enters_a_keep import GATE, layout, platform, vouch
from cases.test_crate_attacks import LATER, PLAIN
from simulators import wasm
from simulators.advisories import RUST, osv
from simulators.crates import Need, Past, has_cargo, manifest, registry
from simulators.rebuild_bench import contained
from supplytrust.ecosystems.cargo.address import public_host
from supplytrust.model.vocabulary import Outcome
from supplytrust.records.signers import new_key

NOW = datetime.now(UTC).replace(microsecond=0)
MAIN = 'fn main() { println!("{}", demo_crate::answer()); }\n'
LIBRARY = {"src/lib.rs": "//! demo\npub mod read;\npub fn answer() -> u32 { 42 }\n"}

HOUSE = """
schema = 1
id = "house"
owner = "the desk"
extends = "workload"
base_epoch = 2
trustor = "https://supplytrust.dev/policies/workload"
[expect.link]
build = 0.75
integrity = 0.8
responsiveness = 0.6
provenance = 0.7
expertise = 0.5
"""  # a little less of linked crates than is shipped, so that a record about them holds for a while

pytestmark = [
    pytest.mark.thorough,
    contained,
    pytest.mark.skipif(not has_cargo(), reason="this machine has no cargo"),
]


def library(folder: Path) -> Past:
    """A crate that two people have kept for four years, its last release three weeks old."""
    past = Past("demo-crate")
    for number in range(24):
        past.author = ("Ann Author", "Ben Builder")[number % 2]
        at = NOW - timedelta(days=21 + 60 * (23 - number))
        past.release(f"1.{number}.0", at, {**PLAIN, **LATER, **LIBRARY})
    past.build(folder)
    return past


def build_program(folder: Path, index: str) -> list[dict[str, object]]:
    """A program that uses the crate, locked and compiled by cargo; its crates as cargo-auditable would name them."""
    source = folder / "app"
    (source / "src").mkdir(parents=True)
    (source / "src" / "main.rs").write_text(MAIN)
    (source / "Cargo.toml").write_text(manifest("app", "0.1.0", [Need("demo-crate", "1")]))
    home = folder / "cargo-home"
    home.mkdir()
    (home / "config.toml").write_text(
        f'[source.crates-io]\nreplace-with = "near"\n[source.near]\nregistry = "sparse+{index}"\n'
    )
    env = {**os.environ, "CARGO_HOME": str(home), "CARGO_TARGET_DIR": str(folder / "target")}
    run = subprocess.run(["cargo", "run", "--quiet"], cwd=source, env=env, capture_output=True, text=True, check=False)
    assert run.stdout == "42\n", run.stderr
    locked = tomllib.loads((source / "Cargo.lock").read_text())["package"]
    places = {one["name"]: n for n, one in enumerate(locked)}
    return [
        wasm.crate(
            one["name"], one["version"], root="source" not in one, on=[places[n] for n in one.get("dependencies", [])]
        )
        | {"source": public_host() if "source" in one else "local"}
        for one in locked
    ]


def test_source_tree_becomes_a_workload_whose_crates_have_records_that_the_gate_asks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    past = library(tmp_path / "repo")
    with registry(past.crates) as running:
        crates = build_program(tmp_path, running.url)
        workload = wasm.module([(wasm.WASI, "fd_write")], customs=[wasm.dep_v0(crates)])
        sha256 = hashlib.sha256(workload).hexdigest()
        Path("main.wasm").write_bytes(workload)
        Path("Enarx.toml").write_text('[[files]]\nkind = "stdout"\n')
        layout(tmp_path, {"main.wasm": {"sha256": sha256}})
        vouch(tmp_path, f"pkg:generic/main?checksum=sha256:{sha256}")
        known = osv(
            "RUSTSEC-0000-0001",
            "another",
            ("introduced", "0"),
            ecosystem=RUST,
            scheme="SEMVER",
            published=f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
        )
        Path("osv").mkdir()
        Path("osv/known.json").write_text(json.dumps(known))
        Path("supplytrust.toml").write_text(
            f'[index]\ncargo = "{running.url}"\n[advisories]\nservice = "none"\nosv = "osv"\n'
            '[assurances]\nlayouts = ["root.layout", "owner.pub"]\nendorsements = ["head.pub", "main.endorsement"]\n'
            '[repository]\n"pkg:cargo/demo-crate" = "repo"\n'
        )
        Path("house.toml").write_text(HOUSE)
        asked = {"policy": "house.toml", "ledger": tmp_path / "ledger.sqlite3"}
        (crate,) = st.audit("app/Cargo.lock", **asked)
        assert crate.outcome is Outcome.ADMIT, crate.reasons
        record = st.assess("./main.wasm", loader_config="Enarx.toml", lock="app/Cargo.lock", deps="all", **asked)
    assert record.outcome is Outcome.ADMIT, record.reasons
    (named,) = [one for one in record.dependencies or () if one.purl.startswith("pkg:cargo/")]
    assert (named.digest, named.record_digest) == (f"sha256:{past.crates[-1].sha256}", crate.record_digest)
    new_key(tmp_path / "vetting")
    given = {
        "envelope": st.sign(record, tmp_path / "vetting"),
        "gate_policy": GATE.replace("@KEY@", Path("vetting.pub").read_text()).encode(),
        "platform": platform(tmp_path),
        "config": Path("Enarx.toml"),
        "at": datetime.now(UTC) + timedelta(seconds=5),
    }
    decision = st.admit(Path("main.wasm"), **given)
    assert (decision.admit, decision.reasons) == (True, ())
