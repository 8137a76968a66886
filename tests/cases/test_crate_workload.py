"""A workload is judged with the crates that its `.dep-v0` section names: each with its file, as any package."""

from __future__ import annotations

from pathlib import Path

import pytest

import supplytrust
from cases.test_crate_attacks import upkeep
from simulators import wasm
from simulators.crates import lock_text, registry
from simulators.repository import day
from supplytrust.ecosystems.cargo.address import public_host
from supplytrust.errors import InputError


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


@pytest.mark.parametrize(
    ("pin", "told"),
    [
        ("own", ""),
        ("f" * 64, "the index has another file than the lock pins (ffffffffffff...)"),
        (None, "the lock that the workload was built with does not have it"),
        ("git", "from elsewhere than a registry"),
    ],
)
def test_lock_of_the_build_says_which_file_a_crate_is(tmp_path: Path, pin: str | None, told: str) -> None:
    past = upkeep()
    past.build(tmp_path / "repo")
    crates = [
        wasm.crate("app", "0.1.0", on=[1], root=True),
        wasm.crate("demo-crate", "0.3.7") | {"source": public_host()},
    ]
    workload = tmp_path / "app.wasm"
    workload.write_bytes(wasm.module(customs=[wasm.dep_v0(crates)]))
    index = f"registry+https://github.com/rust-lang/{public_host()}-index"
    source = "git+https://forge.example.org/demo#" + "a" * 40 if pin == "git" else index
    digest = {"own": past.crates[-1].sha256, "git": ""}.get(pin or "", pin or "")
    entries = [("app", "0.1.0", "", "")] + ([("demo-crate", "0.3.7", source, digest)] if pin else [])
    (tmp_path / "Cargo.lock").write_text(lock_text(entries))
    with registry(past.crates) as running:
        config = tmp_path / "supplytrust.toml"
        config.write_text(f'[index]\ncargo = "{running.url}"\n[advisories]\nservice = "none"\n')
        evidence = supplytrust.collect(
            str(workload), config=config, lock=tmp_path / "Cargo.lock", ledger=None, deps="all", at=day(500)
        )
    node = next(one for one in evidence.nodes if one.subject.purl == "pkg:cargo/demo-crate@0.3.7")
    assert (node.subject.artifact is not None) == (not told)
    assert any(told in gap.detail for gap in node.gaps)


def test_lock_that_is_none_is_a_wrong_input(tmp_path: Path) -> None:
    (tmp_path / "app.wasm").write_bytes(wasm.module())
    (tmp_path / "notes.txt").write_bytes(b"\x00not a lock")
    for name in ("notes.txt", "absent.lock"):
        with pytest.raises(InputError):
            supplytrust.collect(str(tmp_path / "app.wasm"), lock=tmp_path / name, ledger=None)
