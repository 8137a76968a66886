"""What is written once stays written once: each row names who may use a tool that everyone else reaches through it."""

from __future__ import annotations

import ast
from pathlib import Path

import supplytrust

SRC = Path(supplytrust.__file__).parent


def importers(module: str) -> set[str]:
    """Files that import `module`, late or not."""
    found = set()
    for path in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if module in names or any(n.startswith(f"{module}.") for n in names):
                found.add(str(path.relative_to(SRC)))
    return found


def test_toml_is_parsed_in_one_place() -> None:
    # `toml_positions` reads single quoted keys of a text that `toml` has accepted
    assert importers("tomllib") == {"formats/toml.py", "formats/toml_positions.py"}
