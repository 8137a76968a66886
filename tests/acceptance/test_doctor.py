"""`doctor` says what this machine lacks, in outcomes, with what mends it; each remedy is a command or a line that works."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.advisories import osv
from simulators.commands import Shell
from simulators.index import Index, history, serving
from supplytrust.cli.app import app
from supplytrust.io.processes import sandbox


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    with serving([history("alpha", "1.0")]) as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path, index: Index) -> Shell:
    return Shell(tmp_path, {"PIP_INDEX_URL": index.url})


def checks(shell: Shell, *more: str) -> dict[str, dict[str, str]]:
    ran = shell.run("doctor", "--format", "json", *more)
    found = {check["name"]: check for check in json.loads(ran.out)}
    assert ran.code == (10 if any(check["state"] == "lacks" for check in found.values()) else 0)
    return found


def database(folder: Path, day: str) -> None:
    (folder / "osv.json").write_text(
        json.dumps([osv("PYSEC-1", "alpha", ("introduced", "0"), modified=f"{day}T00:00:00Z")])
    )
    (folder / "supplytrust.toml").write_text('[advisories]\nosv = "osv.json"\nservice = "none"\n')


def test_what_lacks_costs_something_and_can_be_mended(shell, monkeypatch):
    """Whatever lacks names its cost and a remedy: a command that exists, or a line that can be read."""
    database(shell.home, "2020-01-01")
    monkeypatch.setattr(sandbox, "find_sandbox", lambda: sandbox.NONE)
    found = checks(shell, "--offline")
    assert found["advisory database"]["state"] == found["sandbox"]["state"] == "lacks"
    for check in found.values():
        if check["state"] == "lacks":
            assert check["cost"]
            assert check["remedy"]
    words = found["advisory database"]["remedy"].split()
    assert words[0] == "supplytrust"
    assert app.get_command(None, words[1]) is not None  # type: ignore[arg-type]


def test_a_fresh_database_is_fine(shell):
    database(shell.home, "2099-01-01")
    assert checks(shell, "--offline")["advisory database"]["state"] == "fine"


def test_an_index_that_answers_is_told_from_one_that_does_not(shell, index):
    database(shell.home, "2099-01-01")
    from supplytrust.collection import machine

    names = {"index pypi": "fine"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "FORGES", ())
        assert checks(shell)["index pypi"]["state"] == names["index pypi"]
        silent = checks(shell, "--index-url", "http://127.0.0.1:9/simple/")["index pypi"]
    assert silent["state"] == "lacks"
    assert tomllib.loads(silent["remedy"])


def test_the_ledger_is_counted_and_a_damaged_one_is_named(shell):
    kept = shell.home / "ledger.sqlite3"
    assert checks(shell, "--offline", "--ledger", str(kept))["ledger"]["state"] == "note"
    assert not kept.exists()
    kept.write_bytes(b"no ledger at all" * 100)
    assert checks(shell, "--offline", "--ledger", str(kept))["ledger"]["state"] == "lacks"


def test_text_says_the_same(shell):
    database(shell.home, "2020-01-01")
    ran = shell.run("doctor", "--offline")
    assert "LACK  advisory database" in ran.out
    assert "to mend it           supplytrust sources fetch LIST --advisories osv" in ran.out
