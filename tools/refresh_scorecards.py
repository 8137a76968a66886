"""Judge every direct run-time dependency of this project with the tool itself, and keep what it saw and said.

For each: `<name>/evidence.json` (what was seen), `<name>/record.json` (the statement), `<name>/README.md` (the
page for people). A test replays the evidence and compares the record byte for byte.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

import supplytrust as st
from supplytrust import reports
from supplytrust.records import evidence_file, statement

ROOT = Path(__file__).parents[1]
HERE = ROOT / "scorecards"
POLICY = "baseline"


def names() -> list[str]:
    """The direct run-time dependencies named in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return sorted(Requirement(text).name.lower() for text in project["dependencies"])


def refresh(name: str, *, look: bool = True) -> str:
    """Collect (or take the kept evidence), judge, write; answer one line about the result."""
    kept = HERE / name / "evidence.json"
    evidence = st.collect(name, deps="none") if look else evidence_file.from_bytes(kept.read_bytes())
    record = st.appraise(evidence, policy=POLICY, alone=True)
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    (folder / "evidence.json").write_bytes(evidence_file.to_bytes(evidence))
    (folder / "record.json").write_bytes(statement.to_statement(record))
    (folder / "README.md").write_text(reports.report_named("markdown").render(record))
    return f"{record.trustee.purl:<44} {record.outcome.name}"


def main() -> None:
    """Refresh the named scorecards, or all of them; `--judge-only` keeps the evidence (after a change of weights)."""
    asked = [word for word in sys.argv[1:] if not word.startswith("-")]
    for name in asked or names():
        sys.stdout.write(refresh(name, look="--judge-only" not in sys.argv) + "\n")


if __name__ == "__main__":
    main()
