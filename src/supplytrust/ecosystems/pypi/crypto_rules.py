"""What in Python code about keys, digests, ciphers, randomness and TLS is worth a question. Pure, over syntax.

The rules ask for use, not for presence: a digest marked `usedforsecurity=False` is only told, a cipher in a
table is not an encryption. Key lengths: NIST SP 800-131A r2; modes: SP 800-38A; digests: SP 800-107 r1.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from supplytrust.ecosystems.pypi.python_source import dotted

_WEAK_DIGESTS = frozenset({"md4", "md5", "sha", "sha1", "sha-1", "ripemd160"})
_PASSWORD_STORE = re.compile(
    r"(hash|make|encode|encrypt|check|verify|store|set)_?(password|passwd|pw)\b", re.IGNORECASE
)
_PASSWORD = re.compile(r"passw(or)?d|passphrase", re.IGNORECASE)
SECRET = re.compile(
    r"passw(or)?d|passphrase|secret|api_?key|private_?key|session_?(id|key)|otp|csrf"
    r"|(access|auth|api|session|secret|reset|bearer|security)_?token|(make|generate|gen|create|new)_?token",
    re.IGNORECASE,
)
_LESS = re.compile(r"\b(token|nonce|salt)\b|_(token|nonce|salt)\b", re.IGNORECASE)
_RANDOM = frozenset(
    "random." + name for name in ("choice", "choices", "getrandbits", "randint", "random", "randrange", "sample")
)
_READS_OLD = re.compile(r"decrypt|decode|load|read|parse|unwrap|verify|from_", re.IGNORECASE)
_WEAK_CIPHERS = frozenset({"TripleDES", "ARC4", "Blowfish", "IDEA", "CAST5", "SEED", "RC2"})
_WEAK_CIPHER_MODULES = re.compile(r"^Crypto(dome)?\.Cipher\.(DES|DES3|ARC2|ARC4|Blowfish|CAST)\.new$")
_SHORT_CURVES = re.compile(r"\.(SECP192R1|SECT163[KR][12]|SECP160\w+|SECP112\w+|SECP128\w+)$")
_KEY_MAKERS = {  # keyword and position of the size in bits
    "rsa.generate_private_key": ("key_size", 1),
    "dsa.generate_private_key": ("key_size", 0),
    "dh.generate_parameters": ("key_size", 1),
    "RSA.generate": ("bits", 0),
    "DSA.generate": ("bits", 0),
    "rsa.newkeys": ("nbits", 0),
}
SHORTEST_KEY = 2048


@dataclass(frozen=True, slots=True)
class Place:
    """A node with what surrounds it. `name` resolves imports: `h.md5` is `hashlib.md5` after `import hashlib as h`."""

    node: ast.AST
    function: str
    target: str  # what the value is bound to, as far as names tell
    name: Callable[[ast.expr], str]
    macs: frozenset[str]  # names bound to an HMAC's result in this module


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that fits: `severity` is info, low or high."""

    rule: str
    severity: str
    text: str


def hits(place: Place) -> Iterator[Hit]:
    """All rules at one node."""
    if isinstance(place.node, ast.Call):
        name = place.name(place.node.func)
        for rule in (_digest, _cipher, _short_key, _random, _tls):
            yield from rule(place, place.node, name)
    elif isinstance(place.node, ast.Compare):
        yield from _compare(place, place.node)
    elif isinstance(place.node, ast.Assign):
        yield from _tls_off(place, place.node)


