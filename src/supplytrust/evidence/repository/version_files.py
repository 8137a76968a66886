"""Python modules that only name constants: what version writers put into a release. Read as a tree, never run."""

from __future__ import annotations

import ast
import posixpath
import re

from supplytrust.formats.python_ast import syntax_tree
from supplytrust.model.package_names import normal_name, same_version

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
