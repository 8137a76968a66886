"""Memory that Python does not guard: `ctypes` copies and addresses. CWE-119."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from supplytrust.evidence.source_code.python_module import Place
from supplytrust.evidence.source_code.rules import FIT, Hit
from supplytrust.model.claims.code import Family

FAMILY = Family.BOUNDS
_RAW = frozenset({"memmove", "memset", "string_at", "wstring_at", "from_address"})
_LIBRARIES = frozenset({"CDLL", "WinDLL", "PyDLL", "OleDLL", "LoadLibrary", "dlopen"})
CALLS = _RAW | _LIBRARIES


def call(place: Place, _call: ast.Call, name: str) -> Iterator[Hit]:
    """A copy by address, or a library opened."""
    last = name.rpartition(".")[2]
    if last in _RAW and (name.startswith("ctypes.") or last == "from_address"):
        yield Hit("raw-memory", "low", f"{last} in {place.where}")
    elif last in _LIBRARIES:
        yield FIT
