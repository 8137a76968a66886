"""Code that runs without being imported by its user (at install, build or interpreter start), and what of it is new."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator

from supplytrust.ecosystems.contents import Contents
from supplytrust.errors import MalformedTomlError
from supplytrust.evidence.source_code.build_module import dotted_name, is_docstring, tree
from supplytrust.formats.toml import read_toml
from supplytrust.io.archives.artifact_tree import place_member
from supplytrust.io.archives.collector import Entry
from supplytrust.model.claims.artifact import (
    BuildSystem,
    ChangeSincePredecessor,
    HookKind,
    MemberKind,
    StartupHook,
    StartupHooks,
)
from supplytrust.model.subject import ArtifactKind

_SETUP_CALLS = frozenset({"setup", "setuptools.setup", "distutils.core.setup", "core.setup"})
_BUILD_FILES = frozenset({"setup.py", "setup.cfg", "pyproject.toml"})
_MODULE_TAILS = (".py", ".pyc", "/__init__.py", "/__init__.pyc")
MOST_UNCLEAR = 20
_ROOT_SCHEMES = ("purelib", "platlib")
_SITE = re.compile(r"(?:local/)?lib(?:64)?/(?:(?:python|pypy)[^/]*/)?(?:site|dist)-packages/", re.IGNORECASE)


def startup_hooks(contents: Contents) -> StartupHooks:
    """All such code in a wheel or a sdist; `executes` says whether it does more than declare."""
    find = _in_wheel if contents.kind is ArtifactKind.WHEEL else _in_sdist
    hooks = sorted(set(find(contents)), key=lambda h: (h.kind, h.path, h.sha256))
    unclear = dict.fromkeys((*contents.unclear, *_unclear_starts(contents)))
    return StartupHooks(contents.file_name, tuple(hooks), tuple(unclear)[:MOST_UNCLEAR])


def _unclear_starts(contents: Contents) -> Iterator[str]:
    """Paths that start-up code is run from and that could not be followed to one file."""
    if contents.kind is ArtifactKind.WHEEL:
        yield from (path for path in contents.unresolved if _runs_at_start(path))
        return
    system = build_system(contents)
    files = set(_backend_files(system))
    watched = {*_BUILD_FILES, *files}
    for path in contents.unresolved:
        if path in watched or path.endswith(".pth") or any(w.startswith(path + "/") for w in watched):
            yield path
    for file in contents.files:
        if file.path.lower() in _BUILD_FILES and file.path not in _BUILD_FILES:
            yield f"{file.path} is {file.path.lower()} where names have no case"
    if system.backend_path and not any(contents.file(path) for path in files):
        yield f"no file for the build backend {system.backend} in {', '.join(system.backend_path)}"[:200]


def _runs_at_start(path: str) -> bool:
    place = _place_below_site(path)
    return place is not None and (place.endswith(".pth") or place.startswith(("sitecustomize", "usercustomize")))


def _in_wheel(contents: Contents) -> Iterator[StartupHook]:
    for file in contents.files:
        place = _place_below_site(file.path)
        if place is None:
            # a command: it runs when its user calls it
            yield StartupHook(HookKind.DATA_SCRIPT, file.path, file.sha256, executes=False)
        elif "/" not in place and place.endswith(".pth"):
            yield StartupHook(HookKind.PTH, file.path, file.sha256, executes=_pth_executes(file))
        elif place in ("sitecustomize.py", "usercustomize.py") or place.startswith(
            ("sitecustomize/", "usercustomize/")
        ):
            yield StartupHook(HookKind.SITECUSTOMIZE, file.path, file.sha256, executes=True)


def _place_below_site(path: str) -> str | None:
    """Where a wheel member lands below site-packages; None for scripts, '' for what lands elsewhere."""
    top, _, rest = path.partition("/")
    if not top.endswith(".data"):
        return path
    scheme, _, inner = rest.partition("/")
    if scheme == "scripts":
        return None
    if scheme == "data":  # below the prefix, where the packages of some interpreter may lie
        found = _SITE.match(inner)
        return inner[found.end() :] if found else ""
    return inner if scheme in _ROOT_SCHEMES else ""


def _pth_executes(file: Entry) -> bool:
    """Lines that begin with `import` are executed by the `site` module; an unread file might.

    Since Python 3.13 it passes over a byte order mark and takes whatever ends a line of text for an end; what is no
    UTF-8 it reads in the encoding of the machine.
    """
    data = file.data
    if data is None:
        return True
    texts = (data.decode("utf-8-sig", "replace"), data.decode("latin-1"))
    return any(line.startswith(("import ", "import\t")) for text in texts for line in text.splitlines())


def _in_sdist(contents: Contents) -> Iterator[StartupHook]:
    for setup in (file for file in contents.files if file.path == "setup.py"):
        module = tree(setup.data)
        plain = module is not None and _only_calls_setup(module)
        yield StartupHook(HookKind.SETUP_PY, "setup.py", setup.sha256, executes=not plain)
        for name in _command_classes(module):
            yield StartupHook(HookKind.CMDCLASS, f"setup.py: {name}", setup.sha256, executes=True)
    project = contents.file("pyproject.toml")
    if project is not None and _project(project) is None:
        # what cannot be read may name any file of the archive as its backend
        yield StartupHook(HookKind.BACKEND_PATH, "pyproject.toml", project.sha256, executes=True)
    backend = dict.fromkeys(_backend_files(build_system(contents)))
    for path in backend:
        module_file = contents.file(path)
        if module_file is not None:
            yield StartupHook(HookKind.BACKEND_PATH, path, module_file.sha256, executes=True)
    for file in contents.files:
        if file.path not in backend and file.path.endswith(".pth") and not _is_test(file.path):
            yield StartupHook(HookKind.PTH, file.path, file.sha256, executes=_pth_executes(file))


def _backend_files(system: BuildSystem) -> Iterator[str]:
    """Where the module of an in-tree backend (PEP 517 `backend-path`) may be, and the packages above it, which are
    imported before it."""
    parts = [part for part in system.backend.partition(":")[0].strip().split(".") if part]
    for folder in system.backend_path:
        for depth in range(1, len(parts) + 1):
            module = "/".join(parts[:depth])
            tails = ("/__init__.py", "/__init__.pyc") if depth < len(parts) else _MODULE_TAILS
            yield from (place_member(f"{folder}/{module}{tail}") for tail in tails)


def _is_test(path: str) -> bool:
    return any(part in ("test", "tests", "testing", "docs", "doc") for part in path.split("/")[:-1])


def _only_calls_setup(module: ast.Module) -> bool:
    """Imports, docstrings and one call of `setup` with plain values: declares, does nothing else."""
    return all(is_docstring(s) or isinstance(s, ast.Import | ast.ImportFrom) or _is_setup_call(s) for s in module.body)


def _is_setup_call(statement: ast.stmt) -> bool:
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or dotted_name(call.func) not in _SETUP_CALLS:
        return False
    values = [*call.args, *(k.value for k in call.keywords)]
    return not any(isinstance(n, ast.Call | ast.Lambda | ast.NamedExpr) for v in values for n in ast.walk(v))


def _command_classes(module: ast.Module | None) -> Iterator[str]:
    """Commands that `setup(cmdclass=...)` replaces; `?` when they are not written out."""
    for node in ast.walk(module) if module else ():
        if not isinstance(node, ast.Call) or dotted_name(node.func) not in _SETUP_CALLS:
            continue
        for keyword in node.keywords:
            if keyword.arg == "cmdclass":
                keys = keyword.value.keys if isinstance(keyword.value, ast.Dict) else []
                names = [k.value for k in keys if isinstance(k, ast.Constant) and isinstance(k.value, str)]
                yield from names or ["?"]


def build_system(contents: Contents) -> BuildSystem:
    """The `[build-system]` table of a sdist, and the names of what else takes part in its build.

    A pyproject.toml that cannot be read declares nothing here and is a start-up hook of its own.
    """
    project = contents.file("pyproject.toml")
    found = ((_project(project) if project else None) or {}).get("build-system")
    table = found if isinstance(found, dict) else None
    present = contents.file("setup.py") is not None
    module = tree(setup.data) if (setup := contents.file("setup.py")) else None
    path = _strings(table, "backend-path")
    backend = table.get("build-backend") if table else ""
    hooks = [*(["setup.py"] if present else []), *(f"cmdclass:{name}" for name in _command_classes(module)), *path]
    return BuildSystem(
        contents.file_name,
        declared=table is not None,
        backend=backend if isinstance(backend, str) else "",
        requires=_strings(table, "requires"),
        backend_path=path,
        hooks=tuple(dict.fromkeys(hooks)),
    )


def _project(file: Entry) -> dict[str, object] | None:
    """The tables of a pyproject.toml; None when it is not TOML, is past a limit, or its bytes were not kept."""
    try:
        return read_toml(file.data) if file.data is not None else None
    except MalformedTomlError:
        return None


def _strings(table: dict[str, object] | None, key: str) -> tuple[str, ...]:
    found = (table or {}).get(key)
    return tuple(item for item in found if isinstance(item, str)) if isinstance(found, list) else ()


# --- against the same kind of artifact of the release before

_OPAQUE = (MemberKind.NATIVE, MemberKind.ARCHIVE, MemberKind.BYTECODE)
_AT_START = (HookKind.PTH, HookKind.SITECUSTOMIZE)


def change(predecessor: str, before: Contents, now: Contents, sizes: tuple[int, int]) -> ChangeSincePredecessor:
    """What `now` has that `before` had not. `sizes` are the bytes of the two files."""
    earlier = startup_hooks(before).hooks
    found = startup_hooks(now)
    new = tuple(hook for hook in found.hooks if _is_new(hook, earlier))
    stems = {_stem(f.path) for f in before.files if f.kind in _OPAQUE}
    opaque = {f.path for f in now.files if f.kind in _OPAQUE and _stem(f.path) not in stems}
    return ChangeSincePredecessor(
        predecessor,
        now.file_name,
        before.file_name,
        new,
        tuple(sorted(opaque)),
        had_native=any(f.kind is MemberKind.NATIVE for f in before.files),
        size_before=sizes[0],
        size_now=sizes[1],
        new_install_scripts=tuple(sorted(_new_scripts(before, now))),
        unclear=found.unclear,
    )


def _is_new(hook: StartupHook, earlier: tuple[StartupHook, ...]) -> bool:
    """New by place, or newly doing something; start-up files also when their content is another one.

    A setup.py that changes with every release is no news; one that begins to act is.
    """
    same_place = [old for old in earlier if (old.kind, _place(old.path)) == (hook.kind, _place(hook.path))]
    if not same_place:
        return True
    if hook.kind in _AT_START and hook.executes:
        return all(old.sha256 != hook.sha256 for old in same_place)
    return hook.executes and not any(old.executes for old in same_place)


def _place(path: str) -> str:
    """The path without the version that is in the name of a wheel's data folder."""
    return re.sub(r"^([^/]+)-[^/-]+\.data/", r"\1.data/", path)


def _stem(path: str) -> str:
    """Name of a compiled member without interpreter tag, version and content hash."""
    name = posixpath.basename(path).partition(".")[0].lower()
    return re.sub(r"(?:^|[-_])(?:[0-9a-f]{8,}|v?\d[\d._]*)(?=$|[-_.])", "", name)


def _new_scripts(before: Contents, now: Contents) -> set[str]:
    """Programs installed beside the interpreter that have no namesake before."""
    return {posixpath.basename(f.path) for f in _scripts(now)} - {posixpath.basename(f.path) for f in _scripts(before)}


def _scripts(contents: Contents) -> list[Entry]:
    return [f for f in contents.files if ".data/scripts/" in f.path]
