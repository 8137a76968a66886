"""The kept scorecards replay: the same evidence gives the same record, byte for byte."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import supplytrust as st
from supplytrust.records import evidence_file, statement

ROOT = Path(__file__).parents[2]
CARDS = sorted(p.parent for p in (ROOT / "scorecards").glob("*/evidence.json"))


@pytest.mark.parametrize("card", CARDS, ids=lambda p: p.name)
def test_card_replays(card: Path) -> None:
    evidence = evidence_file.from_bytes((card / "evidence.json").read_bytes())
    assert (
        statement.to_statement(st.appraise(evidence, policy="baseline", alone=True))
        == (card / "record.json").read_bytes()
    )


def test_every_direct_dependency_has_a_card() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {Requirement(t).name.lower() for t in project["dependencies"]} == {p.name for p in CARDS}
