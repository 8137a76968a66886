"""An sdist with a tool's environment in it: neither refused for it, nor admitted whatever lies there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simulators.commands import Shell
from simulators.index import Index, Project, Release, default_files, sdist, serving
from simulators.repository import Repository, day

SETUP = "from setuptools import setup\nsetup(name='demo', version='1.0', packages=['demo'])\n"
FILES = {
    **default_files("demo", "1.0"),
    "setup.py": SETUP,
    "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n',
}
INERT = "import os  # what an attacker would have put here; inert\n"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Repository()
    made.commit("alice", day(0), dict(FILES))
    made.tag("v1.0", "alice", day(1))
    return made.build(tmp_path_factory.mktemp("forge") / "demo")


@contextmanager
def released(extra: dict[str, str]) -> Iterator[Index]:
    with serving([Project("demo", [Release("1.0", [sdist("demo", "1.0", {**FILES, **extra})])])]) as running:
        yield running


def judged(tmp_path: Path, repository: Path, extra: dict[str, str]) -> tuple[str, str]:
    with released(extra) as index:
        ran = Shell(tmp_path).assess(index, "demo==1.0", "--repository", repository, "--format", "json")
    record = json.loads(ran.out)["predicate"]
    findings = {f["signal"]: f["status"] for f in record["areas"]["integrity"]["findings"]}
    return record["areas"]["integrity"]["outcome"], findings["integrity/artifact_matches_source_tree"]


def test_it_is_as_the_tree_says_without_it(tmp_path, repository):
    assert judged(tmp_path, repository, {})[1] == "supports"


@pytest.mark.parametrize("path", [".tox/py3/lib/site-packages/start.pth", ".venv/bin/run.py", ".eggs/x/setup.py"])
def test_it_is_held_neither_refused_nor_admitted(tmp_path, repository, path):
    assert judged(tmp_path, repository, {path: INERT}) == ("REFER", "not_observed")


@pytest.mark.parametrize(
    "extra",
    [
        {"setup.py": SETUP + "exec(open('.tox/run.py').read())\n"},  # what would reach it differs from the tree
        {"pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "run"\nbackend-path = [".tox"]\n'},
        {"demo/run.py": INERT},
    ],
)
def test_what_would_reach_it_is_refused(tmp_path, repository, extra):
    assert judged(tmp_path, repository, {".tox/run.py": INERT, **extra}) == ("REFUSE", "opposes")
