"""No circle of modules: late imports and imports for types count like all others.

The layers of pyproject.toml look at rooms; inside a room nothing forbids two modules to import each other, and a late
import hides it from the interpreter, not from the reader.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path

from simulators.source_trees import SRC, source_nodes

Nodes = Iterable[ast.AST]


def modules(package: str, nodes: Mapping[str, Nodes]) -> dict[str, Nodes]:
    """The nodes of every module by its dotted name, from those by path."""
    return {
        ".".join((package, *Path(place).with_suffix("").parts)).removesuffix(".__init__"): found
        for place, found in nodes.items()
    }


def imports(trees: Mapping[str, Nodes]) -> dict[str, set[str]]:
    """By module, the modules that its import statements name, wherever they stand.

    `from package import module` names the module; `from package import value` the package's own page.
    """
    found: dict[str, set[str]] = {}
    for name, nodes in trees.items():
        targets: set[str] = set()
        for node in nodes:
            if isinstance(node, ast.Import):
                targets |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                full = {alias.name: f"{node.module}.{alias.name}" for alias in node.names}
                targets |= {path if path in trees else node.module for path in full.values()}
        found[name] = (targets & trees.keys()) - {name}
    return found


def circles(graph: Mapping[str, set[str]]) -> list[tuple[str, ...]]:
    """The sets of modules each of which reaches all the others."""
    reached = {start: _reach(graph, start) for start in graph}
    groups = {tuple(sorted({m for m in reached[n] if n in reached[m]})) for n in graph if n in reached[n]}
    return sorted(groups)


def _reach(graph: Mapping[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(graph[name])
    return seen


# The front door names its public values for type checkers and loads each when it is first used.
DOOR = "supplytrust"


def test_no_modules_import_each_other() -> None:
    graph = imports(modules(DOOR, source_nodes()))
    graph[DOOR] = set()
    assert circles(graph) == []


def test_nothing_below_the_front_door_needs_it() -> None:
    """Except for its version, which is written there because build tools read it there."""
    for name, nodes in modules(DOOR, source_nodes()).items():
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and node.module == DOOR:
                inner = {alias.name for alias in node.names}
                rooms = {path.stem for path in SRC.iterdir() if path.is_dir() or path.suffix == ".py"}
                assert inner - rooms <= {"__version__"}, name


def test_late_imports_and_imports_for_types_are_seen(tmp_path: Path) -> None:
    root = tmp_path / "toy"
    (root / "inner").mkdir(parents=True)
    (root / "__init__.py").write_text("")
    (root / "inner" / "__init__.py").write_text("from toy.last import VALUE\n")
    (root / "first.py").write_text("def late():\n    from toy.second import x\n    return x\n")
    (root / "second.py").write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import toy.third\n")
    (root / "third.py").write_text("from toy import first\n")
    (root / "last.py").write_text("VALUE = 1\n")
    nodes = {p.relative_to(root).as_posix(): list(ast.walk(ast.parse(p.read_text()))) for p in root.rglob("*.py")}
    assert circles(imports(modules("toy", nodes))) == [("toy.first", "toy.second", "toy.third")]
