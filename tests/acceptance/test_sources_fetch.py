"""`sources fetch`: a list's repositories and advisories are brought onto this machine, and then the network is not needed."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.advisories import osv
from simulators.commands import Shell
from simulators.git_server import serving as serving_git
from simulators.index import Index, Project, Release, default_files, history, serving, wheel
from simulators.repository import Repository, day, git
from supplytrust.appraisal.policies import config
from supplytrust.model.policy import Clone

FORGE = "https://forge.example.org/team"
NAMES = ("alpha", "beta", "gamma")
LOOK = ("--deps", "none", "--rebuild", "never", "--no-ledger", "--no-progress")


def repository(name: str, path: Path) -> Path:
    made = Repository()
    made.commit("alice", day(0), {"README.md": "begun"})
    made.commit("alice", day(10), dict(default_files(name, "1.0")), "files")
    made.tag("v1.0", "alice", day(11))
    made.commit("alice", day(12), {"README.md": "after"})
    return made.build(path)


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Repositories of alpha and beta; gamma declares one that is not there."""
    folder = tmp_path_factory.mktemp("forge")
    for name in NAMES[:2]:
        repository(name, folder / f"{name}.git")
    return folder


def project(name: str) -> Project:
    return history(name, "1.0", links={"Source": f"{FORGE}/{name}"})


@pytest.fixture
def index() -> Iterator[Index]:
    with serving([*map(project, NAMES), history("silent", "1.0")]) as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path, index: Index) -> Shell:
    (tmp_path / "requirements.txt").write_text("".join(f"{name}==1.0\n" for name in NAMES))
    return Shell(tmp_path, {"PIP_INDEX_URL": index.url})


def fetch(shell: Shell, base: str, *more: str):
    return shell.run("sources", "fetch", "requirements.txt", "--mirror", base + "/{name}.git", "--no-progress", *more)


def settings(shell: Shell):
    return config.load(shell.home / "supplytrust.toml")


def test_one_that_fails_costs_no_other(shell, forge):
    with serving_git(forge) as (base, _):
        ran = fetch(shell, base)
    assert ran.code == 10  # gamma has none
    assert "failed         gamma" in ran.out
    folder = shell.home / "sources" / "forge.example.org" / "team"
    clones = {f"pkg:pypi/{n}": Clone(str(folder / f"{n}.git"), f"{FORGE}/{n}") for n in ("alpha", "beta")}
    assert dict(settings(shell).clones) == clones
    assert dict(settings(shell).repository) == {}


def test_a_clone_holds_the_contents_of_the_listed_release_only(shell, forge):
    with serving_git(forge) as (base, _):
        fetch(shell, base)
    home = shell.home / "sources" / "forge.example.org" / "team" / "alpha.git"
    listed = git(home, "rev-list", "--objects", "--missing=print", "--all").decode().splitlines()
    missing = [line for line in listed if line.startswith("?")]
    assert len(missing) == 1  # the README of the last commit
    assert git(home, "cat-file", "-e", "v1.0:alpha/__init__.py") == b""


def test_a_second_run_changes_nothing_and_a_stopped_one_goes_on(shell, forge):
    with serving_git(forge) as (base, asked):
        fetch(shell, base)
        before, number = (shell.home / "supplytrust.toml").read_text(), len(asked)
        again = fetch(shell, base)
        assert (shell.home / "supplytrust.toml").read_text() == before
        assert "0 lines written" in again.err
        assert not any(path.startswith("/alpha") for path in asked[number:])  # as fresh as can be
        home = shell.home / "sources" / "forge.example.org" / "team" / "alpha.git"
        (home / "fetched").unlink()  # stopped before it was whole
        fetch(shell, base)
        assert any(path.startswith("/alpha") for path in asked[number:])
        assert (home / "fetched").exists()


def test_what_people_wrote_stays(shell, forge):
    mine = '# ours\npolicy = "baseline"\n[repository] # kept by hand\n"pkg:pypi/alpha" = "/our/alpha"  # reviewed\n\n[index]\n'
    (shell.home / "supplytrust.toml").write_text(mine)
    with serving_git(forge) as (base, asked):
        ran = fetch(shell, base)
    text = (shell.home / "supplytrust.toml").read_text()
    assert all(line in text.splitlines() for line in mine.splitlines())
    assert settings(shell).repository == {"pkg:pypi/alpha": "/our/alpha"}
    assert list(settings(shell).clones) == ["pkg:pypi/beta"]
    assert "configured     alpha" in ran.out
    assert not any(path.startswith("/alpha") for path in asked)


