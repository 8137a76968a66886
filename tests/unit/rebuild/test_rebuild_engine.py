"""From an sdist or a tree to a level, with packages made on the spot."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from simulators import source_packages
from simulators.rebuild_bench import NOW, SUBJECT, contained, offline_world, rebuilt
from supplytrust.ecosystems.pypi.rebuild import environment
from supplytrust.formats import codec
from supplytrust.io.processes import sandbox
from supplytrust.model.claims.rebuild import RebuildInput, RebuildLevel, RebuildResult
from supplytrust.rebuild import engine
from supplytrust.rebuild.inputs import Verdicts
from supplytrust.rebuild.judge import PublishedFile
from supplytrust.reports import rebuild

TWO_STAMPS = ((2023, 11, 14, 22, 13, 20), (2020, 2, 2, 0, 0, 0))


@contained
def test_uniform_stamp_gives_the_file_back(tmp_path: Path) -> None:
    result = rebuilt(tmp_path, source_packages.tree())
    assert result.level is RebuildLevel.BIT_FOR_BIT, result.reason
    assert result.sandbox == sandbox.find_sandbox().name
    assert result.recipe is not None
    assert result.recipe.epoch == source_packages.STAMP
    assert result.rebuilt_sha256 == result.sha256
    assert result.requirements == ()
    assert result.unreproduced == ()


@contained
def test_mixed_stamps_are_container_only_and_replayed(tmp_path: Path) -> None:
    source = source_packages.tree()
    result = rebuilt(tmp_path, source, source_packages.wheel(source, stamps=TWO_STAMPS))
    assert result.level is RebuildLevel.CONTAINER_ONLY, result.reason
    assert "zip-mtime" in result.container
    assert result.replayed is True


@contained
def test_code_that_is_not_in_the_source_is_named(tmp_path: Path) -> None:
    source = source_packages.tree()
    name, members = source_packages.members(source)
    members["little/__init__.py"] = b"ANSWER = 41\n"
    info = "little-1.0.dist-info/RECORD"
    members[info] = source_packages.honest.record(members, info)
    wheel = source_packages.honest.pack(members, (2023, 11, 14, 22, 13, 20))
    result = rebuilt(tmp_path, source, (name, wheel))
    assert result.level is RebuildLevel.CODE_DIFFERS
    assert result.differences[0].path == "little/__init__.py"
    assert "-ANSWER = 41" in result.differences[0].text
    assert result.unreproduced == ("little/__init__.py",)
    assert "differs       little/__init__.py" in rebuild.to_text(result)


@contained
def test_sdist_and_wheel_from_a_tree(tmp_path: Path) -> None:
    source = source_packages.tree()
    tar = source_packages.sdist(source, root="source")
    inputs = engine.tree_inputs(tar, "c0ffee" * 6)
    world = offline_world(tmp_path)
    wheel = PublishedFile(*source_packages.wheel(source), uploaded_at=source_packages.UPLOADED)
    direct = engine.rebuild(SUBJECT, wheel, inputs, world)
    assert direct.level is RebuildLevel.BIT_FOR_BIT, direct.reason
    assert (direct.source, direct.source_digest) == (RebuildInput.TAG, "gitCommit:" + "c0ffee" * 6)
    packed = source_packages.sdist(source | {"PKG-INFO": b"Name: little\n"})
    sdist = PublishedFile("little-1.0.tar.gz", packed, uploaded_at=source_packages.UPLOADED)
    again = engine.rebuild(SUBJECT, sdist, inputs, world)
    assert again.level is RebuildLevel.NORMALIZED, again.reason
    assert again.normalizers == ("backend-files",)
    poisoned = source_packages.sdist(source | {"src/little/extra.py": b"# inert\n", "PKG-INFO": b"x"})
    caught = engine.rebuild(SUBJECT, replace(sdist, data=poisoned), inputs, world)
    assert caught.level is RebuildLevel.CODE_DIFFERS
    assert [d.path for d in caught.differences] == ["src/little/extra.py"]


@contained
def test_asked_for_interpreter_is_used(tmp_path: Path) -> None:
    other = environment.available()[0]
    result = rebuilt(tmp_path, source_packages.tree(), python=other.series)
    assert result.interpreter == str(other)
    missing = rebuilt(tmp_path, source_packages.tree(), python="3.2")
    assert (missing.level, missing.reason) == (RebuildLevel.NOT_REBUILT, "no-interpreter")


@contained
def test_failing_backend_is_told_with_its_last_words(tmp_path: Path) -> None:
    source = source_packages.tree() | {"honest.py": b"raise SystemExit('no such luck')\n"}
    result = rebuilt(tmp_path, source, source_packages.wheel(source_packages.tree()))
    assert result.level is RebuildLevel.NOT_REBUILT
    assert result.reason == "build-failed: no such luck"


def test_without_sandbox_nothing_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "failure_of", lambda _: "refused")
    result = rebuilt(tmp_path, source_packages.tree(), rebuild="always")
    assert result.level is RebuildLevel.NOT_REBUILT
    assert result.reason.startswith("no-sandbox: ")
    assert "namespaces: refused)" in result.reason


def test_unsandboxed_only_when_the_caller_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "failure_of", lambda _: "refused")
    result = rebuilt(tmp_path, source_packages.tree(), rebuild="unsandboxed")
    assert result.level is RebuildLevel.BIT_FOR_BIT, result.reason
    assert result.sandbox == "none"


def test_inputs_are_checked_before_anything_runs(tmp_path: Path) -> None:
    source = source_packages.tree()
    name, data = source_packages.wheel(source)
    sdist = source_packages.sdist(source)
    world = offline_world(tmp_path)

    def reason(published: PublishedFile, inputs: engine.Inputs) -> str:
        result = engine.rebuild(SUBJECT, published, inputs, world)
        assert result.level is RebuildLevel.NOT_REBUILT
        return result.reason

    good = PublishedFile(name, data, uploaded_at=source_packages.UPLOADED)
    inputs = engine.sdist_inputs("little-1.0.tar.gz", sdist)
    assert reason(replace(good, sha256="0" * 64), inputs).startswith("digest-mismatch: the published")
    assert reason(good, replace(inputs, sha256="0" * 64)).startswith("digest-mismatch: the source")
    assert reason(replace(good, uploaded_at=None), inputs) == "no-upload-time"
    assert reason(replace(good, data=b"inert" + data), inputs).startswith("container-audit: prefix")
    assert reason(replace(good, data=b"no zip"), inputs).startswith("unreadable-input")
    escaping = source_packages.sdist(source | {"../outside.py": b""})
    assert reason(good, engine.sdist_inputs("little-1.0.tar.gz", escaping)).startswith("unreadable-input")


def test_sources_that_cannot_be_laid_out(tmp_path: Path) -> None:
    import io
    import tarfile

    source = source_packages.tree()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for path, data in source.items():
            info = tarfile.TarInfo(f"little-1.0/{path}")
            info.size, info.mtime = len(data), 2**80 if path == "meta.json" else 0
            tar.addfile(info, io.BytesIO(data))
    published = PublishedFile(*source_packages.wheel(source), uploaded_at=source_packages.UPLOADED)
    options = {"rebuild": "unsandboxed"}
    inputs = engine.sdist_inputs("little-1.0.tar.gz", out.getvalue())
    result = engine.rebuild(SUBJECT, published, inputs, offline_world(tmp_path, **options))
    assert result.level is RebuildLevel.NOT_REBUILT
    deep = source | {"pyproject.toml": b"a = " + b"[" * 100_000}
    inputs = engine.sdist_inputs("little-1.0.tar.gz", source_packages.sdist(deep))
    assert engine.rebuild(SUBJECT, published, inputs, offline_world(tmp_path)).reason.startswith("unreadable-input")


def test_verdicts_are_kept_by_what_they_are_about(tmp_path: Path) -> None:
    kept = Verdicts(tmp_path)
    result = RebuildResult(
        "a-1-py3-none-any.whl",
        "a" * 64,
        RebuildLevel.BIT_FOR_BIT,
        "",
        RebuildInput.SDIST,
        "sha256:b",
        "1",
        "bubblewrap",
    )
    kept.put(result)
    assert kept.get("a" * 64, "sha256:b", "1", NOW) == result
    assert kept.get("a" * 64, "sha256:b", "2", NOW) is None
    assert kept.get("c" * 64, "sha256:b", "1", NOW) is None
    next(tmp_path.rglob("*.json")).write_text("{}")
    assert kept.get("a" * 64, "sha256:b", "1", NOW) is None


def test_what_was_not_rebuilt_is_asked_again_after_a_day(tmp_path: Path) -> None:
    kept = Verdicts(tmp_path)
    result = RebuildResult(
        "a.whl", "a" * 64, RebuildLevel.NOT_REBUILT, "build-failed", RebuildInput.SDIST, "sha256:b", "1", "bubblewrap"
    )
    kept.put(result)
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    assert kept.get("a" * 64, "sha256:b", "1", now) == result
    assert kept.get("a" * 64, "sha256:b", "1", now + timedelta(days=2)) is None
    kept.put(replace(result, sha256="d" * 64, reason="no-sandbox"))
    assert kept.get("d" * 64, "sha256:b", "1", now) is None


def test_json_report_is_the_claim() -> None:
    result = RebuildResult(
        "a.whl", "a" * 64, RebuildLevel.CONTAINER_ONLY, "", RebuildInput.SDIST, "sha256:b", "1", seconds=1.5
    )
    told = rebuild.to_json(result)
    assert told["level"] == "container-only"
    assert codec.decode(RebuildResult, told) == result  # type: ignore[arg-type]
