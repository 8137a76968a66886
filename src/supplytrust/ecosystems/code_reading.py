"""The source text of an artifact: what it is made of, and what the rules about code say to it."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial

from supplytrust.ecosystems import python_reading
from supplytrust.ecosystems.contents import Contents
from supplytrust.evidence.source_code import analyse_artifact
from supplytrust.evidence.source_code.analyse_artifact import SourceFile
from supplytrust.evidence.source_code.fuzz_setup import reach
from supplytrust.io.archives.collector import Entry
from supplytrust.model.claims.artifact import CodeComposition, MemberKind
from supplytrust.model.claims.code import Capabilities, CodeFindings

_CTYPES = re.compile(rb"^[ \t]*(import|from)[ \t]+(ctypes|cffi|_ctypes)\b", re.MULTILINE)
_COMPILED = (MemberKind.PYTHON, MemberKind.SOURCE, MemberKind.SCRIPT)


def composition(contents: Contents) -> CodeComposition:
    """Bytes by language outside tests and examples; compiled members count under `native`.

    What is compiled and installed can be loaded wherever it lies: in a wheel, its place excuses nothing.
    """
    sizes: Counter[str] = Counter()
    native = 0
    for file in contents.files:
        kind, language = file.kind, file.language
        loadable = kind is MemberKind.NATIVE and contents.kind.is_built
        if reach(file.path) in ("test", "example") and not loadable:
            continue
        if kind is MemberKind.NATIVE:
            native += 1
            sizes["native"] += file.size
        elif kind in _COMPILED and language:
            sizes[language] += file.size
    users = [f.path for f in contents.files if f.kind is MemberKind.PYTHON and _CTYPES.search(f.data or b"")]
    shipped = tuple(sorted(path for path in users if reach(path) not in ("test", "example")))
    return CodeComposition(contents.file_name, tuple(sorted(sizes.items())), native, shipped)


def findings(contents: Contents) -> tuple[CodeFindings, Capabilities]:
    """Every source file of a language that rules exist for, by its place in the artifact; stubs are left out."""
    source = contents.kind.is_source
    files, native = [], []
    for file in contents.files:
        kind, language = file.kind, file.language
        place = reach(file.path, source=source)
        if kind is MemberKind.NATIVE and (place in ("library", "vendored") or not source):
            native.append(file.path)
        elif kind in _COMPILED and analyse_artifact.serves(language) and not file.path.endswith(".pyi"):
            files.append(SourceFile(file.path, language, place, file.size, partial(_bytes, file)))
    return analyse_artifact.read(contents.file_name, files, native, look=python_reading.findings_of)


def _bytes(file: Entry) -> bytes | None:
    return file.data
