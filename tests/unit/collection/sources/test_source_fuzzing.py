"""Fuzzing set-ups in the sdist, in the tagged tree and in a checkout of OSS-Fuzz; what runs and what lies there."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from simulators.index import sdist, serving
from simulators.repository import Repository
from simulators.world import world
from supplytrust.collection.scheduler import collect_claims
from supplytrust.collection.sources import fuzzing as source
from supplytrust.collection.sources import git, index
from supplytrust.evidence.source_code import fuzz_setup
from supplytrust.io.context import SourceClaim
from supplytrust.model.claims.code import FuzzingSetup, FuzzPlace
from supplytrust.model.claims.release import ProjectLink, ProjectMetadata
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.policy import Settings
from supplytrust.model.subject import Artifact, ArtifactKind, Subject

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
UPLOAD = NOW - timedelta(days=30)
PY = "import atheris\n\ndef TestOneInput(data):\n    pass\n\natheris.Setup([], TestOneInput)\natheris.Fuzz()\n"
FILES = {
    "demo/__init__.py": "x = 1\n",
    "tests/test_demo.py": "from hypothesis import given\n",
    "tests/test_plain.py": "# import hypothesis\nimport unittest\n",
    "fuzz/fuzz_demo.py": PY,
}
WORKFLOW = """
on: [push]
jobs:
  fuzz:
    steps:
      - uses: google/oss-fuzz/infra/cifuzz/actions/run_fuzzers@abc
      - run: make CFLAGS=-fsanitize=address,undefined