def _digest(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    digest = _digest_name(call, name)
    if digest not in _WEAK_DIGESTS:
        return
    if _is_false(_keyword(call, "usedforsecurity")):
        yield Hit("weak-digest", "info", f"{digest}, marked as not for security")
        return
    words = " ".join(_words(call))
    stored = _PASSWORD_STORE.search(place.function) and (_PASSWORD.search(words) or not words)
    signed = place.function.startswith("sign") and name.startswith("cryptography.")
    yield Hit("weak-digest", "high" if stored or signed else "low", f"{name or digest} in {place.function or 'module'}")


def _digest_name(call: ast.Call, name: str) -> str:
    root, _, last = name.rpartition(".")
    if root == "hashlib":
        first = call.args[0] if call.args else _keyword(call, "name")
        return _text(first).lower() if last == "new" else last.lower()
    if root.startswith(("Crypto.Hash", "Cryptodome.Hash")) and last == "new":
        return root.rpartition(".")[2].lower()
    return last.lower() if root.endswith("primitives.hashes") else ""


def _cipher(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    root, _, last = name.rpartition(".")
    where = f"{name} in {place.function or 'module'}"
    grave = "low" if _READS_OLD.search(place.function) else "high"
    if last == "ECB" and root.endswith("ciphers.modes"):
        yield Hit("ecb-mode", grave, where)
    if last == "new" and any(place.name(a).endswith(".MODE_ECB") for a in _values(call)):
        known = name.startswith(("Crypto.", "Cryptodome."))  # else a block mode being built from single blocks
        yield Hit("ecb-mode", grave if known else "low", where)
    if _WEAK_CIPHER_MODULES.match(name) or (last in _WEAK_CIPHERS and root.endswith("ciphers.algorithms")):
        yield Hit("weak-cipher", grave, where)


def _short_key(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    maker = next((m for m in _KEY_MAKERS if name == m or name.endswith("." + m)), "")
    if maker:
        keyword, position = _KEY_MAKERS[maker]
        size = _keyword(call, keyword) or next(iter(call.args[position : position + 1]), None)
        if isinstance(size, ast.Constant) and isinstance(size.value, int) and size.value < SHORTEST_KEY:
            yield Hit("short-key", "high", f"{maker} with {size.value} bits")
    if name.endswith("ec.generate_private_key"):
        curves = [place.name(v.func if isinstance(v, ast.Call) else v) for v in _values(call)]
        yield from (
            Hit("short-key", "high", f"curve {c.rpartition('.')[2]}") for c in curves if _SHORT_CURVES.search(c)
        )


def _random(place: Place, _call: ast.Call, name: str) -> Iterator[Hit]:
    if name not in _RANDOM:
        return
    purpose = f"{place.target} {place.function}"
    if SECRET.search(purpose):
        yield Hit("random-for-secret", "high", f"{name} for {place.target or place.function}")
    elif _LESS.search(purpose):
        yield Hit("random-for-secret", "low", f"{name} for {place.target or place.function}")


def _tls(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    if _is_false(_keyword(call, "verify")) and name.partition(".")[0] in ("requests", "httpx"):
        yield Hit("tls-unverified", "high", f"{name} with verify=False in {place.function or 'module'}")
    if name == "ssl._create_unverified_context":
        yield Hit("tls-unverified", "low", f"{name} in {place.function or 'module'}")


def _tls_off(place: Place, assign: ast.Assign) -> Iterator[Hit]:
    value, targets = place.name(assign.value), [place.name(t) for t in assign.targets]
    if value == "ssl._create_unverified_context" and "ssl._create_default_https_context" in targets:
        yield Hit("tls-unverified", "high", "certificates are not checked in the whole process")
    elif value == "ssl.CERT_NONE" and any(t.endswith(".verify_mode") for t in targets):
        yield Hit("tls-unverified", "low", f"CERT_NONE in {place.function or 'module'}")


def _compare(place: Place, compare: ast.Compare) -> Iterator[Hit]:
    if not isinstance(compare.ops[0], ast.Eq | ast.NotEq):
        return
    sides = [compare.left, *compare.comparators]
    if any(is_mac(side, place.name) or place.name(side) in place.macs for side in sides):
        yield Hit("variable-time-compare", "high", f"a MAC is compared with == in {place.function or 'module'}")


def is_mac(value: ast.expr, name: Callable[[ast.expr], str]) -> bool:
    """`hmac.new(...).digest()`, `.hexdigest()` or `hmac.digest(...)`."""
    if not isinstance(value, ast.Call):
        return False
    if name(value.func) == "hmac.digest":
        return True
    inner = value.func.value if isinstance(value.func, ast.Attribute) else None
    ends = isinstance(value.func, ast.Attribute) and value.func.attr in ("digest", "hexdigest")
    return ends and isinstance(inner, ast.Call) and name(inner.func) in ("hmac.new", "hmac.HMAC")


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in call.keywords if k.arg == name), None)


def _values(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(k.value for k in call.keywords)]


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _words(call: ast.Call) -> Iterator[str]:
    for value in _values(call):
        yield from (dotted(n) for n in ast.walk(value) if isinstance(n, ast.Name | ast.Attribute))
