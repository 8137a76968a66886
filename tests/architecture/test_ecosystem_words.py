"""The name of an ecosystem stands in its own folder, in shipped data and in texts for people: nowhere else."""

from __future__ import annotations

import ast
import copy
import functools

import pytest

from simulators.source_trees import source_trees
from supplytrust import ecosystems

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
ALLOWED = {
    "evidence/advisories/record_formats.py": "what OSV calls its ecosystems, and an extract about Python packages only",
    "evidence/repository/security_policy.py": "a word that disclosure policies write before `release`",
    "evidence/reviews/": "the name of a format of reviews, cargo-vet's, and whose crates it is about",
    "collection/sources/audits.py": "as the format that it reads",
    "model/policy.py": "as the format that a setting names",
    "appraisal/policies/config.py": "as the format that a setting names",
    "reports/remedies.py": "as the format that a hint shows",
    "evidence/source_code/fuzz_setup.py": "commands of continuous integration",
    "evidence/repository/file_kinds.py": "names of build files",
    "wasm/inspection.py": "the section of workloads that lists crates",
}


def says(text: str, word: str) -> bool:
    """Whether the code of a module has a word: names, imports and texts, but neither docstrings nor comments."""
    return word in code_of(ast.parse(text))


def code_of(module: ast.Module) -> str:
    """The code of a module in small letters, without docstrings and comments; takes them out of the tree."""
    for node in ast.walk(module):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(module).lower()


@functools.cache
def codes() -> dict[str, str]:
    """The code of every module by its path."""
    return {name: code_of(copy.deepcopy(tree)) for name, tree in source_trees().items()}


@pytest.mark.parametrize("purl_type", ecosystems.known_types())
def test_name_of_an_ecosystem_stays_in_its_folder(purl_type: str) -> None:
    saying = {name for name, code in codes().items() if f"ecosystems/{purl_type}/" not in name and purl_type in code}
    unexpected = {name for name in saying if not any(name.startswith(allowed) for allowed in ALLOWED)}
    assert not unexpected, "these ask `ecosystems.of(subject)` instead"


def test_docstrings_and_comments_are_texts_for_people() -> None:
    assert not says('"""Of pypi."""\n\ndef f():\n    """pypi"""\n    # pypi\n', "pypi")
    assert says('NAME = "pypi"\n', "pypi")
    assert says("from supplytrust.ecosystems import pypi\n", "pypi")
    assert says('def f():\n    return "pkg:PyPI/x"\n', "pypi")
