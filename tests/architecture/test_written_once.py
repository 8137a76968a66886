"""What is written once stays written once: each row names who may use a tool that everyone else reaches through it."""

from __future__ import annotations

import ast

from simulators.source_trees import source_nodes


def importers(module: str) -> set[str]:
    """Files that import `module`, late or not."""
    found = set()
    for place, nodes in source_nodes().items():
        for node in nodes:
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if module in names or any(n.startswith(f"{module}.") for n in names):
                found.add(place)
    return found


def test_toml_is_parsed_in_one_place() -> None:
    assert importers("tomllib") == {"formats/toml.py"}


def test_files_take_their_names_in_one_place() -> None:
    """A draft that takes a name: `os.replace`, `os.link`, `Path.replace` and the makers of drafts."""
    calls = {"mkstemp", "NamedTemporaryFile"}  # a `TemporaryFile` has no name
    found = set()
    for place, nodes in source_nodes().items():
        for node in nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                name, owner = node.func.attr, node.func.value
                module = owner.id if isinstance(owner, ast.Name) else ""
                moved = module == "os" and name in {"replace", "rename", "link"}
                # texts are replaced with two arguments, dates and dataclasses with names
                moved |= name == "replace" and len(node.args) == 1 and not node.keywords
                if name in calls or moved:
                    found.add(place)
    assert found == {"formats/atomic.py"}


OWN_JSON = {
    "json_reader.py": "the reader",
    "database.py": "what this program wrote into its own database",
    "build_outputs.py": "whether a file is JSON at all",
    "install_pip.py": "pip's report, written at our order",
    "environment.py": "what an interpreter says of itself, at our order",
    "build.py": "what the sandbox answers, bounded in size",
    "sandbox_init.py": "arguments of our own, in a program without this package",
    "sandbox_namespaces.py": "arguments of our own, in a program without this package",
    "pep517_runner.py": "arguments of our own, in a program without this package",
    "pip_for_python.py": "arguments of our own, in a program without this package",
}


def test_foreign_json_is_parsed_in_one_place() -> None:
    found = set()
    for place, nodes in source_nodes().items():
        for node in nodes:
            if isinstance(node, ast.Attribute) and node.attr in ("load", "loads") and isinstance(node.value, ast.Name):
                if node.value.id == "json":
                    found.add(place.rpartition("/")[2])
    assert found == set(OWN_JSON)
