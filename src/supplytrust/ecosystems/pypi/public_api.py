"""The public interface of a wheel as a tree of names and signatures, read from text with griffe: nothing is imported.

Only the part of griffe is used that reads source (`visit`); its finder, its inspection of running code and its
extensions are not. Public is what the project says (`__all__`), else what has no leading underscore and is defined
in the module, or is imported from the same package into a package's `__init__`.
"""

from __future__ import annotations

import ast
import logging
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from supplytrust.ecosystems.contents import Contents
from supplytrust.errors import TooLargeError
from supplytrust.evidence.source_code.build_module import tree
from supplytrust.formats.python_ast import parse_alone
from supplytrust.model.claims.artifact import MemberKind

if TYPE_CHECKING:
    from griffe import Alias, Class, GriffeLoader, Module, Object

MOST_FILES, MOST_BYTES, LONGEST = 1_500, 8 * 2**20, 2**20
WIDEST = 4_000  # statements in a row
MOST_WORK = 3_000_000
TRIPS = (SyntaxError, ValueError, RecursionError, MemoryError, AttributeError, LookupError, TypeError)
_ELSEWHERE = re.compile(
    r"(^|/)(tests?|conftest\.py|examples?|docs?|samples|benchmarks?|_?vendor(ed)?|third_?party"
    r"|extern(al)?|[^/]*\.(dist-info|libs))(/|$)|(^|/)test_[^/]*$|_test\.py$|(^|/)__main__\.py$"
)
_LIB = re.compile(r"^[^/]+\.data/(purelib|platlib)/")


@dataclass(frozen=True, slots=True)
class Text:
    """One module's source. `package`: it is an `__init__`; `data` is None when the bytes were not kept."""

    data: bytes | None
    package: bool


@dataclass(frozen=True, slots=True)
class Interface:
    """The read packages of one wheel. `texts` are the sources by dotted name; `unread` modules are not in the tree."""

    packages: Mapping[str, Module]
    texts: Mapping[str, str]
    unread: frozenset[str]


def sources(contents: Contents) -> dict[str, Text]:
    """Python modules a caller could import, by dotted name: no tests, examples or copied code. TooLargeError."""
    found: dict[str, Text] = {}
    for file in contents.files:
        path = _LIB.sub("", file.path)
        if file.kind is not MemberKind.PYTHON or not path.endswith(".py") or _ELSEWHERE.search(path):
            continue
        parts = PurePosixPath(path).with_suffix("").parts
        package = parts[-1] == "__init__"
        parts = parts[:-1] if package else parts
        if parts and all(part.isidentifier() for part in parts):
            found[".".join(parts)] = Text(file.data, package)
    if len(found) > MOST_FILES or sum(len(t.data or b"") for t in found.values()) > MOST_BYTES:
        raise TooLargeError(f"{len(found)} modules are more than the interface is read from")
    return found


def read(modules: Mapping[str, Text], deadline: float) -> Interface:
    """Build the tree of all modules. TooLargeError: past the deadline (time.thread_time), or too much to resolve."""
    from griffe import Extensions, GriffeLoader

    logging.getLogger("griffe").addHandler(logging.NullHandler())  # it tells of foreign text, which is no news here
    # Names are resolved among the given modules only: nothing is ever looked for on disk.
    loader = GriffeLoader(extensions=Extensions(), search_paths=["/nonexistent"], allow_inspection=False)
    texts: dict[str, str] = {}
    unread: set[str] = set()
    for name in sorted(modules, key=lambda n: (n.count("."), n)):
        if time.thread_time() > deadline:
            raise TooLargeError("the interface took too long to read")
        text = _text(modules[name])
        if text is None or not _visit(loader, name, text, package=modules[name].package):
            unread.add(name)
        else:
            texts[name] = text
    _resolve(loader)
    packages = {k: v for k, v in loader.modules_collection.members.items() if not k.startswith("_")}
    return Interface(packages, texts, frozenset(unread))


def is_readable(module: Text) -> bool:
    """Whether the bytes were kept and are within bounds."""
    return module.data is not None and len(module.data) <= LONGEST and b"\x00" not in module.data


def _text(module: Text) -> str | None:
    """The source of a module, bounded before griffe parses it."""
    data = module.data
    if data is None or not is_readable(module) or _too_wide(data):
        return None
    return data.decode("utf-8-sig", "replace")


def _too_wide(data: bytes) -> bool:
    """The reader looks at all that stands beside an assignment, for each: too long, a block of them takes minutes."""
    if data.count(b"\n") + data.count(b";") <= WIDEST:
        return False
    module = tree(data)
    if module is None:
        return True
    return any(len(node.body) > WIDEST for node in ast.walk(module) if isinstance(node, ast.Module | ast.ClassDef))


