"""The diagram of the architecture page shows the rooms in the order that the import contract allows."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "architecture.md"
ROOM = re.compile(r'^ {4}(\w+)\["(\w+): [^"]+"\]$', re.MULTILINE)


def diagram() -> str:
    """The first mermaid diagram of the page: one line a room, then the chain of allowed imports."""
    return PAGE.read_text("utf-8").partition("```mermaid\nflowchart TB\n")[2].partition("```")[0]


def contract() -> list[str]:
    """The rooms of the layers contract over the whole package, highest first; rooms of one layer follow each other."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    whole = next(c for c in contracts if c["type"] == "layers" and c.get("containers") == ["supplytrust"])
    layers = [re.split(r"\s*[|:]\s*", layer) for layer in whole["layers"]]
    return [room.removeprefix("supplytrust.").strip("()") for rooms in layers for room in rooms]


def test_the_diagram_lists_the_rooms_of_the_contract() -> None:
    drawn = ROOM.findall(diagram())
    assert [name for name, _ in drawn] == contract()
    assert all(name == label for name, label in drawn)


def test_the_arrows_go_down_one_room_at_a_time() -> None:
    chains = [line.strip().split(" --> ") for line in diagram().splitlines() if " --> " in line]
    drawn = [(upper, lower) for chain in chains for upper, lower in zip(chain, chain[1:], strict=False)]
    rooms = contract()
    assert drawn == list(zip(rooms, rooms[1:], strict=False))
