"""The page of capabilities: seventy rows, every command known, and (thorough) every one prints what the page says."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import click
import pytest

from supplytrust.cli.app import app

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "capabilities.md"
ROW = re.compile(r"^\| (\d+) \| [^|]+ \| `supplytrust ([^`]+)` \| \S.* \|$", re.MULTILINE)


def test_every_row_of_the_field_has_its_command() -> None:
    rows = ROW.findall(PAGE.read_text("utf-8"))
    assert [int(number) for number, _ in rows] == list(range(1, 71))
    context = click.Context(app)
    assert [c for _, c in rows if c.split()[0] != "--help" and app.get_command(context, c.split()[0]) is None] == []


@pytest.mark.thorough
def test_every_command_prints_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from simulators import story

    monkeypatch.setattr(story, "_tree", story._tree)  # noqa: SLF001 - put back afterwards
    sys.path.insert(0, str(ROOT))
    try:
        tool = importlib.import_module("tools.make_capabilities")
    finally:
        sys.path.remove(str(ROOT))
    with tool.prepare_desk(tmp_path) as shell:
        shown = {row.number: tool.try_row(row, shell) for row in tool.ROWS}
    told = PAGE.read_text("utf-8")
    plain = lambda text: re.sub(r"[0-9a-f]{8,}|\d{4}-\d\d-\d\d", "#", text)  # noqa: E731
    assert plain(tool.write_page(shown)) == plain(told)
