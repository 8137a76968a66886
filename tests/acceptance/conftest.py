"""A shell with a home of its own, and a policy mild enough that an honest simulated package is admitted."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

from simulators.commands import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    home = tmp_path / "home"
    home.mkdir()
    return Shell(home)


@pytest.fixture
def mild(tmp_path: Path) -> Path:
    """The baseline with every threshold at .3: what is not admitted under it has a reason besides the numbers."""
    text = resources.files("supplytrust.appraisal.policies").joinpath("baseline.toml").read_text("utf-8")
    lowered = re.sub(r"^(\w+ = )0\.\d+", r"\g<1>0.3", text, flags=re.MULTILINE)
    path = tmp_path / "mild.toml"
    path.write_text(
        lowered.replace('id = "baseline"', 'id = "mild"').replace("policies/baseline", "policies/mild"), "utf-8"
    )
    return path