def test_lines_that_cannot_be_added_are_shown(shell, forge):
    (shell.home / "supplytrust.toml").write_text('repository = { "pkg:pypi/alpha" = "/our/alpha" }\n')
    with serving_git(forge) as (base, _):
        ran = fetch(shell, base)
    assert ran.code == 2
    assert '"pkg:pypi/beta" = { clone = ' in ran.err
    assert (shell.home / "supplytrust.toml").read_text() == 'repository = { "pkg:pypi/alpha" = "/our/alpha" }\n'


def test_folders_of_a_mirror_are_used_where_they_lie(shell, forge):
    ran = shell.run("sources", "fetch", "requirements.txt", "--mirror", f"{forge}/{{name}}.git")
    assert "at hand        alpha" in ran.out
    assert settings(shell).clones["pkg:pypi/beta"] == Clone(str(forge / "beta.git"), f"{FORGE}/beta")
    assert not list((shell.home / "sources").rglob("*.git"))


def test_a_release_that_declares_nothing_is_named(shell, forge):
    (shell.home / "requirements.txt").write_text("silent==1.0\n")
    ran = shell.run("sources", "fetch", "requirements.txt")
    assert ran.code == 10
    assert "none declared  silent" in ran.out


def integrity(shell: Shell, name: str, *more: str) -> dict[str, dict[str, object]]:
    ran = shell.run("assess", f"{name}==1.0", *LOOK, "--format", "json", *more)
    assert ran.code in (0, 10, 11), ran.err
    return {f["signal"]: f for f in json.loads(ran.out)["predicate"]["areas"]["integrity"]["findings"]}


def test_afterwards_nothing_is_asked_of_the_forge(shell, forge):
    with serving_git(forge) as (base, _):
        fetch(shell, base)
    assert integrity(shell, "alpha")["integrity/artifact_matches_source_tree"]["status"] == "supports"


@pytest.mark.thorough
def test_a_clone_counts_for_the_declared_address_only(shell, forge, tmp_path):
    """A release that moves to another repository is not judged by the clone of the one before."""
    with serving_git(forge) as (base, _):
        fetch(shell, base)
    moved = Project("alpha", [Release("1.0", [wheel("alpha", "1.0")])], links={"Source": f"{FORGE}/elsewhere"})
    with serving([moved]) as other:
        integrity(shell, "alpha", "--index-url", other.url, "--repository", str(forge / "alpha.git"))
        found = integrity(shell, "alpha", "--index-url", other.url, "--offline")
    assert found["integrity/artifact_matches_source_tree"]["status"] == "not_observed"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "dump" / "all.json"
    path.parent.mkdir()
    path.write_text(json.dumps([osv("PYSEC-1", "alpha", ("introduced", "0"), modified="2026-11-01T00:00:00Z")]))
    return path


def test_a_database_is_used_where_it_lies(shell, forge, database):
    ran = shell.run(
        "sources", "fetch", "requirements.txt", "--mirror", f"{forge}/{{name}}.git", "--advisories", database
    )
    assert (
        'osv = "dump/all.json" # 1 advisories, the newest of 2026-11-01'
        in (shell.home / "supplytrust.toml").read_text()
    )
    assert settings(shell).osv == str(database)
    assert "advisories" in ran.out


def test_a_database_is_fetched_and_a_bad_one_replaces_none(shell, forge, database):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(database.parent))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}/all.json"
    words = ("sources", "fetch", "requirements.txt", "--mirror", f"{forge}/{{name}}.git", "--advisories", address)
    try:
        shell.run(*words)
        copy = Path(settings(shell).osv)
        assert copy.is_relative_to(shell.home / "sources")
        assert copy.read_bytes() == database.read_bytes()
        database.write_text("{ not JSON")
        ran = shell.run(*words)
    finally:
        server.shutdown()
        server.server_close()
    assert ran.code == 3
    assert "PYSEC-1" in copy.read_text()
