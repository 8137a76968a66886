"""The page about the simulators names each of them once, and none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "simulators"


def test_every_simulator_has_its_row() -> None:
    rows = re.findall(r"^\| `([\w.]+/?)` \|", (FOLDER / "README.md").read_text("utf-8"), flags=re.MULTILINE)
    there = {p.name for p in FOLDER.glob("*.py") if p.name != "__init__.py"}
    there |= {f"{p.parent.name}/" for p in FOLDER.glob("*/*.py")}
    assert sorted(rows) == sorted(there)
