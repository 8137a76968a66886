"""Starting costs: CPU time of child processes, the minimum of several runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys

RUNS = 7
FORBIDDEN_AT_THE_GATE = {"socket", "ssl", "subprocess", "requests", "sigstore", "git", "urllib3", "in_toto", "sqlite3"}


def cpu_ms(*argv: str) -> float:
    best = float("inf")
    for _ in range(RUNS):
        before = os.times()
        subprocess.run(argv, check=True, capture_output=True)
        after = os.times()
        spent = (after.children_user - before.children_user) + (after.children_system - before.children_system)
        best = min(best, spent * 1000)
    return best


def modules_after(statement: str) -> set[str]:
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


def bare() -> float:
    return cpu_ms(sys.executable, "-c", "pass")


def test_help_is_quick() -> None:
    assert cpu_ms(sys.executable, "-m", "supplytrust.cli", "--help") <= 100 + bare()


def test_import_is_nearly_free_and_loads_nothing_foreign() -> None:
    assert cpu_ms(sys.executable, "-c", "import supplytrust") - bare() <= 20
    loaded = modules_after("import supplytrust") - modules_after("pass")
    assert {m for m in loaded if m not in sys.stdlib_module_names} == {"supplytrust"}


def test_gate_loads_no_network_no_process() -> None:
    loaded = modules_after("import supplytrust.gate as g; g.admit")
    assert not loaded & FORBIDDEN_AT_THE_GATE


def test_help_of_every_verb_works() -> None:
    from supplytrust.cli.app import app

    for verb in app.list_commands(None):  # type: ignore[arg-type]
        assert app.get_command(None, verb).help  # type: ignore[arg-type,union-attr]