def _visit(loader: GriffeLoader, name: str, text: str, *, package: bool) -> bool:
    """Add a module to the tree. What a reader of foreign text trips over costs this module only."""
    from griffe import Extensions, GriffeError, visit

    above, _, own = name.rpartition(".")
    folder = Path("/", *(name if package else above).split("."))
    try:
        parent = _package(loader, above) if above else None
        file = folder / ("__init__.py" if package else f"{own}.py")
        found = loader.modules_collection
        module = parse_alone(
            lambda: visit(own, file, text, extensions=Extensions(), parent=parent, modules_collection=found)
        )
        if parent is None:
            loader.modules_collection.members[own] = module
        else:
            parent.set_member(own, module)
    except (GriffeError, *TRIPS):
        return False
    return True


def _package(loader: GriffeLoader, name: str) -> Module:
    """The package a module lies in; one without an `__init__` (a namespace, or one that was not read) is made up."""
    from griffe import Module

    top, *below = name.split(".")
    modules = loader.modules_collection
    if top not in modules.members:
        modules.members[top] = Module(top, filepath=Path("/", top, "__init__.py"), modules_collection=modules)
    found = modules.members[top]
    for part in below:
        inside = found.members.get(part)
        if not isinstance(inside, Module):
            file = Path("/", *found.path.split("."), part, "__init__.py")
            inside = Module(part, filepath=file, parent=found, modules_collection=modules)
            found.members[part] = inside
        found = inside
    return found


def _resolve(loader: GriffeLoader) -> None:
    """Follow imports between the modules, when that is a bounded amount of work; then say what is public."""
    from griffe import GriffeError

    packages = list(loader.modules_collection.members.values())
    every = [module for package in packages for module in walk(package)]
    names = sum(len(m.members) for m in every)
    stars = sum(member.is_alias and key.endswith("*") for m in every for key, member in m.members.items())
    if names * max(stars, 1) > MOST_WORK:
        raise TooLargeError(f"{stars} star imports of {names} names are not followed")
    for package in packages:
        try:
            loader.expand_exports(package)
            loader.expand_wildcards(package, external=False)
        except (GriffeError, *TRIPS) as error:
            raise TooLargeError(f"imports inside {package.path[:60]} cannot be followed") from error
    try:
        loader.resolve_aliases(implicit=True, external=False, max_iterations=10)
    except (GriffeError, *TRIPS) as error:  # such as a module that imports everything from itself
        raise TooLargeError("imports in a circle cannot be followed") from error
    for module in every:
        _mark_public(module)
    _check_classes(every)


def walk(module: Module) -> Iterable[Module]:
    """The module and all modules below it."""
    from griffe import Module

    stack = [module]
    while stack:
        one = stack.pop()
        yield one
        stack.extend(m for m in one.members.values() if isinstance(m, Module))


def target(named: Object | Alias) -> Object | None:
    """The object behind a name, followed through imports; None when it is not in the wheel."""
    from griffe import Alias, GriffeError

    try:
        return named.final_target if isinstance(named, Alias) else named
    except (GriffeError, *TRIPS):
        return None


def _mark_public(module: Module) -> None:
    """Names that an `__init__` without `__all__` takes from its own package are offered to callers by it."""
    from griffe import Alias

    if module.exports or not module.is_init_module:
        return
    top = module.path.partition(".")[0] + "."
    for name, member in module.members.items():
        if isinstance(member, Alias) and not name.startswith("_"):
            member.public = member.runtime and member.target_path.startswith(top)


def _check_classes(modules: Iterable[Module]) -> None:
    """Looking at inherited members costs the sum over all paths to base classes: TooLargeError when that explodes."""
    from griffe import Class

    known: dict[str, int] = {}
    total, stack = 0, [member for module in modules for member in module.members.values()]
    while stack:
        member = stack.pop()
        if isinstance(member, Class):
            _forget_foreign(member)
            total += _cost(member, known, 0)
            stack.extend(member.members.values())
        if total > MOST_WORK:
            raise TooLargeError("classes inherit from each other along too many paths")


def _forget_foreign(cls: Class) -> None:
    """Imports inside a class body of what is not in the wheel: nobody can look behind them, heirs neither."""
    for name in [name for name, member in cls.members.items() if target(member) is None]:
        del cls.members[name]


def _cost(cls: Class, known: dict[str, int], depth: int) -> int:
    """Members to visit for a class, its own and those reached along every path to a base."""
    from griffe import Class

    if depth > 100:
        raise TooLargeError("classes inherit from each other too deeply")
    if cls.path not in known:
        known[cls.path] = 1  # in a circle, the first one met counts little
        bases = [base for base in cls.resolved_bases if isinstance(base, Class)]
        known[cls.path] = 1 + len(cls.members) + sum(_cost(base, known, depth + 1) for base in bases)
    return known[cls.path]
