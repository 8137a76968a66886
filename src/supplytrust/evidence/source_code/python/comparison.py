"""Whether what is secret is compared in constant time. CWE-208; Python documentation, `hmac.compare_digest`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from supplytrust.evidence.source_code.python_module import Place
from supplytrust.evidence.source_code.rules import (
    CHECKS_PASSWORD,
    COMPARED,
    COMPARED_PASSWORD,
    EQUALITY,
    EXPECTED,
    FIT,
    PASSWORD,
    SIGNATURE,
    TWICE,
    Hit,
)
from supplytrust.model.claims.code import Family

FAMILY = Family.COMPARISON
CALLS = frozenset({"compare_digest", "constant_time_compare", "bytes_eq", "safe_str_cmp"})
_MAC = re.compile(
    r"^(hmac\.(new|HMAC)|(cryptography|Crypto|Cryptodome)\.[\w.]*(HMAC|CMAC)(\.new)?)\(\)\.(hexdigest|digest|finalize)\(\)"
    r"|^hmac\.digest\(\)"
)
_DIGEST = re.compile(r"^hashlib\.\w+\(\)\.(hexdigest|digest)\(\)")
_LENGTH = re.compile(r"^(len|type|isinstance|str|id|hash|bool)\(\)$")


def call(_place: Place, _call: ast.Call, _name: str) -> Iterator[Hit]:
    """A comparison as it should be."""
    yield FIT


def compare(place: Place, node: ast.Compare) -> Iterator[Hit]:
    """`==` or `!=` with something that its names or origin show to be secret."""
    sides = (node.left, node.comparators[0])
    if any(isinstance(s, ast.Constant | ast.Tuple | ast.List | ast.Dict | ast.UnaryOp | ast.BinOp) for s in sides):
        return
    words = [_last_word(side) for side in sides]
    if any(map(_constant_like, words)) or EQUALITY.search(place.function):
        return
    origins = [place.origins(side) for side in sides if _may_hide(side)]
    if any(_LENGTH.match(place.name(side)) for side in sides):
        return
    if any(_MAC.match(origin) for made in origins for origin in made):
        yield Hit("variable-time-compare", "high", f"a MAC is compared with == in {place.where}")
    elif _of_password(place, origins, words):
        yield Hit("variable-time-compare", "high", f"the digest of a password is compared with == in {place.where}")
    elif _names_a_secret(place, words, sides):
        yield Hit("variable-time-compare", "low", f"{' and '.join(filter(None, words))} compared in {place.where}")


def _may_hide(side: ast.expr) -> bool:
    return isinstance(side, ast.Name | ast.Call | ast.Attribute | ast.Subscript)


def _of_password(place: Place, origins: list[frozenset[str]], words: list[str]) -> bool:
    made = [o for one in origins for o in one]
    about = any(PASSWORD.search(text) for text in (place.function, *words, *made))
    return about and any(map(_DIGEST.match, made)) and CHECKS_PASSWORD.search(place.function) is not None


def _names_a_secret(place: Place, words: list[str], sides: tuple[ast.expr, ast.expr]) -> bool:
    if not all(words) or any(map(TWICE.search, words)):
        return False
    if any(map(COMPARED.search, words)):
        return True
    if any(map(COMPARED_PASSWORD.search, words)):  # where nothing is checked, settings are compared
        return CHECKS_PASSWORD.match(place.function.lstrip("_")) is not None
    if any(map(SIGNATURE.search, words)):
        around = " ".join((place.function, *words, *(place.name(s) for s in sides)))
        return EXPECTED.search(around) is not None and "inspect" not in place.module.imports
    return False


def _constant_like(word: str) -> bool:
    return word.isupper() or word.lower() in ("empty", "none")


def _last_word(side: ast.expr) -> str:
    """The name, attribute or key that the side ends in; '' for anything else."""
    if isinstance(side, ast.Await):
        side = side.value
    if isinstance(side, ast.Name):
        return side.id
    if isinstance(side, ast.Attribute):
        return side.attr
    key = side.slice if isinstance(side, ast.Subscript) else None
    if isinstance(side, ast.Call) and isinstance(side.func, ast.Attribute) and side.func.attr == "get" and side.args:
        key = side.args[0]
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
