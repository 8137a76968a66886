"""One syntax tree for every distinct Python text: whoever asks first has it parsed, and all answers are kept.

The rules about code, the names and addresses that code reaches and the outline of its interface read the same tree,
and most files of a release are those of the release before. The tree itself is not kept: it is some twenty times as
large as the text.
"""

from __future__ import annotations

import ast
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

from supplytrust.evidence.dependencies import runtime_references
from supplytrust.evidence.source_code import analyse_artifact
from supplytrust.evidence.source_code.analyse_artifact import PythonFindings
from supplytrust.evidence.source_code.build_module import module_of, tree
from supplytrust.evidence.source_code.interface_outline import Outline, outline_of
from supplytrust.model.claims.artifact import Endpoint, LoadedName

MOST = 20_000  # texts whose answers are kept: of the largest release and its predecessor


@dataclass(frozen=True, slots=True)
class PythonFacts:
    """What a text says to each reader; places have no path, because the same text may lie at several."""

    findings: PythonFindings
    names: tuple[LoadedName, ...]
    endpoints: tuple[Endpoint, ...]
    outline: Outline


_kept: OrderedDict[bytes, PythonFacts | None] = OrderedDict()
_lock = threading.Lock()


def facts_of(data: bytes) -> PythonFacts | None:
    """All answers about a text; None when it is no Python, or too long to be parsed."""
    key = hashlib.sha256(data).digest()
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    module = tree(data)
    found = None if module is None else _read(module, data)
    with _lock:
        _kept[key] = found
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return found


def _read(module: ast.Module, data: bytes) -> PythonFacts:
    places = module_of(module) if analyse_artifact.may_match(data) else None
    findings = analyse_artifact.look(places) if places else PythonFindings((), ())
    names, endpoints = runtime_references.references_in(module, data, places=places)
    return PythonFacts(findings, tuple(names), tuple(endpoints), outline_of(module))


def findings_of(data: bytes) -> PythonFindings | None:
    """What the rules about code say; None when the text is no Python."""
    facts = facts_of(data)
    return None if facts is None else facts.findings


def references_of(path: str, data: bytes) -> tuple[list[LoadedName], list[Endpoint]]:
    """What the text at a path opens and talks to; nothing when it is no Python."""
    facts = facts_of(data) if runtime_references.worth_reading(data) else None
    if facts is None:
        return [], []
    return [replace(one, path=path) for one in facts.names], [replace(one, path=path) for one in facts.endpoints]
