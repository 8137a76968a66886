"""The sources of a PyPI release, run by the real collector against an index on 127.0.0.1."""

import gzip
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from simulators.index import LONG_AGO, Project, Quirks, Release, default_files, history, sdist, serving, wheel, zipped
from simulators.world import NOW, world
from supplytrust.collection.scheduler import collect_claims
from supplytrust.collection.sources import artifact, code, comparison, index, ledger_facts, names, predecessor
from supplytrust.ecosystems import PackageRequest, for_type
from supplytrust.io.context import SingleFlight
from supplytrust.ledger import Ledger
from supplytrust.model.claims.artifact import (
    ArtifactContents,
    BuildSystem,
    ChangeSincePredecessor,
    CodeComposition,
    ContainerAudit,
    CoreMetadata,
    MeasuredDigest,
    RecordCheck,
    StartupHooks,
    WheelAgainstSdist,
)
from supplytrust.model.claims.code import Capabilities, CodeFindings
from supplytrust.model.claims.release import (
    FirstSeenFacts,
    KnownVulnerabilities,
    NameNeighbours,
    NewRequirements,
    ProjectMetadata,
    ReleaseFiles,
    ReleaseHistory,
    ReleaseOwners,
)
from supplytrust.model.evidence import NotObservedReason

SOURCES = (artifact, code, comparison, index, ledger_facts, names, predecessor)
OF_ARTIFACTS = (
    MeasuredDigest,
    ArtifactContents,
    ContainerAudit,
    RecordCheck,
    CoreMetadata,
    BuildSystem,
    StartupHooks,
    WheelAgainstSdist,
    CodeComposition,
    CodeFindings,
    Capabilities,
)
OF_INDEX = (ReleaseFiles, ReleaseHistory, ProjectMetadata, ReleaseOwners, KnownVulnerabilities)
DEMO = history("demo", "1.0", "1.1", links={"Source": "https://example.org/demo.git"})


def observed(project, folder, quirks=None, *, version="", file_name="", others=(), change=None, **options):
    with serving([project, *others], quirks or Quirks()) as server, world(server, folder, **options) as w:
        subject = for_type("pypi").resolve(PackageRequest("pypi", "demo", version=version, file_name=file_name), w)
        if change:
            change(server)
            w = replace(w, once=SingleFlight())  # what was read before is not there any more
        return collect_claims(subject, w, SOURCES)


def gap(evidence, kind):
    assert evidence.newest(kind) is None
    return evidence.gap(kind).reason


def test_an_honest_release_yields_every_claim_of_both_artifacts(tmp_path):
    with closing(Ledger(tmp_path / "ledger.sqlite3")) as ledger:
        evidence = observed(DEMO, tmp_path, ledger=ledger)
    kinds = (*OF_INDEX, *OF_ARTIFACTS, ChangeSincePredecessor, NewRequirements, NameNeighbours, FirstSeenFacts)
    assert [kind.__name__ for kind in kinds if evidence.newest(kind) is None] == []
    assert evidence.gaps == ()
    both = {"demo-1.1-py3-none-any.whl", "demo-1.1.tar.gz"}
    for kind in (MeasuredDigest, ArtifactContents, ContainerAudit, CoreMetadata, StartupHooks, ChangeSincePredecessor):
        assert {o.claim.file_name for o in evidence.all(kind)} == both
    assert all(o.claim.measured == o.claim.listed for o in evidence.all(MeasuredDigest))
    assert all(o.claim.problems == () for o in evidence.all(ContainerAudit))
    assert evidence.newest(WheelAgainstSdist).claim.odd == ()
    assert evidence.newest(RecordCheck).claim.mismatched == ()
    assert evidence.newest(NewRequirements).claim.added == ()
    assert evidence.newest(ArtifactContents).digest.startswith("sha256:")


def test_a_replaced_file_is_measured_against_the_listing(tmp_path):
    forged = replace(wheel("demo", "1.0"), listed_sha256="0" * 64)
    evidence = observed(Project("demo", [Release("1.0", [forged, sdist("demo", "1.0")])]), tmp_path)
    seen = {o.claim.file_name: o.claim for o in evidence.all(MeasuredDigest)}
    assert (seen[forged.name].measured, seen[forged.name].listed) == (forged.sha256, "0" * 64)
    assert seen["demo-1.0.tar.gz"].measured == seen["demo-1.0.tar.gz"].listed


def test_a_judged_sdist_is_accompanied_by_a_wheel(tmp_path):
    evidence = observed(DEMO, tmp_path, version="1.1", file_name="demo-1.1.tar.gz")
    assert len(evidence.all(MeasuredDigest)) == 2
    assert evidence.newest(CodeFindings).claim.file_name == "demo-1.1.tar.gz"
    assert evidence.newest(WheelAgainstSdist).claim.wheel == "demo-1.1-py3-none-any.whl"


