"""Crates of one workspace: one repository for all of them, and what a copy that lacks contents costs."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

import supplytrust
from simulators.crates import Crate, Need, Past, manifest, package, registry
from simulators.repository import day, git
from simulators.world import NOW, PATIENT
from supplytrust.collection import scheduler
from supplytrust.collection.sources import rebuild
from supplytrust.ecosystems.cargo.ecosystem import ECOSYSTEM
from supplytrust.ecosystems.values import PackageRequest
from supplytrust.io.context import CollectContext
from supplytrust.io.http.client import Client
from supplytrust.io.processes.worker import Workers
from supplytrust.model.claims.artifact import ChangeSincePredecessor, CodeComposition
from supplytrust.model.claims.source_tree import KnownBy, ReleaseTag, SourceComparison
from supplytrust.model.evidence import Evidence, NotObserved, Observation, SubjectEvidence
from supplytrust.model.policy import Settings
from supplytrust.model.subject import Artifact, ArtifactKind, Subject
from supplytrust.model.vocabulary import Status

FORGE = "https://forge.example.org/demo/demo.git"
OTHER = "https://forge.example.org/other/other.git"


def workspace(folder: Path, sibling_declares: str) -> list[Crate]:
    """`demo-crate` 1.0.0 needs `demo-derive` 1.0.0, which lies in the same repository and declares an address."""
    past = Past("demo-crate", folder="demo")
    own = manifest("demo-derive", "1.0.0", repository=sibling_declares)
    past.repository.commit("Ann Author", day(0), {"Cargo.toml": '[workspace]\nmembers = ["demo", "derive"]\n'}, "start")
    past.repository.commit("Ann Author", day(1), {"derive/Cargo.toml": own, "derive/src/lib.rs": "//! derive\n"}, "d")
    past.release("1.0.0", day(2), needs=[Need("demo-derive", "1")], repository=FORGE)
    past.build(folder)
    files = {"Cargo.toml": own, "src/lib.rs": "//! derive\n"}
    data = package("demo-derive", "1.0.0", files, past.commits["1.0.0"], folder="derive")
    return [*past.crates, Crate("demo-derive", "1.0.0", data, day(2))]


def compared(tmp_path: Path, sibling_declares: str) -> set[str]:
    """The packages that were compared with a source, when the first one's repository is named."""
    crates = workspace(tmp_path / "repo", sibling_declares)
    with registry(crates) as running:
        config = tmp_path / "supplytrust.toml"
        config.write_text(f'[index]\ncargo = "{running.url}"\n[advisories]\nservice = "none"\n')
        evidence = supplytrust.collect(
            "pkg:cargo/demo-crate@1.0.0", repository=str(tmp_path / "repo"), config=config, at=day(9), ledger=None,
            deps="all", rebuild="never", offline=False,
        )  # fmt: skip
    return {node.subject.name for node in evidence.nodes if node.newest(SourceComparison) is not None}


def test_named_repository_serves_the_siblings_that_declare_its_address(tmp_path: Path) -> None:
    assert compared(tmp_path, FORGE.removesuffix(".git")) == {"demo-crate", "demo-derive"}


def test_named_repository_serves_nobody_who_declares_another(tmp_path: Path) -> None:
    assert compared(tmp_path, OTHER) == {"demo-crate"}


def test_copy_of_a_repository_without_contents_is_said_to_lack_them(tmp_path: Path) -> None:
    past = Past("demo-crate")
    past.release("1.0.0", day(1))
    past.build(tmp_path / "repo")
    blob = git(tmp_path / "repo", "rev-parse", "v1.0.0:README.md").decode().strip()
    next((tmp_path / "repo").rglob(f"objects/{blob[:2]}/{blob[2:]}")).unlink()
    (tmp_path / "scratch").mkdir()
    with registry(past.crates) as running, closing(Client(tmp_path / "http", limits=PATIENT)) as door:
        world = CollectContext(
            door,
            Settings(index={"cargo": running.url}),
            NOW,
            NOW,
            tmp_path / "scratch",
            tmp_path / "cache",
            repository=str(tmp_path / "repo"),
            options={"rebuild": "always"},
        )
        subject = ECOSYSTEM.resolve(PackageRequest("cargo", "demo-crate", version="1.0.0"), world)
        tag = ReleaseTag("1.0.0", KnownBy.GIVEN, "found", "v1.0.0", past.commits["1.0.0"], at=day(1))
        seen = Observation("t", "git", NOW, "made for a test", "", tag)
        told = rebuild.observe(subject, SubjectEvidence(subject, (seen,)), world)
        without = rebuild.observe(subject, SubjectEvidence(subject, ()), world)
        nowhere = rebuild.observe(subject, SubjectEvidence(subject, (seen,)), replace(world, repository=""))
        asked = scheduler.observe_isolated(
            rebuild, subject, SubjectEvidence(subject, (seen,)), replace(world, repository=""), cast("Workers", None)
        )
    assert asked == nowhere  # no process is started to say that there is nothing to build
    for answer, text in (
        (told, "lacks the contents of 1 files of the commit"),
        (without, "no commit is known that it was made of"),
        (nowhere, "its repository is not on this machine"),
    ):
        gap = next(part for part in answer if isinstance(part, NotObserved) and part.claim == "RebuildResult")
        assert text in gap.detail


