"""`history` of a list: what each night found better or worse, which exceptions end, what is behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulators.commands import Ran, Shell
from simulators.index import File, Index, Project, Release, history, serving, wheel
from supplytrust.appraisal.policies import loader
from supplytrust.audits import run_history
from supplytrust.formats.canonical_json import canonical_bytes
from supplytrust.ledger import Ledger

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def yanked(name: str) -> Project:
    file = wheel(name, "1.0")
    return Project(name, [Release("1.0", [File(file.name, file.data, yanked="broken")])])


@pytest.fixture
def index() -> Iterator[Index]:
    with serving([history("alpha", "1.0", "1.1", "2.0"), history("beta", "1.0")]) as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "list.txt").write_text("alpha==1.0\nbeta==1.0\n")
    return Shell(tmp_path)


def audit(shell: Shell, index: Index, days: int, *more: str) -> Ran:
    words = ("--rebuild", "never", "--at", (AT + timedelta(days=days)).isoformat(), "--fresh", "--no-progress")
    return shell.run("audit", "list.txt", "--index-url", index.url, *words, *more)


def nights(ran: Ran) -> list[str]:
    assert ran.code == 0, ran.err
    return re.findall(r"^\d{4}-\d\d-\d\d \d\d:\d\d  .*$", ran.out, re.MULTILINE)


def test_each_night_that_differs_is_there_the_newest_first(shell, index):
    audit(shell, index, 0)
    audit(shell, index, 1)  # nothing is another than the day before
    (shell.home / "list.txt").write_text("alpha==2.0\ngamma==1.0\n")
    audit(shell, index, 2)
    ran = shell.run("history", "list.txt")
    told = nights(ran)
    assert [line[:10] for line in told] == ["2026-11-22", "2026-11-20"]
    assert told[1].endswith("2 packages: 2 REFER")
    assert "    changed  alpha@2.0: version 1.0 -> 2.0" in ran.out
    assert "    new      gamma@1.0" in ran.out
    assert "    gone     beta@1.0" in ran.out
    assert nights(shell.run("history", "list.txt", "--last", "1")) == told[:1]


def test_worse_and_better_are_told(shell, index):
    audit(shell, index, 0)
    index.projects["beta"] = yanked("beta")
    worse = audit(shell, index, 1)
    assert worse.code == 11, worse.out
    assert "    worse    beta@1.0: outcome REFER -> REFUSE" in shell.run("history", "list.txt").out


def test_what_is_behind_is_counted_and_named(shell, index):
    ran = audit(shell, index, 0)
    assert re.search(
        r"^behind +1 package not the newest; the most: alpha@1\.0 by 2 releases, newest 2\.0$", ran.out, re.M
    )
    assert "behind      alpha@1.0 by 2 releases" in shell.run("history", "list.txt").out


def test_exceptions_are_listed_as_they_end(shell, index):
    text = loader.template(written=AT.date())
    for name, day in (("beta", "2027-01-01"), ("alpha", "2026-12-01")):
        text += f'[[exception]]\nsubject = "pkg:pypi/{name}@1.0"\ncovers = ["build"]\nreason = "r"\nowner = "us"\nexpires = {day}\n'
    (shell.home / "trust.toml").write_text(text)
    audit(shell, index, 0, "--policy", "trust.toml")
    ran = shell.run("history", "list.txt", "--policy", "trust.toml")
    lines = [line for line in ran.out.splitlines() if line.startswith("exception")]
    assert [line.split()[1] for line in lines] == ["pkg:pypi/alpha@1.0", "pkg:pypi/beta@1.0"]
    assert "until 2026-12-01, by us" in lines[0]


def test_a_set_that_was_never_judged_is_told_so(shell, index):
    audit(shell, index, 0)
    (shell.home / "other.txt").write_text("alpha==1.0\n")
    ran = shell.run("history", "other.txt")
    assert ran.code == 3
    assert "no audit of other.txt" in ran.err


def test_a_package_is_still_one(shell, index):
    audit(shell, index, 0)
    ran = shell.run("history", "alpha")
    assert ran.code == 0
    assert "pkg:pypi/alpha@1.0" in ran.out


def test_runs_kept_before_are_read(tmp_path):
    """A run of an earlier version does not say how far behind its packages were."""
    row = ["pkg:pypi/a@1", "", "baseline", "sha256:0", "REFER", "", ["why"]]
    with Ledger(tmp_path / "ledger.sqlite3") as ledger:
        ledger.remember("audit baseline set", "run 1", canonical_bytes([row]).decode(), AT)
        (night,) = run_history.nights(ledger, "set", "baseline")
    assert night.changes is None
    assert night.run.behind == {}
    assert night.run.reasons == {"pkg:pypi/a@1": ("why",)}