@pytest.mark.parametrize(
    ("files", "absent"),
    [
        ([wheel("demo", "1.0")], (BuildSystem, WheelAgainstSdist)),
        ([sdist("demo", "1.0")], (RecordCheck, WheelAgainstSdist)),
    ],
)
def test_a_release_of_one_kind_says_what_it_lacks(tmp_path, files, absent):
    evidence = observed(Project("demo", [Release("1.0", files)]), tmp_path)
    assert {gap(evidence, kind) for kind in absent} == {NotObservedReason.NOT_PUBLISHED}
    assert evidence.newest(ArtifactContents) is not None


def test_a_first_release_has_no_predecessor(tmp_path):
    evidence = observed(history("demo", "1.0"), tmp_path)
    assert gap(evidence, ChangeSincePredecessor) is NotObservedReason.NO_PREDECESSOR
    assert gap(evidence, NewRequirements) is NotObservedReason.NO_PREDECESSOR


def test_without_a_ledger_nothing_was_looked_up(tmp_path):
    assert gap(observed(DEMO, tmp_path), FirstSeenFacts) is NotObservedReason.NOT_LOOKED


def test_new_requirements_come_with_their_age(tmp_path):
    young = LONG_AGO + timedelta(days=29)
    releases = [
        Release("1.0", [wheel("demo", "1.0", requires=["old>=1"])]),
        Release(
            "1.1",
            [wheel("demo", "1.1", requires=["Old>1", "fresh", "gone", "opt; extra == 'x'"])],
            LONG_AGO + timedelta(days=30),
        ),
    ]
    fresh = Project("fresh", [Release("0.1", [sdist("fresh", "0.1")], young)])
    evidence = observed(Project("demo", releases), tmp_path, others=[fresh, history("opt", "1.0")])
    claim = evidence.newest(NewRequirements).claim
    assert [(a.name, a.first_release) for a in claim.added] == [("fresh", young), ("gone", None)]
    assert claim.predecessor == "1.0"


def test_a_new_start_up_file_is_told_against_the_predecessor_and_the_sdist(tmp_path):
    smuggled = {**default_files("demo", "1.1"), "demo_init.pth": "import demo\n"}
    releases = [DEMO.releases[0], Release("1.1", [wheel("demo", "1.1", smuggled), sdist("demo", "1.1")], NOW)]
    evidence = observed(Project("demo", releases), tmp_path)
    changes = {o.claim.file_name: o.claim for o in evidence.all(ChangeSincePredecessor)}
    assert [h.path for h in changes["demo-1.1-py3-none-any.whl"].new_hooks] == ["demo_init.pth"]
    assert changes["demo-1.1.tar.gz"].new_hooks == ()
    assert [(m.path, m.relation) for m in evidence.newest(WheelAgainstSdist).claim.odd] == [
        ("demo_init.pth", "phantom")
    ]


# --- the world fails -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason"),
    [(404, NotObservedReason.NOT_FOUND), (500, NotObservedReason.UNREACHABLE), (403, NotObservedReason.REFUSED)],
)
def test_artifacts_that_cannot_be_fetched_are_gaps_with_the_reason(tmp_path, status, reason):
    evidence = observed(DEMO, tmp_path, Quirks(status={"/files": status}))
    assert {gap(evidence, kind) for kind in OF_ARTIFACTS} == {reason}
    assert gap(evidence, ChangeSincePredecessor) is reason
    assert evidence.newest(ReleaseFiles) is not None


def test_an_index_that_goes_away_after_resolving_leaves_gaps_only(tmp_path):
    def fall_over(server):
        server.quirks = Quirks(status={"/": 500})
        for path in (tmp_path / "http").rglob("*"):
            if path.is_file():
                path.unlink()

    evidence = observed(DEMO, tmp_path, change=fall_over)
    kept = {type(o.claim) for o in evidence.observations}
    assert kept == {NameNeighbours}
    assert {gap(evidence, kind) for kind in OF_INDEX} == {NotObservedReason.UNREACHABLE}


