"""Crates: index lines, versions and ranges, manifests, locks, and what of a crate its commit explains."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import supplytrust
from simulators.crates import Crate, Need, Past, Registry, lock_text, manifest, package, registry
from simulators.repository import day
from simulators.world import NOW, PATIENT
from supplytrust.collection.subjects import request_of
from supplytrust.ecosystems.cargo import index, versions
from supplytrust.ecosystems.cargo.crate import core_metadata, read, read_vcs_info
from supplytrust.ecosystems.cargo.ecosystem import ECOSYSTEM
from supplytrust.ecosystems.cargo.locks import cargo_lock
from supplytrust.ecosystems.cargo.manifest import disagreements, enabled_by_default, read_manifest
from supplytrust.ecosystems.values import PackageRequest
from supplytrust.errors import InvalidSubjectError, MalformedError, NothingToAssessError, TooLargeError
from supplytrust.evidence.repository.artifact_diff import SourceTree, comparison, open_artifact
from supplytrust.evidence.repository.history import contents_of, tree_of
from supplytrust.io.context import CollectContext
from supplytrust.io.git.repository import open_folder
from supplytrust.io.http.client import Client
from supplytrust.model.claims.source_tree import FileClass, KnownBy
from supplytrust.model.evidence import Observation, SubjectEvidence
from supplytrust.model.policy import Settings
from supplytrust.model.record import TrustRecord
from supplytrust.model.subject import Artifact, ArtifactKind, Subject
from supplytrust.model.versions import line_of

HEX = "ab" * 32
HOUR = timedelta(hours=1)


def page(*lines: Mapping[str, object], name: str = "demo") -> index.Page:
    plain = {"name": name, "vers": "1.0.0", "deps": [], "cksum": HEX, "features": {}, "yanked": False}
    return index.read_page("\n".join(json.dumps({**plain, **line}) for line in lines).encode(), name)


# --- versions


@pytest.mark.parametrize(
    ("requirement", "inside", "outside"),
    [
        ("1.2.3", "1.9.0", "2.0.0"),
        ("0.2.3", "0.2.9", "0.3.0"),
        ("0.0.3", "0.0.3", "0.0.4"),
        ("^0", "0.9.0", "1.0.0"),
        ("~1.2", "1.2.9", "1.3.0"),
        ("1.*", "1.9.9", "2.0.0"),
        ("*", "7.1.0", "7.1.0-rc.1"),
        (">=1.0, <1.5", "1.4.9", "1.5.0"),
        (">=1.0, <1.5", "1.0.0", "1.2.0-rc.1"),
        ("1.0.0-rc.1", "1.0.0-rc.2", "1.1.0-rc.1"),
        ("=0.14.5", "0.14.5+wasi-0.2.4", "0.14.6"),
    ],
)
def test_ranges_are_cargos(requirement: str, inside: str, outside: str) -> None:
    assert versions.holds(requirement, inside)
    assert not versions.holds(requirement, outside)


@pytest.mark.parametrize(
    ("version", "line"), [("1.2.3", (1,)), ("0.3.4", (0, 3)), ("0.0.7", (0, 0, 7)), ("0.0.0", (0, 0, 0))]
)
def test_line_is_where_a_caret_moves(version: str, line: tuple[int, ...]) -> None:
    assert line_of(version) == line


# --- index


def test_one_bad_line_never_costs_the_others() -> None:
    read = page({}, {"vers": "1.1"}, {"vers": "1.2.0", "deps": [7]}, {"vers": "1.3.0", "v": 3}, {"name": "other"})
    assert [line.version for line in read.lines] == ["1.0.0"]
    assert read.skipped == 4


def test_two_lines_of_one_version_are_as_good_as_the_worse() -> None:
    told = {"pubtime": "2024-01-01T00:00:00Z"}
    both = page(told, {**told, "yanked": True, "cksum": "cd" * 32}).lines
    assert [(line.sha256, line.yanked) for line in both] == [("", True)]


def test_features_of_both_forms_are_one() -> None:
    line = page({"v": 2, "features": {"default": ["a"]}, "features2": {"a": ["dep:x"]}}).lines[0]
    assert dict(line.features) == {"default": ("a",), "a": ("dep:x",)}
    assert enabled_by_default(line.features) == {"x"}


def test_times_of_a_mirror_are_not_believed() -> None:
    early = datetime(2024, 1, 1, tzinfo=UTC)
    shuffled = [
        {"vers": f"1.{n}.0", "pubtime": f"{early + (7 * n % 12) * 5 * HOUR:%Y-%m-%dT%H:%M:%SZ}"} for n in range(12)
    ]
    honest = [{"vers": f"1.{n}.0", "pubtime": f"{early + n * HOUR:%Y-%m-%dT%H:%M:%SZ}"} for n in range(12)]
    at_once = [{"vers": f"1.{n}.0", "pubtime": f"2024-01-01T00:00:{7 * n % 12:02}Z"} for n in range(12)]
    assert {line.published for line in page(*shuffled).lines} == {None}
    assert page(*at_once).lines[3].published is not None
    assert page(*honest).lines[3].published == early + 3 * HOUR


@pytest.mark.parametrize("body", [b"", b"\n\n", b"not json\n", b"[]\n", b'{"name": "demo"}\n', b"\xff\xfe\n"])
def test_page_without_a_release_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedError):
        index.read_page(body, "demo")


def test_page_of_too_many_lines_is_refused() -> None:
    with pytest.raises(TooLargeError):
        index.read_page(b"{}\n" * (index.MOST_LINES + 1), "demo")


@given(st.binary(max_size=400))
def test_any_bytes_are_a_page_or_malformed(body: bytes) -> None:
    try:
        index.read_page(body, "demo")
    except MalformedError:
        pass


# --- manifests


WORKSPACE = """
[workspace]
members = ["demo"]
[workspace.package]
version = "1.0.0"
[workspace.dependencies]
log = { version = "0.4", default-features = false, features = ["std"] }
"""
MEMBER = """
[package]
name = "demo"
version.workspace = true
[dependencies]
log = { workspace = true, features = ["kv"] }
"""
WRITTEN = """
[package]
name = "demo"
version = "1.0.0"
build = false
[lib]
path = "src/lib.rs"
[dependencies.log]
version = "0.4"
features = ["std", "kv"]
default-features = false
"""
FILES = ("src/lib.rs",)


def test_workspace_inheritance_is_resolved() -> None:
    root = {"workspace": tomllib.loads(WORKSPACE)["workspace"]}
    author, written = read_manifest(MEMBER.encode(), FILES, root), read_manifest(WRITTEN.encode(), FILES)
    assert disagreements(written, author) == ()
    alone = read_manifest(MEMBER.encode(), FILES)
    assert "dependency log of the workspace is not known" in disagreements(written, alone)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ('[dependencies.evil]\nversion = "1"\n', "dependency evil"),
        ('[build-dependencies.evil]\nversion = "1"\n', "dependency evil"),
        ("[target.'cfg(unix)'.dependencies.evil]\nversion = \"1\"\n", "dependency evil"),
        ('[features]\ndefault = ["x"]\n', "features"),
    ],
)
def test_what_is_added_to_the_written_manifest_is_told(change: str, told: str) -> None:
    author = read_manifest(manifest("demo", "1.0.0").encode(), FILES)
    assert disagreements(read_manifest((manifest("demo", "1.0.0") + change).encode(), FILES), author) == (told,)


@pytest.mark.parametrize("line", ['build = "evil.rs"', 'links = "z"', 'version = "1.0.1"'])
def test_what_decides_about_the_build_is_compared(line: str) -> None:
    author = manifest("demo", "1.0.0")
    changed = (
        author.replace('version = "1.0.0"', line)
        if "version" in line
        else author.replace("[package]", f"[package]\n{line}")
    )
    assert disagreements(read_manifest(changed.encode(), FILES), read_manifest(author.encode(), FILES))


# --- the commit that a crate names


@pytest.mark.parametrize(
    "info",
    [
        b"{",
        b"[]",
        b'{"git": {}}',
        b'{"git": {"sha1": "xyz"}}',
        b'{"git": {"sha1": 7}}',
        json.dumps({"git": {"sha1": "a" * 40}, "path_in_vcs": "../.."}).encode(),
        json.dumps({"git": {"sha1": "a" * 40}, "path_in_vcs": "/etc"}).encode(),
        json.dumps({"git": {"sha1": "a" * 40}, "path_in_vcs": "a\\..\\b"}).encode(),
    ],
)
def test_what_names_no_commit_is_malformed(info: bytes) -> None:
    with pytest.raises(MalformedError):
        read_vcs_info(info)


# --- locks


REGISTRY = "registry+https://index.example.org/x"


@pytest.mark.parametrize("form", [2, 3, 4])
def test_forms_of_the_lock(form: int) -> None:
    read = cargo_lock.read_lock(lock_text([("demo", "1.0.0", "", ""), ("log", "0.4.1", REGISTRY, HEX)], form).encode())
    assert read.form == (form if form != 2 else 2)
    assert [(p.name, p.sha256, p.from_registry) for p in read.packages] == [("demo", "", False), ("log", HEX, True)]


def test_first_form_keeps_checksums_aside() -> None:
    text = f'[[package]]\nname = "log"\nversion = "0.4.1"\nsource = "{REGISTRY}"\n\n[metadata]\n'
    text += f'"checksum log 0.4.1 ({REGISTRY})" = "{HEX}"\n'
    read = cargo_lock.read_lock(text.encode())
    assert (read.form, read.packages[0].sha256) == (1, HEX)


def test_two_versions_of_a_name_are_told_apart() -> None:
    text = lock_text([("demo", "1.0.0", "", ""), ("log", "0.3.0", REGISTRY, HEX), ("log", "0.4.0", REGISTRY, HEX)])
    text = text.replace('version = "1.0.0"\n', 'version = "1.0.0"\ndependencies = ["log 0.4.0", "gone"]\n')
    edges = [
        (a.name, b.version if b else None)
        for a, b in cargo_lock.join_edges(cargo_lock.read_lock(text.encode()).packages)
    ]
    assert edges == [("demo", "0.4.0"), ("demo", None)]


@pytest.mark.parametrize(
    "text",
    [
        lock_text([("log", "0.4.1", REGISTRY, HEX)] * 2),
        lock_text([("log", "0.4.1", REGISTRY, "short")]),
        lock_text([("log", "not-a-version", REGISTRY, HEX)]),
        lock_text([("../evil", "1.0.0", REGISTRY, HEX)]),
        lock_text([], form=9),
        "package = 7\n",
        "[[package]]\nname = 1\n",
        "a = [" * 200,
        "= nothing",
    ],
)
def test_broken_locks_are_malformed(text: str) -> None:
    with pytest.raises(MalformedError):
        cargo_lock.read_lock(text.encode())


# --- against the commit


@pytest.fixture
def past(tmp_path: Path) -> Past:
    made = Past("demo-crate")
    for number in range(6):
        made.release(f"1.{number}.0", day(30 * number), {"src/data.rs": "pub const A: u8 = 1;\n"})
    made.build(tmp_path / "repo")
    return made


@contextmanager
def crate_world(running: Registry, tmp_path: Path) -> Iterator[CollectContext]:
    """What a source may touch, with this registry as its index."""
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    with closing(Client(tmp_path / "http", limits=PATIENT)) as door:
        settings = Settings(index={"cargo": running.url})
        yield CollectContext(door, settings, at=NOW, now=NOW, scratch=scratch, cache=tmp_path / "cache")


def judge(crates: list[Crate], tmp_path: Path, subject: str = "pkg:cargo/demo-crate", **options: object) -> TrustRecord:
    with registry(crates) as running:
        return ask(running, tmp_path, subject, **options)


def ask(running: Registry, tmp_path: Path, subject: str, **options: object) -> TrustRecord:
    config = tmp_path / "supplytrust.toml"
    config.write_text(f'[index]\ncargo = "{running.url}"\n[advisories]\nservice = "none"\n')
    given: dict[str, object] = {"deps": "none", "rebuild": "never", "ledger": None}
    return supplytrust.assess(subject, config=config, repository=str(tmp_path / "repo"), **(given | options))  # type: ignore[arg-type]


def findings(record: TrustRecord) -> dict[str, str]:
    return {f.signal: f.status.value for area in record.areas.values() for f in area.findings}


def test_crate_of_its_tagged_commit_is_explained(past: Past, tmp_path: Path) -> None:
    record = judge(past.crates, tmp_path)
    assert record.trustee.purl == "pkg:cargo/demo-crate@1.5.0"
    told = findings(record)
    assert told["integrity/artifact_matches_source_tree"] == "supports"
    assert told["integrity/metadata_agrees_with_index"] == "supports"
    assert told["integrity/tag_on_branch"] == "supports"
    assert told["integrity/no_new_startup_hook"] == "supports"


MUTANTS: dict[str, dict[str, str | bytes | None]] = {
    "byte changed": {"src/data.rs": "pub const A: u8 = 2;\n"},
    "file added": {"src/more.rs": "pub fn more() {}\n"},
    "build script added": {"build.rs": "fn main() {}\n"},
    "file moved in": {"build.rs": "pub const A: u8 = 1;\n"},
    "dependency added to the manifest": {"Cargo.toml": manifest("demo-crate", "1.5.0", [Need("evil")])},
    "dependency added to both manifests": {
        "Cargo.toml": manifest("demo-crate", "1.5.0", [Need("evil")]),
        "Cargo.toml.orig": manifest("demo-crate", "1.5.0", [Need("evil")]),
    },
    "lock of other bytes": {"Cargo.lock": "not a lock"},
}


def odd_files(past: Past, data: bytes, tmp_path: Path) -> dict[str, FileClass]:
    """What the tagged commit of 1.5.0 does not explain of a crate."""
    with registry(past.crates) as running, crate_world(running, tmp_path) as world:
        subject = ECOSYSTEM.resolve(PackageRequest("cargo", "demo-crate", version="1.5.0"), world)
        artifact = replace(subject.artifact, sha256="") if subject.artifact else None
        assert artifact is not None
        opened = open_artifact(artifact, data, ECOSYSTEM.packaging_rules(subject, world))
        view = open_folder(tmp_path / "repo", world.scratch)
        commit = past.commits["1.5.0"]
        source = SourceTree(tree_of(view, commit), commit, lambda ids: contents_of(view, ids), frozenset(), bool)
        claim = comparison(view, source, opened, subject, (KnownBy.GIVEN, "v1.5.0"))
    return {odd.path: odd.relation for odd in claim.odd}


@pytest.mark.parametrize("kind", MUTANTS)
def test_planted_changes_are_told(kind: str, past: Past, tmp_path: Path) -> None:
    data = package("demo-crate", "1.5.0", past.planned[-1][2], past.commits["1.5.0"], extra=MUTANTS[kind])
    assert odd_files(past, past.crates[-1].data, tmp_path) == {}
    told = odd_files(past, data, tmp_path)
    assert set(told) == set(MUTANTS[kind])
    assert set(told.values()) <= {FileClass.MODIFIED, FileClass.PHANTOM_EXECUTABLE}


def test_planted_file_refuses(past: Past, tmp_path: Path) -> None:
    data = package("demo-crate", "1.5.0", past.planned[-1][2], past.commits["1.5.0"], extra={"src/x.rs": "//"})
    record = judge([*past.crates[:-1], replace(past.crates[-1], data=data)], tmp_path)
    assert findings(record)["integrity/artifact_matches_source_tree"] == "opposes"
    assert record.outcome.name == "REFUSE"


def test_release_without_tag_is_held(tmp_path: Path) -> None:
    made = Past("demo-crate")
    for number in range(3):
        made.release(f"1.{number}.0", day(30 * number), tag=None)
    made.build(tmp_path / "repo")
    told = findings(judge(made.crates, tmp_path))
    assert told["integrity/artifact_matches_source_tree"] == "not_observed"


def test_tracked_links_explain_and_folders_of_a_workspace_count(tmp_path: Path) -> None:
    made = Past("demo-crate", folder="crates/demo")
    for number in range(3):
        made.release(f"0.{number}.1", day(30 * number), tag=f"demo-crate-0.{number}.1")
    made.repository.commit(
        "Ann Author",
        day(100),
        {"shared/x.rs": "pub fn x() {}\n", "crates/demo/src/s": "../../../shared"},
        "link",
        modes={"crates/demo/src/s": "120000"},
    )
    made.release("0.3.1", day(101), tag="other-crate-0.9.0", extra={"src/s/x.rs": "pub fn x() {}\n"})
    made.build(tmp_path / "repo")
    record = judge(made.crates, tmp_path)
    assert findings(record)["integrity/artifact_matches_source_tree"] == "supports"


# --- names and purls


@pytest.mark.parametrize("purl", ["pkg:cargo/demo_crate", "pkg:cargo/Demo-Crate", "pkg:cargo/demo-crate@1.2.0"])
def test_one_crate_however_it_is_written(purl: str, past: Past, tmp_path: Path) -> None:
    record = judge(past.crates, tmp_path, purl)
    assert record.trustee.purl.startswith("pkg:cargo/demo-crate@1.")


@pytest.mark.parametrize("purl", ["pkg:cargo/demo-crate@1.2", "pkg:cargo/demo-crate@9.0.0", "pkg:cargo/none-such"])
def test_another_release_is_never_taken_instead(purl: str, past: Past, tmp_path: Path) -> None:
    with pytest.raises((InvalidSubjectError, NothingToAssessError)):
        judge(past.crates, tmp_path, purl)


@pytest.mark.parametrize(("text", "hinted"), [("serde", True), ("serde==1.0.0", True), ("click", False)])
def test_bare_name_stays_what_it_was_with_a_hint(text: str, hinted: bool) -> None:
    asked = request_of(text)
    assert asked.wanted is not None
    assert asked.wanted.type == "pypi"
    assert any("write pkg:cargo/serde" in notice for notice in asked.notices) is hinted


def test_what_a_plain_build_takes_in_is_followed() -> None:
    needs = [
        Need("log", "0.4"),
        Need("cc", kind="build"),
        Need("criterion", kind="dev"),
        Need("usual", optional=True),
        Need("rare", optional=True),
        Need("real-name", rename="alias"),
        Need("winapi", target="cfg(windows)"),
    ]
    text = manifest("demo", "1.0.0", needs, features={"default": ["std"], "std": ["dep:usual"], "more": ["rare"]})
    artifact = Artifact("demo-1.0.0.crate", "", ArtifactKind.SOURCE)
    contents = read(artifact, package("demo", "1.0.0", {"Cargo.toml": text, "src/lib.rs": ""}))
    subject = Subject("pkg:cargo/demo@1.0.0", "cargo", "demo", "1.0.0", artifact)
    seen = Observation("t", "artifact", NOW, "made for a test", "", core_metadata(contents))
    wishes = ECOSYSTEM.declared_requirements(SubjectEvidence(subject, (seen,)))
    assert {(w.wanted.name, w.kind.value, w.wanted.specifier) for w in wishes} == {
        ("log", "link", "^0.4"),
        ("cc", "build", "^1"),
        ("usual", "link", "^1"),
        ("real-name", "link", "^1"),
        ("winapi", "link", "^1"),
    }
