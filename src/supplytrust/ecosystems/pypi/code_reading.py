"""Reads the Python of an artifact as syntax: what it is made of, and where it uses cryptography."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from supplytrust.ecosystems.pypi import crypto_rules
from supplytrust.ecosystems.pypi.contents import Contents
from supplytrust.ecosystems.pypi.crypto_rules import Place, hits, is_mac
from supplytrust.ecosystems.pypi.python_source import dotted, tree
from supplytrust.model.claims.artifact import CodeComposition, CryptoUse, CryptoUses, MemberKind
from supplytrust.ports.archive import Entry
from supplytrust.ports.sniff import kind_of

MOST_NODES = 20_000_000
MOST_USES = 500
_LOOKED_AT = (ast.Call, ast.Compare, ast.Assign, ast.Import, ast.ImportFrom)
_BINDING = (ast.Assign, ast.AnnAssign, ast.AugAssign)
_LEAVES = (ast.Name, ast.Constant, ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)
_LIBRARIES = frozenset(
    {
        "hashlib", "hmac", "secrets", "ssl", "cryptography", "Crypto", "Cryptodome", "nacl", "OpenSSL",
        "rsa", "ecdsa", "jwt", "jose", "bcrypt", "passlib",
    }
)  # fmt: skip
_WORTH_PARSING = re.compile(
    rb"hashlib|hmac|\bssl\b|Crypto|cryptography|\brsa\b|verify\s*=\s*False|ECB|secrets|nacl|ecdsa|jwt|OpenSSL"
)
_SECRET = re.compile(crypto_rules.SECRET.pattern.encode() + rb"|token|nonce|salt", re.IGNORECASE)
_CTYPES = re.compile(rb"^\s*(import|from)\s+(ctypes|cffi|_ctypes)\b", re.MULTILINE)
_TEST = re.compile(r"(^|/)(tests?|testing|conftest\.py)(/|$)|(^|/)test_[^/]*$|_test\.py$")
_VENDORED = re.compile(r"(^|/)(_?vendor(ed)?([-_]\w+)?|third_?party|extern(al)?)/")
_EXAMPLE = re.compile(r"(^|/)(examples?|docs?|demos|samples|benchmarks?|tutorials?)/")
_COMPILED = (MemberKind.PYTHON, MemberKind.SOURCE, MemberKind.SCRIPT)


def composition(contents: Contents) -> CodeComposition:
    """Bytes by language outside tests and examples; compiled members count under `native`."""
    sizes: Counter[str] = Counter()
    native = 0
    for file in contents.files:
        kind, language = kind_of(file.path, file.head)
        if reach(file.path) in ("test", "example"):
            continue
        if kind is MemberKind.NATIVE:
            native += 1
            sizes["native"] += file.size
        elif kind in _COMPILED and language:
            sizes[language] += file.size
    users = [f.path for f in contents.files if f.data and f.kind is MemberKind.PYTHON and _CTYPES.search(f.data)]
    shipped = tuple(sorted(path for path in users if reach(path) not in ("test", "example")))
    return CodeComposition(contents.file_name, tuple(sorted(sizes.items())), native, shipped)


def crypto_uses(contents: Contents) -> CryptoUses:
    """Every Python module read; those whose text mentions nothing of the kind are not parsed."""
    modules = [f for f in contents.files if f.kind is MemberKind.PYTHON and not f.path.endswith(".pyi")]
    unread, touches, uses = 0, False, list[CryptoUse]()
    for file in modules:
        if file.data is None:
            unread += 1
        elif _worth_parsing(file.data):
            module = tree(file.data)
            unread += module is None
            read = _Module.of(module) if module is not None else None
            touches = touches or (read is not None and read.touches)
            uses += _uses(file, read) if read is not None else []
    ordered = sorted(set(uses), key=lambda u: (u.path, u.line, u.rule, u.text))
    return CryptoUses(contents.file_name, len(modules), unread, touches, tuple(ordered[:MOST_USES]))


def _worth_parsing(text: bytes) -> bool:
    return bool(_WORTH_PARSING.search(text)) or (b"random" in text and bool(_SECRET.search(text)))


def reach(path: str) -> str:
    """Who runs a module: library, test, vendored or example."""
    if _TEST.search(path):
        return "test"
    if _EXAMPLE.search(path):
        return "example"
    return "vendored" if _VENDORED.search(path) else "library"


@dataclass(frozen=True, slots=True)
class _Module:
    """What the rules look at: (node, function around it, name it is bound to), and what names stand for."""

    nodes: tuple[tuple[ast.AST, str, str], ...]
    names: dict[str, str]

    @classmethod
    def of(cls, module: ast.Module) -> _Module:
        """One pass over the tree."""
        nodes = tuple(_walk(module))
        return cls(nodes, {local: full for node, _, _ in nodes for local, full in _imported(node)})

    @property
    def touches(self) -> bool:
        """Whether a module for cryptography is imported."""
        return any(full.partition(".")[0] in _LIBRARIES for full in self.names.values())

    def name(self, node: ast.expr) -> str:
        """The dotted name of an expression with imports resolved."""
        first, dot, rest = dotted(node).partition(".")
        return self.names.get(first, first) + dot + rest

    def macs(self) -> frozenset[str]:
        """Names bound to the result of an HMAC anywhere in the module."""
        bound = [n for n, _, _ in self.nodes if isinstance(n, ast.Assign) and is_mac(n.value, self.name)]
        return frozenset(t.id for n in bound for t in n.targets if isinstance(t, ast.Name))


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.partition(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (top, top)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield from ((a.asname or a.name, f"{node.module}.{a.name}") for a in node.names)


def _uses(file: Entry, module: _Module) -> list[CryptoUse]:
    macs, found = module.macs(), []
    for node, function, target in module.nodes:
        for hit in hits(Place(node, function, target, module.name, macs)):
            line = int(getattr(node, "lineno", 0))
            found.append(CryptoUse(hit.rule, hit.severity, file.path, line, reach(file.path), hit.text[:100]))
    return found


def _walk(module: ast.Module) -> Iterator[tuple[ast.AST, str, str]]:
    """Calls, comparisons, assignments and imports in any depth, without recursion; bounded."""
    stack: list[tuple[ast.AST, str, str]] = [(module, "", "")]
    for _ in range(MOST_NODES):
        if not stack:
            return
        node, function, target = stack.pop()
        if isinstance(node, _LOOKED_AT):
            yield node, function, target
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function, target = node.name, ""
        elif isinstance(node, _BINDING):
            target = _bound(node)
        elif isinstance(node, ast.keyword):
            target = node.arg or target
        stack.extend((child, function, target) for child in _children(node))


def _bound(node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> str:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return " ".join(filter(None, map(dotted, targets)))


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Child nodes that can hold something to look at."""
    for value in vars(node).values():
        for child in value if isinstance(value, list) else (value,):
            if isinstance(child, ast.AST) and not isinstance(child, _LEAVES):
                yield child
