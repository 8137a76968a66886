"""Names are the field's words: no riddles, no bare past participles, no folder that nobody can overlook."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from simulators.source_trees import SRC, source_nodes

FILES = sorted(SRC.rglob("*.py"))
MOST_MODULES = 25
NO_VERBS = ("app", "options", "output", "__main__")
# Past participles and fillers that do not end in -ed; as a whole name they say neither what is done nor to what.
IRREGULAR = frozenset(
    "told kept looking apart once seen found made given chosen shown taken afresh covering worth said held known "
    "written built bound drawn sent lost meant done gone wire shelf".split()
)
NOUNS = frozenset("need seed feed speed embed shed breed".split())  # end in -ed and are no participles


def is_riddle(name: str) -> bool:
    """One word that is a participle or one of the fillers: `_listed`, `told`, `Watched`."""
    word = name.strip("_")
    if not re.fullmatch(r"[A-Z]?[a-z]+", word):
        return False
    word = word.lower()
    return word in IRREGULAR or (word.endswith("ed") and word not in NOUNS)


def is_attribute(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A property is read as a word of its object: `release.yanked`."""
    return any(isinstance(d, ast.Name) and d.id == "property" for d in node.decorator_list)


def definitions() -> list[tuple[str, str]]:
    names = []
    for place, nodes in source_nodes().items():
        if "appraisal/signals/" not in place:  # the name of a signal is a statement
            names.append((place, Path(place).stem))
        for node in nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not is_attribute(node):
                names.append((place, node.name))
            elif isinstance(node, ast.ClassDef):
                names.append((place, node.name))
    return names


def test_no_name_is_a_riddle() -> None:
    assert [f"{place}: {name}" for place, name in definitions() if is_riddle(name)] == []


def test_the_rule_knows_its_words() -> None:
    assert [n for n in ("told", "_listed", "Watched", "kept", "_Told", "afresh") if not is_riddle(n)] == []
    assert [
        n for n in ("seed", "read", "list_files", "with_index_status", "Observation", "embed") if is_riddle(n)
    ] == []


def test_no_folder_is_overfull() -> None:
    sizes = {folder: len(list(folder.glob("*.py"))) for folder in {path.parent for path in FILES}}
    sizes[SRC / "cli"] -= len(NO_VERBS)  # a verb is one file; what they share is known by four names
    assert [f"{folder.relative_to(SRC)}: {n}" for folder, n in sorted(sizes.items()) if n > MOST_MODULES + 1] == []
