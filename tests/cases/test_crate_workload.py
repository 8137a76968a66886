"""A workload is judged with the crates that its `.dep-v0` section names: each with its file, as any package."""

from __future__ import annotations

from pathlib import Path

import supplytrust
from cases.test_crate_attacks import upkeep
from simulators import wasm
from simulators.crates import registry
from simulators.repository import day
from supplytrust.ecosystems.cargo.address import public_host


def test_crates_of_a_workload_have_files_of_their_own(tmp_path: Path) -> None:
    past = upkeep()
    past.build(tmp_path / "repo")
    crates = [
        wasm.crate("app", "0.1.0", on=[1, 2], root=True),
        wasm.crate("demo-crate", "0.3.7") | {"source": public_host()},
        wasm.crate("forked", "1.0.0") | {"source": "git"},
    ]
    workload = tmp_path / "app.wasm"
    workload.write_bytes(wasm.module(customs=[wasm.dep_v0(crates)]))
    with registry(past.crates) as running:
        config = tmp_path / "supplytrust.toml"
        config.write_text(f'[index]\ncargo = "{running.url}"\n[advisories]\nservice = "none"\n')
        record = supplytrust.assess(
            str(workload), config=config, policy="workload", ledger=None, deps="all", at=day(500)
        )
    known = {one.purl: one for one in record.dependencies or ()}
    assert known["pkg:cargo/demo-crate@0.3.7"].digest == f"sha256:{past.crates[-1].sha256}"
    assert not known["pkg:cargo/forked@1.0.0"].digest
    assert {one.outcome.name for one in known.values()} == {"REFER"}
    assert any(path.endswith("/demo-crate/0.3.7/download") for path in running.requests)
