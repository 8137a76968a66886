"""Files that builds add or change, checked by their content: a name alone explains nothing.

Metadata must parse and name the judged release, RECORD must hold for every member, `setup.cfg` may differ in
`[egg_info]` only, `pyproject.toml` in its form and in a version that the build finds out, and a version file may hold
constants only, the judged version among them.
"""

from __future__ import annotations

import ast
import configparser
import json
import posixpath
import re
from collections.abc import Collection, Sequence
from email.parser import BytesParser

from supplytrust.ecosystems.pypi.wheel_record import BytesMembers, compare_record
from supplytrust.errors import MalformedTomlError
from supplytrust.evidence.repository.artifact_diff import BuildFacts, PackagingRules, places_below
from supplytrust.formats.python_ast import syntax_tree
from supplytrust.formats.toml import read_toml
from supplytrust.model.subject import ArtifactKind, normal_name, requirement_name, same_version

_METADATA_FOLDER = re.compile(r"(?:^|/)[^/]+\.(?:egg-info|dist-info)/([^/]+)$")
_WHEEL_KEYS = frozenset({"wheel-version", "generator", "root-is-purelib", "tag", "build"})
_LINES = frozenset(
    {"top_level.txt", "namespace_packages.txt", "SOURCES.txt", "zip-safe", "not-zip-safe", "dependency_links.txt"}
)
_JSON = frozenset({"pbr.json", "scm_file_list.json", "scm_version.json", "metadata.json"})
EGG_INFO_FILES = frozenset({"PKG-INFO", "requires.txt"}) | _LINES | _JSON  # written by backends, read by no build
_EGG_INFO_KEYS = frozenset({"tag_build", "tag_date", "tag_svn_revision"})
_LONG_BLANK = re.compile(r"[^\S\n]{256}")
_PLAIN = re.compile(r"[\w./ +@~,()\[\]-]*$")
_DATA_SCHEME = re.compile(r"^[^/]+\.data/(?:purelib|platlib)/")
_SCRIPT = re.compile(r"^[^/]+\.data/scripts/([^/]+)$")
_SCRIPT_FOLDERS = frozenset({"", "bin", "scripts"})
_PYTHON_SUFFIX = re.compile(r"-?[23](?:\.\d{1,2})?$")
_INTERPRETER = re.compile(rb"\A#![^\n]*python[^\n]*\n")


def is_build_output(path: str, data: bytes, known: BuildFacts, before: Sequence[bytes], *, in_tree: bool) -> bool:
    """Whether a build explains this file. `before` holds what the tree has at its path, as far as readable."""
    if len(data) > 4 * 2**20:
        return False
    name = posixpath.basename(path)
    inside = _METADATA_FOLDER.search(path)
    if not in_tree and (inside is not None or path == "PKG-INFO"):
        return _metadata(path, inside.group(1) if inside else name, data, known)
    if path == "setup.cfg":
        return is_built_setup_cfg(data, before, in_tree=in_tree)
    if path == "pyproject.toml":
        return any(is_built_pyproject(data, old, known.version) for old in before)
    if name.endswith(".py"):
        return _module(path, data, known, before, in_tree=in_tree)
    return False


def _metadata(path: str, name: str, data: bytes, known: BuildFacts) -> bool:
    if name in ("PKG-INFO", "METADATA"):
        fields = BytesParser().parsebytes(data, headersonly=True)
        named, version = str(fields.get("Name", "")), str(fields.get("Version", ""))
        return normal_name(named) == normal_name(known.name) and same_version(version, known.version)
    if name == "RECORD":
        return compare_record(data, path, BytesMembers(known.members)).holds
    if name == "WHEEL":
        fields = BytesParser().parsebytes(data, headersonly=True)
        return {k.lower() for k in fields} <= _WHEEL_KEYS and "Wheel-Version" in fields
    text = _text(data)
    if text is None:
        return False
    if name == "entry_points.txt":
        return _entry_points(text, known.config)
    if name == "requires.txt":
        lines = [line.strip() for line in text.splitlines()]
        return all(not line or line.startswith("[") or requirement_name(line) for line in lines)
    if name in _JSON:
        return _is_json(text)
    return name in _LINES and all(_PLAIN.match(line) for line in text.splitlines())


def _entry_points(text: str, config: str) -> bool:
    """Every entry's name and target is written in the tree's build configuration.

    A name may have the Python's version behind it (`pip3.11`, `coverage-3.11`), which builds compute.
    """
    parsed = _ini(text, delimiters=("=",))
    if parsed is None:
        return False
    entries = [(k, v) for section in parsed.values() for k, v in section.items()]
    targets = all(v.partition("[")[0].strip() in config for _, v in entries)
    return targets and all(k in config or _PYTHON_SUFFIX.sub("", k) in config for k, _ in entries)