@pytest.mark.parametrize(
    ("kind", "sizes", "native"),
    [
        (ArtifactKind.SOURCE, {"rust": 900}, 0),  # every crate is compiled: what counts is what keeps no bounds
        (ArtifactKind.SOURCE, {"rust": 900, "c": 200}, 1),
        (ArtifactKind.SOURCE, {"rust": 9_000, "assembly": 100}, 0),
        (ArtifactKind.SDIST, {"rust": 900, "python": 900}, 1),
    ],
)
def test_footprint_counts_code_that_is_not_kept_within_bounds(
    kind: ArtifactKind, sizes: dict[str, int], native: int
) -> None:
    subject = Subject("pkg:cargo/demo@1.0.0", "cargo", "demo", "1.0.0", Artifact("demo", "0" * 64, kind))
    claim = CodeComposition("demo", tuple(sorted(sizes.items())), 0, ())
    seen = Observation("c", "artifact", NOW, "made for a test", "", claim)
    evidence = Evidence(subject.purl, NOW, (SubjectEvidence(subject, (seen,)),), ())
    footprint = supplytrust.appraise(evidence).footprint
    assert footprint is not None and footprint.native == native


# --- a project that is split: the new half is young and no stranger


def split(folder: Path, **half: object) -> list[Crate]:
    """`demo-crate` 1.1.0 is the first to need `demo-core`, which was published a minute before it."""
    past = Past("demo-crate", folder="demo")
    core = manifest("demo-core", "1.1.0")
    past.repository.commit("Ann Author", day(0), {"Cargo.toml": '[workspace]\nmembers = ["demo", "core"]\n'}, "start")
    past.release("1.0.0", day(1))
    past.repository.commit("Ann Author", day(399), {"core/Cargo.toml": core, "core/src/lib.rs": "//! core\n"}, "split")
    past.release("1.1.0", day(400), needs=[Need("demo-core", "1")])
    past.build(folder)
    files = {"Cargo.toml": core, "src/lib.rs": "//! core\n"}
    told = {"commit": past.commits["1.1.0"], "folder": "core", **half}
    data = package("demo-core", "1.1.0", files, **told)  # type: ignore[arg-type]
    return [*past.crates, Crate("demo-core", "1.1.0", data, day(400))]


@pytest.mark.parametrize(
    ("half", "named", "status"),
    [
        ({}, True, Status.SUPPORTS),
        ({"extra": {"build.rs": "fn main() {}\n"}}, True, Status.NOT_OBSERVED),  # a file that the repository lacks
        ({"commit": "a" * 40}, True, Status.NOT_OBSERVED),  # a commit that the repository lacks
        ({"commit": ""}, True, Status.NOT_OBSERVED),
        ({}, False, Status.NOT_OBSERVED),  # no repository to prove it with
    ],
)
def test_young_requirement_of_the_same_repository_is_no_stranger(
    tmp_path: Path, half: dict[str, object], named: bool, status: Status
) -> None:
    crates = split(tmp_path / "repo", **half)
    with registry(crates) as running:
        config = tmp_path / "supplytrust.toml"
        config.write_text(f'[index]\ncargo = "{running.url}"\n[advisories]\nservice = "none"\n')
        evidence = supplytrust.collect(
            "pkg:cargo/demo-crate@1.1.0", repository=str(tmp_path / "repo") if named else None, config=config,
            at=day(405), ledger=None, deps="none", rebuild="never",
        )  # fmt: skip
    record = supplytrust.appraise(evidence, alone=True)
    found = next(
        f for a in record.areas.values() for f in a.findings if f.signal == "integrity/no_new_young_dependency"
    )
    assert found.status is status
    assert "demo-core" in found.because


@pytest.mark.parametrize("listed", ["", "e" * 64])
def test_release_before_is_fetched_as_itself_and_only_as_the_index_lists_it(tmp_path: Path, listed: str) -> None:
    past = Past("demo-crate")
    past.release("1.0.0", day(1))
    past.release("1.1.0", day(400), {"build.rs": "fn main() {}\n"})
    past.build(tmp_path / "repo")
    with registry([replace(past.crates[0], listed_sha256=listed), past.crates[1]]) as running:
        config = tmp_path / "supplytrust.toml"
        config.write_text(f'[index]\ncargo = "{running.url}"\n[advisories]\nservice = "none"\n')
        evidence = supplytrust.collect(
            "pkg:cargo/demo-crate@1.1.0", config=config, at=day(405), ledger=None, deps="none", rebuild="never"
        )
    node = evidence.nodes[0]
    seen = node.newest(ChangeSincePredecessor)
    if listed:
        assert seen is None
        assert "not the file that the index lists" in node.gap(ChangeSincePredecessor).detail
    else:
        assert seen is not None and [hook.path for hook in seen.claim.new_hooks] == ["build.rs"]
