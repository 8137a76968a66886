"""The tools ask the library for names that it has: they are run by hand, so nothing else would notice."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def missing_names(path: Path) -> list[str]:
    """What a file imports from the library and is not there."""
    missing = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "supplytrust":
            try:
                module = importlib.import_module(node.module or "")
            except ImportError:
                missing.append(f"{path.name}:{node.lineno}: {node.module}")
                continue
            for alias in node.names:
                if not hasattr(module, alias.name):
                    try:
                        importlib.import_module(f"{node.module}.{alias.name}")
                    except ImportError:
                        missing.append(f"{path.name}:{node.lineno}: {node.module}.{alias.name}")
    return missing


def test_every_name_that_the_tools_import_is_there() -> None:
    files = sorted((ROOT / "tools").rglob("*.py"))
    assert len(files) > 10
    assert [name for path in files for name in missing_names(path)] == []
