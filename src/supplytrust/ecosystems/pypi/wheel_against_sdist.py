"""Wheel members against the sdist by content: what is in the wheel and not in the published source."""

from __future__ import annotations

import ast
import hashlib
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from supplytrust.ecosystems.contents import Contents
from supplytrust.evidence.source_code.build_module import is_docstring, tree
from supplytrust.io.archives.collector import Entry
from supplytrust.model.claims.artifact import FileMatch, WheelAgainstSdist

_SCHEMES = frozenset({"purelib", "platlib", "scripts", "data", "headers"})
_GENERATED = re.compile(r"(^|/)_*(version|about|build|commit|revision|git)[a-z_]*\.pyi?$", re.IGNORECASE)
_SHEBANG = re.compile(rb"\A#![^\n]*python[^\n]*\n")  # build backends rewrite it to `#!python`
_HARMLESS_IMPORTS = frozenset({"__future__", "typing", "typing_extensions"})
_DATA = (
    ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.Name, ast.Load, ast.Store,
    ast.UnaryOp, ast.USub, ast.Subscript, ast.BinOp, ast.BitOr, ast.Attribute,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Source:
    paths: dict[str, frozenset[str]]  # digest -> paths that have it
    endings: dict[str, frozenset[str]]  # last name -> paths
    unix: frozenset[str]  # digests after CRLF -> LF, and with `#!python` as interpreter line


def compare(wheel: Contents, sdist: Contents) -> WheelAgainstSdist:
    """Relate every wheel member outside the metadata folder to the sdist; the first relation that fits.

    same: equal bytes where the path ends alike; moved: equal bytes elsewhere; eol-only: equal after CRLF
    to LF, or but for the interpreter line that is rewritten at installation; modified: another content under
    the path; phantom: not in the sdist at all.
    """
    source = _index(sdist)
    members = [f for f in wheel.files if not f.path.partition("/")[0].endswith(".dist-info")]
    related = [(file, _relation(file, source)) for file in members]
    odd = [FileMatch(file.path, relation) for file, relation in related if relation in ("modified", "phantom")]
    generated = [f.path for f, relation in related if relation in ("modified", "phantom") and _constants_only(f)]
    ordered = tuple(sorted(odd, key=lambda m: (m.path, m.relation)))
    return WheelAgainstSdist(wheel.file_name, sdist.file_name, len(members), ordered, tuple(sorted(generated)))


def _index(sdist: Contents) -> _Source:
    paths: dict[str, set[str]] = {}
    endings: dict[str, set[str]] = {}
    for file in sdist.files:
        paths.setdefault(file.sha256, set()).add(file.path)
        endings.setdefault(posixpath.basename(file.path), set()).add(file.path)
    unix = frozenset(digest for file in sdist.files for digest in _unix(file))
    return _Source(
        {digest: frozenset(found) for digest, found in paths.items()},
        {name: frozenset(found) for name, found in endings.items()},
        unix,
    )


def _unix(file: Entry) -> Iterator[str]:
    """Digests of a text with Unix line ends and with the interpreter line that installers write."""
    data = file.data if file.kept and b"\x00" not in file.head else None
    if data is not None:
        plain = data.replace(b"\r\n", b"\n")
        yield hashlib.sha256(plain).hexdigest()
        if _SHEBANG.match(plain):
            yield hashlib.sha256(_SHEBANG.sub(b"#!python\n", plain, count=1)).hexdigest()


def _relation(file: Entry, source: _Source) -> str:
    place = _installed_as(file.path)
    alike = source.paths.get(file.sha256, frozenset())
    if any(_ends(path, place) for path in alike):
        return "same"
    if alike:
        return "moved"
    if any(digest in source.unix for digest in _unix(file)):
        return "eol-only"
    same_name = source.endings.get(posixpath.basename(place), frozenset())
    return "modified" if any(_ends(path, place) for path in same_name) else "phantom"


def _installed_as(path: str) -> str:
    """The path without `<name>.data/<scheme>/`."""
    top, _, rest = path.partition("/")
    scheme, _, inner = rest.partition("/")
    return inner if top.endswith(".data") and scheme in _SCHEMES else path


def _ends(path: str, place: str) -> bool:
    return path == place or path.endswith("/" + place)


def _constants_only(file: Entry) -> bool:
    """A version file whose statements only bind constants: a generator's work that cannot act."""
    if not _GENERATED.search(file.path):
        return False
    module = tree(file.data)
    return module is not None and all(_is_inert(statement) for statement in module.body)


def _is_inert(statement: ast.stmt) -> bool:
    if is_docstring(statement) or isinstance(statement, ast.Pass):
        return True
    if isinstance(statement, ast.ImportFrom):
        return statement.module in _HARMLESS_IMPORTS and not statement.level
    if isinstance(statement, ast.If):
        inner = [*statement.body, *statement.orelse]
        return _is_data(statement.test) and all(_is_inert(s) for s in inner)
    if isinstance(statement, ast.Assign):
        return all(isinstance(t, ast.Name) for t in statement.targets) and _is_data(statement.value)
    if isinstance(statement, ast.AnnAssign):
        return isinstance(statement.target, ast.Name) and (statement.value is None or _is_data(statement.value))
    return False


def _is_data(value: ast.expr) -> bool:
    return all(isinstance(node, _DATA) for node in ast.walk(value))
