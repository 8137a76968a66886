"""What starting costs, told by what is loaded: the same on every machine and under every load.

Time is compared with other work of the same moment, and in the thorough run only.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from simulators.cost import process_seconds

FORBIDDEN_AT_THE_GATE = {"socket", "ssl", "subprocess", "requests", "sigstore", "git", "urllib3", "in_toto", "sqlite3"}
HEAVY = {"socket", "ssl", "subprocess", "sqlite3", "asyncio", "multiprocessing", "http", "email", "tomllib", "json"}
HELP = """
import contextlib, io, runpy
sys.argv = ["supplytrust", "--help"]
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    runpy.run_module("supplytrust.cli", run_name="__main__")
"""


def modules_after(statement: str) -> set[str]:
    """Full names of the modules that a statement loads in a new interpreter, besides those that are there anyway."""
    code = f"import sys\nbefore = set(sys.modules)\n{statement}\nafter = set(sys.modules)\nimport json\nprint(json.dumps(sorted(after - before)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def own(modules: set[str]) -> set[str]:
    return {name for name in modules if name.partition(".")[0] == "supplytrust"}


def foreign(modules: set[str]) -> set[str]:
    return packages(modules) - sys.stdlib_module_names - {"supplytrust"}


def test_import_is_nearly_free_and_loads_nothing_foreign() -> None:
    loaded = modules_after("import supplytrust")
    assert own(loaded) == {"supplytrust"}
    assert foreign(loaded) == set()
    assert packages(loaded) <= packages(modules_after("import contextlib, importlib, typing, warnings, __future__")) | {
        "supplytrust"
    }


def test_help_loads_the_verbs_and_what_reads_arguments() -> None:
    loaded = modules_after(HELP)
    assert {name for name in own(loaded) if not name.startswith("supplytrust.cli.")} <= {
        "supplytrust",
        "supplytrust.cli",
        "supplytrust.errors",
    }
    assert foreign(loaded) == {"click"}
    assert not packages(loaded) & HEAVY


def test_every_public_name_is_loaded_only_when_it_is_asked_for() -> None:
    loaded = modules_after("import supplytrust; supplytrust.__all__; dir(supplytrust)")
    assert own(loaded) == {"supplytrust"}


@pytest.mark.thorough
def test_help_costs_little_beside_the_library_that_reads_arguments() -> None:
    own_cost = process_seconds(sys.executable, "-m", "supplytrust.cli", "--help")
    assert own_cost <= 2 * process_seconds(sys.executable, "-c", "import click, inspect, uuid, ipaddress, urllib.parse")


def test_gate_loads_no_network_no_process() -> None:
    loaded = packages(modules_after("import supplytrust.gate as g; g.admit"))
    assert not loaded & FORBIDDEN_AT_THE_GATE


def test_help_of_every_verb_works() -> None:
    from supplytrust.cli.app import app

    for verb in app.list_commands(None):  # type: ignore[arg-type]
        assert app.get_command(None, verb).help  # type: ignore[arg-type,union-attr]
