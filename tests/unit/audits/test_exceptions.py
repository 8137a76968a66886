"""Exceptions over whole sets: shown with the days left, failing when they ended or are too many."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulators.commands import Ran, Shell
from simulators.index import Index, history, serving
from supplytrust.appraisal.policies import loader

AT = "2026-11-20T12:00:00Z"
NAMES = tuple(f"kit-{n}" for n in range(4))
DAY = datetime(2026, 11, 20, tzinfo=UTC).date()


@pytest.fixture
def index() -> Iterator[Index]:
    with serving([history(name, "1.0", "1.1") for name in NAMES]) as running:
        yield running


def policy(folder: Path, *rows: tuple[str, str], areas: str = "") -> Path:
    every = areas or '"build", "integrity", "responsiveness", "provenance", "expertise"'
    text = loader.template("baseline", owner="ops@example.org").replace("epoch = ", "written = 2026-10-01\nepoch = ", 1)
    for name, until in rows:
        text += f'\n[[exception]]\nsubject = "pkg:pypi/{name}@1.0"\ncovers = [{every}]\nreason = "read by two of us"\n'
        text += f'owner = "ops@example.org"\nexpires = {until}\n'
    path = folder / "policy.toml"
    path.write_text(text)
    return path


def audited(shell: Shell, index: Index, names: tuple[str, ...], *words: str | Path) -> Ran:
    (shell.home / "requirements.txt").write_text("".join(f"{name}==1.0\n" for name in names))
    look = ("--index-url", index.url, "--rebuild", "never", "--at", AT, "--no-ledger")
    return shell.run("audit", "requirements.txt", *look, *words)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_one_exception_is_shown_with_its_owner_and_the_days_left(shell, index, tmp_path):
    mine = policy(tmp_path, ("kit-0", "2026-12-01"), ("kit-3", "2026-12-01"))
    ran = audited(shell, index, NAMES[:1], "--policy", mine)
    assert (ran.code, ran.err) == (0, "")
    assert "10 days left (until 2026-12-01), by ops@example.org: read by two of us" in ran.out
    assert "1 exception that nothing needs: pkg:pypi/kit-3@1.0" in ran.out
    data = json.loads(audited(shell, index, NAMES[:1], "--policy", mine, "--format", "json").out)["exceptions"]
    assert (data["packages"], len(data["used"]), len(data["unused"]), data["failures"]) == (1, 1, 1, [])


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html", "sarif"])
@pytest.mark.sampled(1)
def test_too_many_exceptions_hold_the_set_back_in_every_format(shell, index, tmp_path, form):
    mine = policy(tmp_path, *((name, "2026-12-01") for name in NAMES))
    ran = audited(shell, index, NAMES, "--policy", mine, "--format", form)
    assert (ran.code, ran.err) == (10, "")
    assert "4 of 4 packages stand on an exception" in ran.out
    subjects = json.loads(audited(shell, index, NAMES, "--policy", mine, "--format", "json").out)["subjects"]
    assert {one["outcome"] for one in subjects} == {"ADMIT"}


def test_an_exception_that_ended_is_a_failure_and_admits_nothing(shell, index, tmp_path):
    mine = policy(tmp_path, ("kit-0", "2026-11-20"))
    ran = audited(shell, index, NAMES[:1], "--policy", mine)
    assert ran.code == 10
    assert "failure" in ran.out
    assert "pkg:pypi/kit-0@1.0: the exception of ops@example.org ended on 2026-11-20" in ran.out


def test_only_the_covered_areas_are_lifted(shell, index, tmp_path):
    ran = audited(shell, index, NAMES[:1], "--policy", policy(tmp_path, ("kit-0", "2026-12-01"), areas='"expertise"'))
    assert ran.code == 10


def test_what_an_exception_would_have_to_cover_is_named(shell, index, tmp_path):
    first = json.loads(audited(shell, index, NAMES[:1], "--format", "json").out)["subjects"][0]
    areas = ", ".join(f'"{area}"' for area in first["undecided"])
    assert areas
    ran = audited(shell, index, NAMES[:1], "--policy", policy(tmp_path, ("kit-0", "2026-12-01"), areas=areas))
    assert ran.code == 0


def test_a_policy_shows_its_exceptions_whole(shell, tmp_path):
    ran = shell.run("policy", "show", policy(tmp_path, ("kit-0", "2026-12-01"), areas='"expertise"'))
    assert (ran.code, ran.err) == (0, "")
    line = "exception: pkg:pypi/kit-0@1.0 expertise until 2026-12-01, by ops@example.org: read by two of us"
    assert line in ran.out.splitlines()
