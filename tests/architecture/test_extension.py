"""A new signal, source, report, policy or verb is one new file: nothing else is edited.

The package is copied, one file of each kind is added, and the copy is asked in a new process.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import supplytrust

ADDED = {
    "appraisal/signals/build/names_its_colour.py": '''
"""Question
    Does the release name a colour?
"""
from supplytrust.model.claims.release import ReleaseFiles
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.finding import SignalMeta

META = SignalMeta("build/names_its_colour", claims=(ReleaseFiles,))

def ask(subject, evidence, moment):
    return META.not_observed(NotObservedReason.NOT_PUBLISHED, "no colour is named")
''',
    "collection/sources/colour.py": """
NAME, OFFERS, NEEDS, ECOSYSTEMS = "colour", (), (), ()

def observe(subject, known, world):
    return []
""",
    "reports/shout.py": """
def render(record):
    return record.outcome.name + "!"
""",
    "ecosystems/colours/__init__.py": "",
    "ecosystems/colours/ecosystem.py": """
from supplytrust.ecosystems.protocol import Ecosystem

class Colours(Ecosystem):
    TYPE = "colours"

ECOSYSTEM = Colours()
""",
    "cli/paint.py": '''
import click

@click.command("paint")
def command():
    """Paint it."""
    click.echo("painted")
''',
}
ASK = """
import json
from supplytrust import ecosystems, reports
from supplytrust.appraisal import signals
from supplytrust.collection import scheduler
from supplytrust.cli.app import app
print(json.dumps({
    "signal": signals.signal_named("build/names_its_colour").META.id,
    "source": [s.NAME for s in scheduler.all_sources() if s.NAME == "colour"],
    "report": reports.report_named("shout").__name__,
    "ecosystem": ecosystems.for_type("colours").TYPE,
    "verb": app.get_command(None, "paint").help,
}))
"""


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("copy")
    package = where / "supplytrust"
    shutil.copytree(Path(supplytrust.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(package / "appraisal" / "policies" / "baseline.toml", package / "appraisal" / "policies" / "mine.toml")
    for name, text in ADDED.items():
        (package / name).parent.mkdir(exist_ok=True)
        (package / name).write_text(text.lstrip())
    return where


def run(copied: Path, *argv: str) -> str:
    env = {**os.environ, "PYTHONPATH": str(copied)}
    return subprocess.run(
        [sys.executable, *argv], check=True, capture_output=True, text=True, env=env, cwd=copied
    ).stdout


def test_one_file_each_is_enough(copied: Path) -> None:
    assert json.loads(run(copied, "-c", ASK)) == {
        "signal": "build/names_its_colour",
        "source": ["colour"],
        "report": "supplytrust.reports.shout",
        "ecosystem": "colours",
        "verb": "Paint it.",
    }


def test_new_verb_and_policy_are_seen_by_the_command_line(copied: Path) -> None:
    assert run(copied, "-m", "supplytrust", "paint") == "painted\n"
    assert "mine" in run(copied, "-m", "supplytrust", "policies")
    assert "build/names_its_colour" in run(copied, "-m", "supplytrust", "signals")