def test_a_download_cut_in_half_is_measured_and_malformed(tmp_path):
    name = "demo-1.1-py3-none-any.whl"
    evidence = observed(replace(DEMO, releases=DEMO.releases[1:]), tmp_path, Quirks(truncate=(name,)))
    wheels = [o.claim for o in evidence.all(MeasuredDigest) if o.claim.file_name == name]
    assert wheels[0].measured != wheels[0].listed
    assert not wheels[0].whole
    assert 0 < wheels[0].size < wheels[0].listed_size
    sdists = [o.claim for o in evidence.all(MeasuredDigest) if o.claim.file_name != name]
    assert all(claim.whole and claim.size == claim.listed_size for claim in sdists)
    assert gap(evidence, RecordCheck) is NotObservedReason.MALFORMED
    assert gap(evidence, WheelAgainstSdist) is NotObservedReason.MALFORMED
    assert {o.claim.file_name for o in evidence.all(ArtifactContents)} == {"demo-1.1.tar.gz"}


def bad_wheels():
    honest = wheel("demo", "1.0").data
    yield "empty", b"", NotObservedReason.MALFORMED
    yield "html", b"<html>sorry</html>", NotObservedReason.MALFORMED
    yield "cut", honest[:-40], NotObservedReason.MALFORMED
    yield "bomb", zipped({"demo/zeros": bytes(80 * 2**20)}), NotObservedReason.TOO_LARGE
    yield "a tar", sdist("demo", "1.0").data, NotObservedReason.MALFORMED


@pytest.mark.parametrize(("name", "data", "reason"), [*bad_wheels()], ids=[name for name, _, _ in bad_wheels()])
def test_a_bad_wheel_is_a_gap_with_its_own_reason(tmp_path, name, data, reason):
    bad = replace(wheel("demo", "1.0"), data=data)
    evidence = observed(Project("demo", [Release("1.0", [bad])]), tmp_path)
    assert evidence.newest(MeasuredDigest).claim.measured == bad.sha256
    for kind in (
        ArtifactContents,
        ContainerAudit,
        RecordCheck,
        CoreMetadata,
        StartupHooks,
        CodeComposition,
        CodeFindings,
        Capabilities,
    ):
        assert gap(evidence, kind) is reason


@pytest.mark.parametrize(
    ("member", "code"),
    [("../../outside.py", "path-escape"), ("/etc/demo.py", "path-escape"), ("DEMO/core.py", "case-collision")],
)
def test_an_odd_container_is_told_and_nothing_is_written_outside(tmp_path, member, code):
    bad = wheel("demo", "1.0", {**default_files("demo", "1.0"), member: "x = 1\n"})
    evidence = observed(Project("demo", [Release("1.0", [bad])]), tmp_path)
    assert code in {p.partition(":")[0] for p in evidence.newest(ContainerAudit).claim.problems}
    assert {p.name for p in tmp_path.iterdir()} <= {"http", "scratch", "cache"}
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_duplicate_member_is_told(tmp_path):
    honest = wheel("demo", "1.0")
    path = tmp_path / honest.name
    path.write_bytes(honest.data)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("demo/core.py", "evil = 1\n")
    evidence = observed(Project("demo", [Release("1.0", [replace(honest, data=path.read_bytes())])]), tmp_path / "w")
    assert evidence.newest(ContainerAudit).claim.problems == ("duplicate-member: demo/core.py",)


def test_hostile_metadata_of_a_sdist_is_no_crash(tmp_path):
    nasty = {
        "pyproject.toml": "[" * 5000,
        "setup.py": "(" * 9000,
        "demo/__init__.py": "import hashlib\n" + "-" * 50_000 + "1",
        "demo.egg-info/PKG-INFO": "\xff\x00",
    }
    evidence = observed(Project("demo", [Release("1.0", [sdist("demo", "1.0", nasty)])]), tmp_path)
    assert not evidence.newest(BuildSystem).claim.declared
    assert evidence.newest(CodeFindings).claim.unread == 1
    assert NotObservedReason.INTERNAL not in {g.reason for g in evidence.gaps}


def test_a_gzip_that_holds_no_tar_is_malformed(tmp_path):
    bad = replace(sdist("demo", "1.0"), data=gzip.compress(b"words " * 500))
    evidence = observed(Project("demo", [Release("1.0", [bad])]), tmp_path)
    assert gap(evidence, ArtifactContents) is NotObservedReason.MALFORMED
    assert gap(evidence, BuildSystem) is NotObservedReason.MALFORMED


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    "quirks", [Quirks(json_api=False), Quirks(garbage=("/pypi",)), Quirks(status={"/pypi": 500}), Quirks(html=True)]
)
def test_no_fault_of_the_documents_costs_the_artifacts(tmp_path, quirks):
    evidence = observed(DEMO, tmp_path, quirks)
    assert [kind for kind in OF_ARTIFACTS if evidence.newest(kind) is None] == []
    assert evidence.newest(ProjectMetadata).claim.for_version == "1.1"
    assert NotObservedReason.INTERNAL not in {g.reason for g in evidence.gaps}
