"""Each mend of the gate is needed: without it, in a copy of the sources, the property "not told is not no" fails again.

Also each check by itself: a gate that leaves one out is found by the vectors.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from supplytrust.gate.checks import CHECKS

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(bool(os.environ.get("SUPPLYTRUST_GATE_ALONE")), reason="SUPPLYTRUST_GATE_ALONE: other tests"),
]
ROOT = Path(__file__).parents[2]
PROPERTY, VECTORS = "tests/gate/test_not_told.py::test_leaving_something_out", "tests/gate/test_vectors.py::test_answer"


class Mend(NamedTuple):
    """A line of a module of the gate as it is, and as it was before; `told` are the vectors that notice."""

    file: str
    new: str
    old: str
    told: tuple[str, ...]


MENDS = {
    "a context that names a TEE binds the gate": Mend(
        "platform_checks.py", "(wanted.tee, payload.tee)", "(wanted.tee,)", ("platform-tee-of-record",)
    ),
    "a context that denies processors binds the gate": Mend(
        "platform_checks.py", "for text in payload.cpu_deny:", "for text in ():",
        ("platform-cpu-of-record", "platform-cpu-untold"),
    ),
    "a fact that a record's rule asks for must be told": Mend(
        "platform_checks.py", 'if verdict is not False:\n            case.deny(Code.TCB, "context.cpuDeny"',
        'if verdict:\n            case.deny(Code.TCB, "context.cpuDeny"', ("platform-cpu-untold",),
    ),
    "whether a platform can be debugged must be told": Mend(
        "platform_checks.py", "if claims.debug is not False and", "if claims.debug and",
        ("platform-debug-untold", "ear-debug-untold", "admitted-platform"),
    ),
    "open advisories must be told": Mend(
        "platform_checks.py", "if claims.advisories is None and (allowed is not None or claims.source == PLAIN):",
        "if False:", ("tcb-advisories-untold", "admitted-platform"),
    ),
    "every member of a record must be there": Mend(
        "payload.py", 'inputs.only(predicate, "predicate", MEMBERS)',
        'predicate = {**dict.fromkeys(("risk", "footprint")), **dict.fromkeys(("vetoes", "crit", "notObserved"), []), "ext": {}, **predicate}\n'
        '    inputs.only(predicate, "predicate", MEMBERS)',
        ("parse-no-vetoes", "parse-no-crit", "parse-no-notobserved", "admitted"),
    ),
    "a dependency says until when it holds": Mend(
        "binding_checks.py", "if entry.expires is None and judged:", "if False:", ("dep-no-end",)
    ),
}  # fmt: skip


def failures(folder: Path, test: str, names: tuple[str, ...]) -> set[str]:
    """Which of these vectors a test fails with, run on the sources in a folder."""
    wanted = [f"{ROOT / test}[{name}]" for name in names]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "SUPPLYTRUST_THOROUGH": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "--tb=no", *wanted]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return set(re.findall(r"^FAILED \S+\[([^\]]+)\]", done.stdout, re.MULTILINE))


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "src"


@pytest.mark.parametrize("name", MENDS)
def test_without_a_mend_the_property_fails(sources: Path, name: str) -> None:
    mend = MENDS[name]
    file = sources / "supplytrust/gate" / mend.file
    assert file.read_text().count(mend.new) == 1
    file.write_text(file.read_text().replace(mend.new, mend.old))
    assert failures(sources, PROPERTY, mend.told) == set(mend.told)


def test_with_all_of_them_it_holds(sources: Path) -> None:
    names = tuple(sorted({name for mend in MENDS.values() for name in mend.told}))
    assert failures(sources, PROPERTY, names) == set()


NEEDED_FIRST = {"read_policy", "read_inputs", "hash_inputs", "verify_signature", "read_record"}  # others stand on them
NOTICES = {
    "check_clock": "clock", "check_signer_scope": "signer-scope", "check_critical_extensions": "crit",
    "check_subject": "subject-digest", "check_configuration": "config-digest", "check_imports": "imports-extra",
    "check_validity": "expired", "check_status_list": "status-stale", "check_revocation": "revoked",
    "check_epochs": "policy-rollback", "check_purpose": "context", "check_platform": "platform-measurement",
    "check_restrictions": "platform-untold", "check_dependencies": "dep-missing", "check_verdict": "area-below",
}  # fmt: skip


def test_every_check_is_asked_for() -> None:
    assert {*NOTICES, *NEEDED_FIRST} == {check.run.__name__ for check in CHECKS}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("check", NOTICES)
def test_without_a_check_a_vector_fails(sources: Path, check: str) -> None:
    file = sources / "supplytrust/gate/checks.py"
    changed, number = re.subn(rf'(Check\("\w+", ){check}\b', r"\1lambda case: None", file.read_text())
    assert number == 1
    file.write_text(changed)
    assert failures(sources, VECTORS, (NOTICES[check],)) == {NOTICES[check]}