"""


def judged(files):
    return fuzz_setup.judge({p: t for p, t in files.items() if p in fuzz_setup.candidates(files)}, files)


@pytest.mark.parametrize(
    ("path", "text", "what"),
    [
        ("fuzz/fuzz_a.py", PY, "atheris"),
        ("src/fuzz.c", "int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n) {}", "libFuzzer"),
        ("fuzz/fuzz_targets/a.rs", "fuzz_target!(|data: &[u8]| {});", "cargo-fuzz"),
        ("a_fuzz_test.go", "func FuzzReverse(f *testing.F) {", "Go"),
        ("fuzz/A.java", "public static void fuzzerTestOneInput(byte[] b) {", "Jazzer"),
        ("fuzz/a.js", "module.exports.fuzz = function (data) {", "Jazzer"),
        ("fuzz/a.rs", "    fuzz!(|data: &[u8]| {});", "AFL"),
        (".clusterfuzzlite/build.sh", "compile_python_fuzzer x.py", "ClusterFuzzLite"),
    ],
)
def test_targets_by_their_entry_points(path, text, what):
    assert [(t.path, t.what) for t in judged({path: text}).targets] == [(path, what)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("fuzz/notes.py", "# import atheris\n"),
        ("fuzz/notes.c", "// LLVMFuzzerTestOneInput(x)\n"),
        ("src/fuzzy_match.py", "def fuzzy(): pass\n"),
        ("docs/fuzzing.md", "import atheris\n"),
        (".github/workflows/ci.yml", "# uses: google/clusterfuzzlite/actions/run_fuzzers@v1\n"),
        (".github/workflows/ci.yml", "run: cargo fuzz build\n"),
        ("sub/.github/workflows/ci.yml", "run: cargo fuzz run a\n"),
        ("tests/test_a.py", "text = 'from hypothesis import given'\n"),
    ],
)
def test_what_only_looks_like_it(path, text):
    assert judged({path: text}) == fuzz_setup.Setup((), (), (), ())


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("- uses: google/clusterfuzzlite/actions/run_fuzzers@v1", "ClusterFuzzLite"),
        ("- uses: 'google/oss-fuzz/infra/cifuzz/actions/run_fuzzers@v1'", "CIFuzz"),
        ("run: cargo +nightly fuzz run a", "cargo fuzz run"),
        ("run: go test ./... -run=^$ -fuzz=FuzzA", "go test -fuzz"),
        ("run: python3 fuzz/fuzz_a.py -runs=9", "a target"),
        ("run: ./fuzz_a -max_total_time=60", "a target"),
    ],
)
def test_what_runs_targets(text, what):
    assert [p.what for p in judged({".github/workflows/f.yml": text}).runs] == [what]


def test_sanitizers_and_property_tests():
    found = judged({".github/workflows/f.yml": WORKFLOW, **FILES, "src/p_test.rs": "    proptest! {\n"})
    assert [p.what for p in found.sanitizers] == ["sanitizer"]
    assert [p.path for p in found.properties] == ["src/p_test.rs", "tests/test_demo.py"]


# --- the places ---------------------------------------------------------------------------------------------------


def subject_of(file):
    artifact = Artifact(file.name, file.sha256, ArtifactKind.SDIST, len(file.data))
    return Subject("pkg:pypi/demo@1.4", "pypi", "demo", "1.4", artifact)


def observe(tmp_path, file, *, repository="", oss_fuzz="", facts=()):
    subject = subject_of(file)
    with serving([]) as served, world(served, tmp_path / "w", at=NOW) as opened:
        opened.blobs.put(file.data)
        settings = replace(opened.settings, oss_fuzz=str(oss_fuzz))
        here = replace(opened, repository=str(repository), settings=settings)
        known = collect_claims(subject, here, [git, index]) if repository else SubjectEvidence(subject, tuple(facts))
        return source.observe(subject, known, here)


def claims(seen):
    return {p.claim.place: p.claim for p in seen if isinstance(p, SourceClaim)}


def test_the_sdist(tmp_path):
    claim = claims(observe(tmp_path, sdist("demo", "1.4", FILES)))[FuzzPlace.SDIST]
    assert [t.what for t in claim.targets] == ["atheris"]
    assert (claim.targets_total, claim.properties_total, claim.runs, claim.known_by, claim.unread) == (
        1,
        1,
        (),
        None,
        0,
    )


def test_the_tree_of_the_tag(tmp_path):
    sim = Repository()
    last = sim.commit("Ann Author", UPLOAD - timedelta(days=1), {**FILES, ".github/workflows/f.yml": WORKFLOW}, "all")
    sim.tag("v1.4", "Ann Author", UPLOAD - timedelta(hours=1), mark=last)
    sim.commit("Ann Author", UPLOAD + timedelta(days=1), {"fuzz/fuzz_late.py": PY}, "after")
    tmp_path.mkdir(exist_ok=True)
    found = claims(observe(tmp_path, sdist("demo", "1.4", FILES), repository=sim.build(tmp_path / "repo")))
    claim = found[FuzzPlace.TREE]
    assert (claim.name, claim.known_by) == ("v1.4", KnownBy.GIVEN)
    assert [p.what for p in claim.runs] == ["CIFuzz"]
    assert [t.path for t in claim.targets] == ["fuzz/fuzz_demo.py"]
    assert FuzzPlace.SDIST in found


def checkout(tmp_path, name, **files):
    folder = tmp_path / "oss-fuzz" / "projects" / name
    folder.mkdir(parents=True)
    for file, text in files.items():
        (folder / file.replace("__", ".")).write_text(text)
    return tmp_path / "oss-fuzz"


def linked(address):
    from supplytrust.collection.scheduler import observation

    links = (ProjectLink("Source", address),)
    claim = ProjectMetadata("demo", "1.4", "", "", "", (), links, "", "")
    return (observation("index", SourceClaim(claim, "test"), NOW),)


MAIN = "homepage: https://example.org\nmain_repo: 'https://git.example.org/owner/demo.git'\n"


@pytest.mark.parametrize(
    ("address", "config", "runs"),
    [
        ("https://git.example.org/owner/demo", MAIN, 1),
        ("https://git.example.org/owner/demo", MAIN + "disabled: true\n", 0),
        ("https://git.example.org/other/demo", MAIN, None),
    ],
)
def test_an_oss_fuzz_project_counts_for_its_own_repository(tmp_path, address, config, runs):
    root = checkout(tmp_path, "demo", project__yaml=config, build__sh="x", fuzz_a__py=PY)
    found = claims(observe(tmp_path, sdist("demo", "1.4"), oss_fuzz=root, facts=linked(address)))
    claim = found.get(FuzzPlace.OSS_FUZZ)
    assert (None if claim is None else len(claim.runs)) == runs
    if claim:
        assert claim.known_by is KnownBy.DECLARED  # the release only says that this is its repository


def test_nothing_to_read_tells_why(tmp_path):
    subject = Subject("pkg:pypi/demo@1.4", "pypi", "demo", "1.4")
    with serving([]) as served, world(served, tmp_path / "w", at=NOW) as opened:
        settings = Settings(oss_fuzz=str(tmp_path / "none"))
        seen = source.observe(subject, SubjectEvidence(subject), replace(opened, settings=settings))
    assert [(p.claim, p.reason) for p in seen if isinstance(p, NotObserved)] == [
        (FuzzingSetup.__name__, NotObservedReason.NOT_FOUND)
    ] * 3