def is_built_setup_cfg(data: bytes, before: Sequence[bytes], *, in_tree: bool) -> bool:
    """Whether nothing but `[egg_info]` was written into a `setup.cfg` (`before`: what is in the tree)."""
    now = _ini(_text(data) or "\x00")
    if now is None:
        return False
    tags = now.pop("egg_info", {})
    if not in_tree:
        return not now and tags.keys() <= _EGG_INFO_KEYS
    for old in before:
        then = _ini(_text(old) or "\x00")
        if then is not None:
            kept = then.pop("egg_info", {})
            changed = {k for k in tags.keys() | kept.keys() if tags.get(k) != kept.get(k)}
            if now == then and changed <= _EGG_INFO_KEYS:
                return True
    return False


def is_built_pyproject(data: bytes, before: bytes, version: str) -> bool:
    """Whether a backend wrote the tree's `pyproject.toml` anew: the same values, and a dynamic version as it now is.

    pdm-backend does so in every sdist. Order of tables, quotes and comments mean nothing to whoever reads the file.
    """
    try:
        now, then = read_toml(data), read_toml(before)
    except MalformedTomlError:
        return False
    project, old = now.get("project"), then.get("project")
    if isinstance(project, dict) and isinstance(old, dict):
        names = old.get("dynamic", [])
        written = project.get("version")
        dynamic = isinstance(names, list) and "version" in names and "version" not in old
        if dynamic and isinstance(written, str) and same_version(written, version):
            old |= {"dynamic": [name for name in names if name != "version"], "version": written}
        for table in (project, old):
            if table.get("dynamic") == []:
                del table["dynamic"]
    one, other = (json.dumps(tables, sort_keys=True, default=repr) for tables in (now, then))  # there 1 is not true
    return one == other


def _module(path: str, data: bytes, known: BuildFacts, before: Sequence[bytes], *, in_tree: bool) -> bool:
    if path == "setup.py" and is_plain_setup(data, known.name, known.version):
        return True
    if in_tree:
        return any(differ_in_version_only(old, data, known.version) for old in before)
    return is_version_file(path, data, known.version)


def _ini(text: str, delimiters: tuple[str, ...] = ("=", ":")) -> dict[str, dict[str, str]] | None:
    """Sections and options; None for what is no such file."""
    if _is_broken(text, delimiters):
        return None
    parser = configparser.RawConfigParser(delimiters=delimiters, strict=True)
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    try:
        parser.read_string(text)
    except (configparser.Error, ValueError):
        return None
    return {name: {k: "\n".join(v.split()) for k, v in parser.items(name)} for name in parser.sections()}


