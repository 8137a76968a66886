"""Crates packaged again from their commit: equal where they are, told where not, and a hostile tree never runs."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from simulators.crates import Past, has_cargo, manifest, registry
from simulators.rebuild_bench import contained
from simulators.repository import day
from simulators.world import NOW, PATIENT
from supplytrust.collection.sources import rebuild as source
from supplytrust.collection.standalone_rebuild import rebuilt
from supplytrust.ecosystems import tar_container
from supplytrust.ecosystems.cargo import rebuild as cargo_rebuild
from supplytrust.ecosystems.cargo.ecosystem import ECOSYSTEM
from supplytrust.ecosystems.cargo.rebuild import REBUILD
from supplytrust.ecosystems.values import PackageRequest
from supplytrust.errors import NothingToAssessError
from supplytrust.io.context import CollectContext
from supplytrust.io.http.client import Client
from supplytrust.io.processes import sandbox
from supplytrust.io.processes.sandbox import Box, ExitReport, Sandbox
from supplytrust.model.claims.rebuild import RebuildLevel, RebuildResult
from supplytrust.model.claims.source_tree import KnownBy, ReleaseTag
from supplytrust.model.evidence import Observation, SubjectEvidence
from supplytrust.model.policy import Settings

installed = pytest.mark.skipif(not has_cargo(), reason="cargo is not installed")
HOSTILE = {
    "rust-toolchain.toml": '[toolchain]\npath = "/build/source/evil"\n',
    "evil/bin/cargo": "#!/bin/sh\necho > /build/work/ran-cargo\n",
    ".cargo/config.toml": '[build]\nrustc = "/build/source/evil/bin/cargo"\n[alias]\npackage = "run"\n',
    "build.rs": 'fn main() { std::fs::write("/build/work/ran-build", "").unwrap(); }\n',
}


def rebuild(past: Past, folder: Path, version: str) -> RebuildResult:
    """The crate of a version, as the registry gives it, from its commit."""
    (folder / "scratch").mkdir(exist_ok=True)
    with registry(past.crates) as running, closing(Client(folder / "http", limits=PATIENT)) as door:
        settings = Settings(index={"cargo": running.url})
        world = CollectContext(
            door, settings, NOW, NOW, folder / "scratch", folder / "cache", repository=str(folder / "repo")
        )
        subject = ECOSYSTEM.resolve(PackageRequest("cargo", past.name, version=version), world)
        tag = ReleaseTag(version, KnownBy.GIVEN, "found", f"v{version}", past.commits[version], at=day(1))
        seen = Observation("t", "git", NOW, "made for a test", "", tag)
        told = source.observe(subject, SubjectEvidence(subject, (seen,)), world)
    return next(part.claim for part in told if isinstance(getattr(part, "claim", None), RebuildResult))


@contained
@installed
def test_crate_comes_out_of_its_commit_and_hostile_trees_do_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = Past("demo-crate", folder="crates/demo")
    past.repository.commit("Ann Author", day(0), {"Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n'}, "start")
    past.repository.commit("Ann Author", day(0), HOSTILE, "hostile")
    extra = {**HOSTILE, "Cargo.toml": manifest("demo-crate", "1.0.0")}
    past.release("1.0.0", day(1), extra)
    past.release("1.1.0", day(9), {"Cargo.toml": manifest("demo-crate", "1.1.0")}, extra={"src/lib.rs": "//! other\n"})
    past.build(tmp_path / "repo")
    left: list[str] = []

    def watched(command: list[str], box: Box, kind: Sandbox) -> ExitReport:
        ended = sandbox.run(command, box, kind)
        left.extend(p.name for folder in box.writable for p in Path(folder).rglob("*"))
        return ended

    monkeypatch.setattr(cargo_rebuild, "sandbox", SimpleNamespace(**{**vars(sandbox), "run": watched}))
    honest = rebuild(past, tmp_path, "1.0.0")
    assert (honest.level, honest.reason) == (RebuildLevel.NORMALIZED, "")
    assert honest.normalizers == ("manifest-form",)
    assert honest.interpreter.startswith("cargo ")
    assert "demo-crate-1.0.0.crate" in left
    assert not [name for name in left if name.startswith("ran-")]
    other = rebuild(past, tmp_path, "1.1.0")
    assert (other.level, other.unreproduced) == (RebuildLevel.CODE_DIFFERS, ("src/lib.rs",))


def test_what_cargo_writes_may_differ_in_form_only() -> None:
    old = manifest("demo", "1.0.0").encode()
    new = manifest("demo", "1.0.0", more="build = false\nautobins = false").encode()
    other = (manifest("demo", "1.0.0") + '\n[dependencies]\nevil = "1"\n').encode()
    rules = REBUILD.rules_for("demo-1.0.0.crate")
    assert rules.even("Cargo.toml", old, new) == "manifest-form"
    assert rules.even("Cargo.toml", old, other) == ""
    assert rules.even("Cargo.toml", old, None) == ""
    assert rules.even("src/lib.rs", b"1", b"2") == ""


def test_reasons_of_the_container() -> None:
    from simulators.index import tarred

    one = tarred({"a/x": b"1", "a/y": b"2"})
    assert tar_container.differences(one, tarred({"a/y": b"2", "a/x": b"1"})) == ("tar-order",)
    assert tar_container.differences(one, b"no gzip") == ("container",)


@contained
@installed
def test_rebuild_verb_takes_a_crate_with_its_repository(tmp_path: Path) -> None:
    past = Past("demo-crate")
    past.release("1.0.0", day(1))
    past.build(tmp_path / "repo")
    with registry(past.crates) as running:
        config = tmp_path / "supplytrust.toml"
        config.write_text(f'[repository]\n"pkg:cargo/demo-crate" = "{tmp_path / "repo"}"\n')
        made = rebuilt("pkg:cargo/demo-crate@1.0.0", config=config, index_url=running.url)
        config.write_text("")
        with pytest.raises(NothingToAssessError, match="its repository is not on this machine"):
            rebuilt("pkg:cargo/demo-crate@1.0.0", config=config, index_url=running.url)
    assert made.level.reproduced
