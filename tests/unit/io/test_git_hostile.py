"""A hostile, broken or partial repository is unknown with its reason: in time, and nothing of it is executed."""

import os
import shutil
from datetime import UTC, datetime

import pytest

from simulators.cost import within
from simulators.repository import Repository, day, git
from supplytrust.errors import (
    MalformedError,
    NotFoundError,
    OfflineError,
    RefusedError,
    TooLargeError,
    UnreachableError,
)
from supplytrust.evidence.repository import history
from supplytrust.io.git import repository
from supplytrust.io.git.process import Limits
from supplytrust.io.git.repository import open_folder

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def simple():
    sim = Repository()
    for n in range(12):
        sim.commit("Ann Author", day(n), {"a.txt": f"{n}" * 4000, f"d/f{n}": "x"}, f"c{n}")
    sim.tag("v1.0", "Ann Author", day(12))
    return sim


def read(path, scratch, limits=None):
    view = open_folder(path, scratch, limits)
    return view, history.read_log(view, NOW)


def pack(path):
    git(path, "repack", "-adq")
    return next((path / "objects" / "pack").glob("*.pack"))


def test_bare_work_tree_linked_and_sha256(tmp_path):
    bare = simple().build(tmp_path / "bare")
    _, log = read(bare, tmp_path)
    assert [t.name for t in log.tags] == ["v1.0"]
    git(tmp_path, "clone", "-q", str(bare), "tree")
    assert len(read(tmp_path / "tree", tmp_path)[1].commits) == 12
    git(tmp_path / "tree", "worktree", "add", "-q", "../linked", "v1.0")
    assert len(read(tmp_path / "linked", tmp_path)[1].commits) == 12
    new = tmp_path / "new"
    new.mkdir()
    git(new, "init", "-q", "--object-format=sha256")
    git(new, "-c", "user.name=A B", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x")
    view, log = read(new, tmp_path)
    assert (view.algorithm, len(log.commits[0].id)) == ("sha256", 64)


def test_depth_one_clone_is_unknown(tmp_path):
    bare = simple().build(tmp_path / "bare")
    git(tmp_path, "clone", "-q", "--bare", "--depth=1", f"file://{bare}", "shallow")
    with pytest.raises(MalformedError, match="shallow"):
        read(tmp_path / "shallow", tmp_path)


def test_a_missing_commit_or_tree_is_unknown_not_a_shorter_history(tmp_path):
    for kind, spec in (("commit", "main~5"), ("tree", "main~5^{tree}")):
        bare = simple().build(tmp_path / kind)
        name = git(bare, "rev-parse", spec).decode().strip()
        if any((bare / "objects" / "pack").iterdir()):
            source = pack(bare).read_bytes()
            for file in (bare / "objects" / "pack").iterdir():
                file.unlink()
            git(bare, "unpack-objects", "-q", data=source)
        (bare / "objects" / name[:2] / name[2:]).unlink()
        with pytest.raises(MalformedError):
            read(bare, tmp_path)


def test_a_removed_blob_leaves_history_whole_and_binaries_unknown(tmp_path):
    sim = Repository()
    sim.commit("Ann Author", day(0), {"a": "gone"}, "c")
    bare = sim.build(tmp_path / "bare")
    name = git(bare, "rev-parse", "main:a").decode().strip()
    packed = pack(bare).read_bytes()
    for file in (bare / "objects" / "pack").iterdir():
        file.unlink()
    git(bare, "unpack-objects", "-q", data=packed)
    (bare / "objects" / name[:2] / name[2:]).unlink()
    view, log = read(bare, tmp_path)
    assert len(log.commits) == 1
    assert history.opaque_of(view, {name: []}) is None
    assert history.contents_of(view, [name]) == {}


def test_a_corrupt_pack_is_unknown(tmp_path):
    bare = simple().build(tmp_path / "bare")
    where = pack(bare)
    raw = bytearray(where.read_bytes())
    for at in range(12, len(raw), 7):
        raw[at] ^= 0x5A
    where.chmod(0o600)
    where.write_bytes(raw)
    with pytest.raises(MalformedError):
        read(bare, tmp_path)


def test_an_index_that_lies_about_an_object_is_found_out(tmp_path):
    sim = Repository()
    first = sim.commit("Ann Author", day(0), {"a": "honest"}, "honest")
    sim.commit("Ann Author", day(1), {"a": "other"}, "other")
    assert first == 1
    bare = sim.build(tmp_path / "bare")
    packed = pack(bare).read_bytes()
    for file in (bare / "objects" / "pack").iterdir():
        file.unlink()
    git(bare, "unpack-objects", "-q", data=packed)
    one, two = (git(bare, "rev-parse", s).decode().strip() for s in ("main:a", "main~1:a"))
    target = bare / "objects" / one[:2] / one[2:]
    target.chmod(0o600)
    shutil.copy(bare / "objects" / two[:2] / two[2:], target)
    view = open_folder(bare, tmp_path)
    with pytest.raises(MalformedError):
        list(view.objects_of([one]))


def test_nothing_that_a_repository_names_is_run(tmp_path):
    bare = simple().build(tmp_path / "bare")
    canary = tmp_path / "ran"
    evil = tmp_path / "evil.sh"
    evil.write_text(f"#!/bin/sh\ntouch {canary}\ncat\n")
    evil.chmod(0o755)
    config = f"""
[core]
\tfsmonitor = {evil}
\tpager = {evil}
\tsshCommand = {evil}
\thooksPath = {tmp_path}
\talternateRefsCommand = {evil}
\tattributesFile = {tmp_path}/attributes
[diff]
\texternal = {evil}
[diff "evil"]
\ttextconv = {evil}
\tcommand = {evil}
[filter "evil"]
\tclean = {evil}
\tsmudge = {evil}
\tprocess = {evil}
[gpg]
\tprogram = {evil}
[log]
\tshowSignature = true
[credential]
\thelper = {evil}
[remote "origin"]
\turl = ext::{evil}
\tpromisor = true
\tpartialclonefilter = blob:none
\tuploadpack = {evil}
[protocol "ext"]
\tallow = always
[include]
\tpath = {tmp_path}/more
"""
    with (bare / "config").open("a") as file:
        file.write(config)
    for attributes in (tmp_path / "attributes", bare / "info" / "attributes"):
        attributes.parent.mkdir(exist_ok=True)
        attributes.write_text("* diff=evil filter=evil\n")
    for hook in ("post-checkout", "pre-auto-gc", "reference-transaction", "post-index-change"):
        (bare / "hooks").mkdir(exist_ok=True)
        shutil.copy(evil, bare / "hooks" / hook)
    view, log = read(bare, tmp_path)
    missing = "1" * 40
    assert history.contents_of(view, [missing, log.commits[0].touches[0].blob.hex()])
    assert history.tree_of(view, log.commits[0].id).leaves
    assert view.partial
    assert not canary.exists()


def test_the_callers_git_environment_changes_nothing(tmp_path, monkeypatch):
    bare, other = simple().build(tmp_path / "bare"), Repository()
    other.commit("Eve", day(0), {"x": "1"}, "other")
    elsewhere = other.build(tmp_path / "other")
    for name, value in {
        "GIT_DIR": str(elsewhere),
        "GIT_WORK_TREE": str(tmp_path),
        "GIT_OBJECT_DIRECTORY": str(elsewhere / "objects"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "log.date",
        "GIT_CONFIG_VALUE_0": "iso",
        "GIT_EXTERNAL_DIFF": "false",
        "GIT_TRACE": "2",
        "GIT_NAMESPACE": "evil",
    }.items():
        monkeypatch.setenv(name, value)
    assert len(read(bare, tmp_path)[1].commits) == 12


@pytest.mark.parametrize("name", ["--upload-pack=touch", "-h", "a;b", "$(x)", "v1.0.lock", "näme", "a..b"])
def test_references_named_like_options(tmp_path, name):
    bare = simple().build(tmp_path / "bare")
    tip = git(bare, "rev-parse", "main").decode()
    (bare / "refs" / "tags" / name).write_text(tip)
    _, log = read(bare, tmp_path)
    assert len(log.commits) == 12
    assert {t.name for t in log.tags} <= {"v1.0", name}


def test_links_and_devices_in_place_of_references(tmp_path):
    bare = simple().build(tmp_path / "bare")
    (bare / "refs" / "heads" / "link").symlink_to("/etc/passwd")
    os.mkfifo(bare / "refs" / "heads" / "pipe")
    (bare / "refs" / "heads" / "loop").symlink_to(bare / "refs")
    assert {b for b, _ in read(bare, tmp_path)[1].branches} == {"main"}


def test_replacement_objects_and_grafts_are_not_followed(tmp_path):
    bare = simple().build(tmp_path / "bare")
    git(bare, "replace", "main~3", "main~9")
    (bare / "info").mkdir(exist_ok=True)
    (bare / "info" / "grafts").write_text(git(bare, "rev-parse", "main").decode())
    assert len(read(bare, tmp_path)[1].commits) == 12


@pytest.mark.thorough
def test_hundred_thousand_files_in_time(tmp_path):
    sim = Repository()
    sim.commit("Ann Author", day(0), {f"d{n % 100}/{n}": "x" for n in range(100_000)}, "many")
    bare = sim.build(tmp_path / "bare")
    view, log = within(20, lambda: read(bare, tmp_path))
    assert len(within(20, lambda: history.tree_of(view, log.commits[0].id)).leaves) == 100_000


def test_limits_of_time_and_size(tmp_path):
    bare = simple().build(tmp_path / "bare")
    with pytest.raises(TooLargeError):
        read(bare, tmp_path, Limits(output=100))
    with pytest.raises(TooLargeError):
        read(bare, tmp_path, Limits(seconds=0.0))


def test_no_repository(tmp_path):
    with pytest.raises(NotFoundError):
        open_folder(tmp_path, tmp_path)
    with pytest.raises(NotFoundError):
        open_folder(tmp_path / "nowhere", tmp_path)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1:1/x.git", UnreachableError),
        ("http://example.org/x.git", RefusedError),
        ("ext::touch ran", RefusedError),
        ("ssh://example.org/x.git", RefusedError),
        ("file:///etc", RefusedError),
        ("https://example.org/a\nb", RefusedError),
        ("--upload-pack=touch", RefusedError),
    ],
)
def test_addresses_that_are_not_asked_or_do_not_answer(tmp_path, url, kind):
    with pytest.raises(kind):
        repository.open_address(url, tmp_path / "cache", tmp_path, NOW, offline=False)


def test_offline_without_a_copy(tmp_path):
    with pytest.raises(OfflineError):
        repository.open_address("https://example.org/x.git", tmp_path / "cache", tmp_path, NOW, offline=True)