def _is_broken(text: str, delimiters: tuple[str, ...]) -> bool:
    """Whether a line is no option. One is enough: the parser collects them all, in time that grows with their square.

    So it does within a line of blanks, which nobody writes.
    """
    if "\x00" in text or _LONG_BLANK.search(text):
        return True
    indent_of_option: int | None = None
    for line in text.split("\n"):
        stripped = line.strip()
        indent = len(line) - len(line.lstrip())
        if not stripped or stripped[0] in "#;" or (indent_of_option is not None and indent > indent_of_option):
            continue
        if stripped[0] == "[" and "]" in stripped[2:]:
            indent_of_option = None
        elif not any(stripped.find(delimiter) > 0 for delimiter in delimiters) or stripped[0] in delimiters:
            return True
        else:
            indent_of_option = indent
    return False


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _text(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _is_installed_script(path: str, data: bytes, before: Sequence[bytes]) -> bool:
    """Whether it is a script of the tree whose first line was rewritten for the installer (PyPA, binary distribution
    format: `#!python`)."""
    if not _SCRIPT.match(path) or not data.startswith(b"#!python"):
        return False
    return any(_INTERPRETER.match(b) and _INTERPRETER.sub(b"", b) == _INTERPRETER.sub(b"", data) for b in before)


def _explains(path: str, data: bytes, known: BuildFacts, before: Sequence[bytes], in_tree: bool) -> bool:  # noqa: FBT001
    return is_build_output(path, data, known, before, in_tree=in_tree) or _is_installed_script(path, data, before)


def _places(path: str, leaves: Collection[str], prefixes: tuple[str, ...]) -> list[str]:
    """Scripts by their name, wherever trees have such; everything else below the folders of the layout."""
    script = _SCRIPT.match(path)
    if script:
        named = (p for p in leaves if posixpath.basename(p) == script[1])
        return sorted(p for p in named if posixpath.basename(posixpath.dirname(p)) in _SCRIPT_FOLDERS)
    return places_below(_DATA_SCHEME.sub("", path), leaves, prefixes)


PACKAGING = PackagingRules(
    _explains,
    _places,
    installed=frozenset([ArtifactKind.WHEEL]),
    folders=("", "src/", "lib/"),
    config_names=("pyproject.toml", "setup.cfg", "setup.py"),
    metadata_folders=(".dist-info/", ".egg-info/"),
)


# --- Python modules that only name constants: what version writers put into a release. Read as a tree, never run.

_REACHING = frozenset({"setup_requires", "dependency_links", "cmdclass", "ext_modules", "distclass", "script_args"})
MAX_SOURCE = 256 * 1024
_VERSION_FILE = re.compile(r"version|about|(?:^|_)ver(?=[_.])", re.IGNORECASE)
_VERSION_NAME = re.compile(
    r"^_{0,2}(?:version|release|commit|git|build|revision|author|title|copyright|about)[a-z0-9_]*$", re.IGNORECASE
)
_DUNDER_ALLOWED = re.compile(
    r"^__(?:version\w*|all|commit_id|author\w*|license|title|release\w*|copyright|url|description)__$"
)


def is_version_file(path: str, data: bytes, version: str) -> bool:
    """A module called after the version that holds constants only, the given version among them."""
    tree = syntax_tree(data, MAX_SOURCE) if _VERSION_FILE.search(posixpath.basename(path)) else None
    return tree is not None and all(_constant(s) for s in tree.body) and _names_version(tree, version)


def differ_in_version_only(old: bytes, new: bytes, version: str) -> bool:
    """Two modules that are one but for string constants given to version names, now naming the given version."""
    before, after = syntax_tree(old, MAX_SOURCE), syntax_tree(new, MAX_SOURCE)
    if before is None or after is None or not _names_version(after, version):
        return False
    return ast.dump(_Blank().visit(before)) == ast.dump(_Blank().visit(after))


def is_plain_setup(data: bytes, name: str, version: str) -> bool:
    """The setup script that some build backends write: constants and one call of `setup(**constants)`.

    Not one that names keys by which setuptools fetches or runs more than the package itself.
    """
    tree = syntax_tree(data, MAX_SOURCE)
    if tree is None or not _names_version(tree, version):
        return False
    named = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    named |= {k.arg for n in ast.walk(tree) if isinstance(n, ast.Call) for k in n.keywords if k.arg}
    if named & _REACHING or not any(normal_name(text) == normal_name(name) for text in named if len(text) < 100):
        return False
    return all(_constant(s) or _imports_setup(s) or _calls_setup(s) for s in tree.body)


def _constant(node: ast.stmt) -> bool:
    """A docstring, an assignment of constants, or a type import that only checkers see."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Assign):
        return all(_plain_target(t) for t in node.targets) and _plain_value(node.value)
    if isinstance(node, ast.AnnAssign):
        return _plain_target(node.target) and (node.value is None or _plain_value(node.value))
    if isinstance(node, ast.ImportFrom):
        return node.module in ("__future__", "typing") and node.level == 0
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name | ast.Constant) and all(_constant(s) for s in (*node.body, *node.orelse))
    return False


def _plain_target(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple):
        return all(_plain_target(e) for e in node.elts)
    return isinstance(node, ast.Name) and (not node.id.startswith("__") or bool(_DUNDER_ALLOWED.match(node.id)))


def _plain_value(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant | ast.Name):
        return True
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return all(_plain_value(e) for e in node.elts)
    if isinstance(node, ast.Dict):
        return all(
            k is not None and _plain_value(k) and _plain_value(v) for k, v in zip(node.keys, node.values, strict=True)
        )
    if isinstance(node, ast.Subscript):  # Tuple[Union[int, str], ...] in annotations kept as values
        return _plain_value(node.value) and _plain_value(node.slice)
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.BitOr)
        and _plain_value(node.left)
        and _plain_value(node.right)
    )


def _names_version(tree: ast.Module, version: str) -> bool:
    texts = (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))
    return any(same_version(text, version) for text in texts if len(text) < 100)


def _imports_setup(node: ast.stmt) -> bool:
    if not isinstance(node, ast.ImportFrom) or node.module not in ("setuptools", "distutils.core"):
        return False
    return [(n.name, n.asname) for n in node.names] == [("setup", None)]


def _calls_setup(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call) or node.value.args:
        return False
    call = node.value
    return (
        isinstance(call.func, ast.Name)
        and call.func.id == "setup"
        and all(_plain_value(k.value) for k in call.keywords)
    )


class _Blank(ast.NodeTransformer):
    """Takes the text out of constants that are given to a version name at the top of a module."""

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        names = [t.id for t in node.targets if isinstance(t, ast.Name)]
        if node.col_offset == 0 and len(names) == len(node.targets) and all(_VERSION_NAME.match(n) for n in names):
            return ast.Assign(node.targets, ast.Constant("")) if isinstance(node.value, ast.Constant) else node
        return node
