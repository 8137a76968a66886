"""Build environments as of a day, from an index on this machine; trees of tags; the builder chain; the source."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest

from simulators import index, source_packages
from simulators.backends import honest
from simulators.rebuild_bench import SUBJECT, contained
from simulators.repository import Repository, day, git
from simulators.world import NOW, world
from supplytrust.collection.sources import rebuild as source
from supplytrust.ecosystems.pypi.rebuild import attempts, environment, install_pip, install_uv
from supplytrust.ecosystems.pypi.rebuild import source_tree as sourcetree
from supplytrust.ecosystems.pypi.rebuild.attempts import REBUILD
from supplytrust.ecosystems.pypi.rebuild.environment import Environment, UnresolvedError, best_wheel, supported_tags
from supplytrust.errors import MalformedError, OfflineError, UnreachableError
from supplytrust.io.context import SourceClaim
from supplytrust.io.git.repository import open_folder
from supplytrust.io.processes import sandbox
from supplytrust.model.claims.rebuild import BuilderChain, RebuildInput, RebuildLevel, RebuildResult, SecondInterpreter
from supplytrust.model.claims.source_tree import KnownBy, ReleaseTag
from supplytrust.model.evidence import NotObserved, NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.subject import Subject
from supplytrust.rebuild import inputs, native_members

CUT_OFF = NOW - timedelta(days=100)
BEFORE, AFTER = CUT_OFF - timedelta(days=1), CUT_OFF + timedelta(days=1)


def tools() -> index.Project:
    files = [
        ("1.0", [index.wheel("tool", "1.0", {"tool.py": "V = 1\n"}, at=BEFORE)]),
        ("1.1", [index.wheel("tool", "1.1", {"tool.py": "V = 2\n"}, at=CUT_OFF, requires=["helper"])]),
        ("2.0", [index.wheel("tool", "2.0", {"tool.py": "V = 3\n"}, at=AFTER)]),
    ]
    return index.Project("tool", [index.Release(version, made) for version, made in files])


def helpers() -> index.Project:
    made = [index.wheel("helper", "0.1", {"helper.py": ""}, at=BEFORE), index.sdist("helper", "0.1", at=BEFORE)]
    late = [index.wheel("helper", "0.2", {"helper.py": ""}, at=AFTER)]
    return index.Project("helper", [index.Release("0.1", made), index.Release("0.2", late)])


def place(folder: Path) -> Environment:
    return Environment(folder / "env", environment.available()[0]).create()


@pytest.mark.thorough
def test_pip_sees_the_index_as_it_was(tmp_path: Path) -> None:
    with index.serving([tools(), helpers()]) as served, world(served, tmp_path) as opened:
        found = place(tmp_path)
        got = install_pip.Pip(opened).install(["tool"], found, CUT_OFF)
        assert [(r.name, r.version) for r in got] == [("helper", "0.1"), ("tool", "1.1")]
        assert got[1].sha256 == tools().releases[1].files[0].sha256
        assert got[1].uploaded_at == CUT_OFF
        assert (found.packages / "tool.py").read_text() == "V = 2\n"
        with pytest.raises(UnresolvedError):
            install_pip.Pip(opened).install(["tool>=2"], place(tmp_path / "b"), CUT_OFF)
        with pytest.raises(UnresolvedError):
            install_pip.Pip(opened).install(["nothing-of-the-kind"], place(tmp_path / "c"), CUT_OFF)


@pytest.mark.thorough
def test_pip_takes_no_wheel_with_another_digest(tmp_path: Path) -> None:
    false = replace(index.wheel("helper", "0.1", {"helper.py": ""}, at=BEFORE), listed_sha256="0" * 64)
    project = index.Project("helper", [index.Release("0.1", [false])])
    with (
        index.serving([project]) as served,
        world(served, tmp_path) as opened,
        pytest.raises(UnresolvedError),
    ):
        install_pip.Pip(opened).install(["helper"], place(tmp_path), CUT_OFF)


def test_standing_of_build_tools_is_asked_of_the_index(tmp_path: Path) -> None:
    from simulators.rebuild_results import result
    from supplytrust.model.claims.rebuild import BuildRequirement

    project = helpers()
    withdrawn = replace(project.releases[0].files[0], yanked="broken")
    served = index.Project("helper", [index.Release("0.1", [withdrawn])])
    used = (BuildRequirement("helper", "0.1", withdrawn.sha256), BuildRequirement("gone", "1", "0" * 64))
    with index.serving([served]) as listening, world(listening, tmp_path) as opened:
        told = inputs.with_index_status(SUBJECT, result("bit-for-bit", requirements=used), opened).requirements
    assert told == (replace(used[0], uploaded_at=BEFORE, yanked=True), used[1])


@pytest.mark.thorough
def test_unreachable_index_is_no_verdict(tmp_path: Path) -> None:
    with index.serving([]) as served, world(served, tmp_path) as opened:
        gone = replace(
            opened, settings=replace(opened.settings, index=MappingProxyType({"pypi": "http://127.0.0.1:9/simple/"}))
        )
        with pytest.raises(UnreachableError):
            install_pip.Pip(gone).install(["tool"], place(tmp_path), CUT_OFF)


@pytest.mark.skipif(not install_uv.find(), reason="uv is not installed")
def test_uv_sees_the_index_as_it_was(tmp_path: Path) -> None:
    with index.serving([tools(), helpers()]) as served:
        found = place(tmp_path)
        uv = install_uv.Uv(install_uv.find(), served.url, tmp_path / "cache", offline=False)
        got = uv.install(["tool"], found, CUT_OFF + timedelta(seconds=1))
        assert [(r.name, r.version) for r in got] == [("helper", "0.1"), ("tool", "1.1")]
        assert got[1].sha256 == tools().releases[1].files[0].sha256
        assert (found.packages / "tool.py").read_text() == "V = 2\n"
        with pytest.raises(UnresolvedError):
            uv.install(["tool>=2"], place(tmp_path / "b"), CUT_OFF)


def test_offline_is_no_verdict_and_asks_nobody(tmp_path: Path) -> None:
    with index.serving([tools(), helpers()]) as served, world(served, tmp_path, offline=True) as opened:
        makers = [install_pip.Pip(opened)]
        if install_uv.find():
            makers.append(attempts.installer(opened))
        for number, maker in enumerate(makers):
            with pytest.raises(OfflineError):
                maker.install(["tool"], place(tmp_path / str(number)), CUT_OFF)
        assert served.requests == []


def test_best_wheel_for_an_interpreter() -> None:
    ranked = supported_tags(environment.available()[0])
    names = ["a-1-py3-none-any.whl", "a-1-cp27-cp27m-win32.whl", "broken.whl"]
    assert best_wheel(names, ranked) == "a-1-py3-none-any.whl"
    assert best_wheel(names[1:], ranked) == ""


def test_tree_of_a_commit(tmp_path: Path) -> None:
    sim = Repository()
    files = source_packages.tree() | {"run.sh": b"#!/bin/sh\n"}
    sim.commit("Ann", day(1), dict(files), modes={"run.sh": "100755"})
    path = sim.build(tmp_path / "repo")
    commit = git(path, "rev-parse", "main").decode().strip()
    view = open_folder(path, tmp_path)
    tar = inputs.tree_tar(view, commit, source_packages.STAMP)
    read = sourcetree.read(tar, "tree.tar")
    assert read.root == "source"
    assert dict(read.members) == files
    laid = sourcetree.lay_out(read, tmp_path / "out")
    assert (laid / "run.sh").stat().st_mode & 0o777 == 0o755
    assert int((laid / "meta.json").stat().st_mtime) == source_packages.STAMP


def test_source_archives_that_reach_out_are_refused() -> None:
    for path in ("../out.py", "/abs.py", "x/../../out.py"):
        with pytest.raises(MalformedError):
            sourcetree.read(source_packages.sdist({path: b""}, root=""), "x.tar.gz")


def test_chain_says_where_it_ends() -> None:
    name, found = source_packages.members(source_packages.tree())
    stated = native_members.of_wheel(name, found, None, REBUILD)
    assert [(link.what, link.shown) for link in stated.links] == [("honest", "stated")]
    assert stated.ends_at == "wheel generator"
    native = native_members.of_wheel(name, found | {"x.so": b"\x7fELF"}, None, REBUILD)
    assert native.ends_at == "compiler"
    assert "compiler" in native.on_trust


def release(source_tree: dict[str, bytes]) -> index.Project:
    name, data = source_packages.wheel(source_tree)
    sdist = source_packages.sdist(source_tree | {"PKG-INFO": b"Name: little\n"})
    files = [index.File(name, data, BEFORE), index.File("little-1.0.tar.gz", sdist, BEFORE)]
    return index.Project("little", [index.Release("1.0", files)])


def little(project: index.Project) -> Subject:
    from supplytrust.model.subject import Artifact, ArtifactKind

    kinds = (ArtifactKind.WHEEL, ArtifactKind.SDIST)
    wheel, sdist = (Artifact(f.name, f.sha256, k) for f, k in zip(project.releases[0].files, kinds, strict=True))
    return Subject("pkg:pypi/little@1.0", "pypi", "little", "1.0", wheel, (sdist,))


@pytest.mark.thorough
@contained
def test_source_rebuilds_from_sdist_and_tag(tmp_path: Path) -> None:
    tree = source_packages.tree()
    sim = Repository()
    sim.commit("Ann", day(1), dict(tree))
    path = sim.build(tmp_path / "repo")
    commit = git(path, "rev-parse", "main").decode().strip()
    tag = ReleaseTag("1.0", KnownBy.GIVEN, "found", "v1.0", commit, "", day(1))
    project = release(tree)
    subject = little(project)
    known = SubjectEvidence(subject, (Observation("1", "git", NOW, "", "", tag),))
    with index.serving([project]) as served, world(served, tmp_path) as opened:
        asked = replace(
            opened,
            repository=str(path),
            options=MappingProxyType({"rebuild": "auto", "second-interpreter": "yes"}),
        )
        told = source.observe(subject, known, asked)
        again = source.observe(subject, known, replace(asked, options=MappingProxyType({"rebuild": "auto"})))
    claims = [o.claim for o in told if isinstance(o, SourceClaim)]
    results = [c for c in claims if isinstance(c, RebuildResult)]
    assert [(r.source, r.file_name[-3:], r.level) for r in results][:3] == [
        (RebuildInput.SDIST, "whl", RebuildLevel.BIT_FOR_BIT),
        (RebuildInput.TAG, "whl", RebuildLevel.BIT_FOR_BIT),
        (RebuildInput.TAG, ".gz", RebuildLevel.NORMALIZED),
    ]
    assert any(isinstance(c, BuilderChain) for c in claims)
    seconds = [c for c in claims if isinstance(c, SecondInterpreter)]
    if len(environment.available()) > 1:
        assert seconds
        assert seconds[0].same_file
        from_tag = [r for r in results if (r.source, r.file_name) == (RebuildInput.TAG, results[0].file_name)]
        assert len({r.recipe.python for r in from_tag if r.recipe}) == 2
    assert results[0] in [o.claim for o in again if isinstance(o, SourceClaim)]  # kept, down to the seconds
    assert any(isinstance(m, NotObserved) and m.claim == SecondInterpreter.__name__ for m in again)


@pytest.mark.thorough
@contained
def test_a_release_without_wheels_is_rebuilt_from_its_tag(tmp_path: Path) -> None:
    """The sdist is the artifact: the tree gives it again, or says that something was put into it."""
    tree = source_packages.tree()
    sim = Repository()
    sim.commit("Ann", day(1), dict(tree))
    path = sim.build(tmp_path / "repo")
    commit = git(path, "rev-parse", "main").decode().strip()
    tag = ReleaseTag("1.0", KnownBy.GIVEN, "found", "v1.0", commit, "", day(1))

    def told(files: dict[str, bytes], repository: str) -> list[SourceClaim | NotObserved]:
        whole = release(files)
        project = replace(whole, releases=[index.Release("1.0", whole.releases[0].files[1:])])
        both = little(whole)
        subject = replace(both, artifact=both.others[0], others=())
        known = SubjectEvidence(subject, (Observation("1", "git", NOW, "", "", tag),))
        with index.serving([project]) as served, world(served, tmp_path) as opened:
            asked = replace(opened, repository=repository, options=MappingProxyType({"rebuild": "auto"}))
            return list(source.observe(subject, known, asked))

    made = [o.claim for o in told(tree, str(path)) if isinstance(o, SourceClaim)]
    assert [(r.source, r.file_name[-3:], r.level.reproduced) for r in made if isinstance(r, RebuildResult)] == [
        (RebuildInput.TAG, ".gz", True)
    ]
    bad = [o.claim for o in told(tree | {"little/more.py": b"1\n"}, str(path)) if isinstance(o, SourceClaim)]
    assert [r.level.value for r in bad if isinstance(r, RebuildResult)] == ["code-differs"]
    nowhere = [o for o in told(tree, "") if isinstance(o, NotObserved)]
    assert {(m.claim, m.reason) for m in nowhere} == {
        (RebuildResult.__name__, NotObservedReason.DEPENDS),
        (SecondInterpreter.__name__, NotObservedReason.NOT_APPLICABLE),
        (BuilderChain.__name__, NotObservedReason.NOT_APPLICABLE),
    }


def test_source_switched_off_or_without_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = release(source_packages.tree())
    subject = little(project)
    known = SubjectEvidence(subject)
    with index.serving([project]) as served, world(served, tmp_path) as opened:

        def told(mode: str) -> list[tuple[NotObservedReason, str]]:
            found = source.observe(subject, known, replace(opened, options=MappingProxyType({"rebuild": mode})))
            return [(m.reason, m.claim) for m in found if isinstance(m, NotObserved)]

        assert set(told("never")) == {(NotObservedReason.NOT_LOOKED, k.__name__) for k in source.OFFERS}
        monkeypatch.setattr(sandbox, "failure_of", lambda _: "refused")
        assert set(told("auto")) == {(NotObservedReason.TOOL_MISSING, k.__name__) for k in source.OFFERS}
        asked = replace(opened, options=MappingProxyType({"rebuild": "always"}))
        made = [o.claim for o in source.observe(subject, known, asked) if isinstance(o, SourceClaim)]
        reasons = [c.reason for c in made if isinstance(c, RebuildResult)]
        assert [reason.partition(":")[0] for reason in reasons] == ["no-sandbox"]


def test_honest_backend_is_deterministic() -> None:
    tree = source_packages.tree()
    assert source_packages.wheel(tree) == source_packages.wheel(dict(reversed(tree.items())))
    assert honest.pack({"a": b"1"}, (2020, 1, 1, 0, 0, 0)) == honest.pack({"a": b"1"}, (2020, 1, 1, 0, 0, 0))
