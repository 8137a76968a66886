"""Lengths of keys, rounds of key derivation, literal keys. NIST SP 800-57 part 1 r5, SP 800-132, RFC 8018 §4.2."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from supplytrust.evidence.source_code.python_module import Place
from supplytrust.evidence.source_code.rules import FIT, READS_OLD, Hit
from supplytrust.model.claims.code import Family

FAMILY = Family.KEYS
_MAKERS = {  # keyword and position of the size in bits
    "rsa.generate_private_key": ("key_size", 1),
    "dsa.generate_private_key": ("key_size", 0),
    "dh.generate_parameters": ("key_size", 1),
    "RSA.generate": ("bits", 0),
    "DSA.generate": ("bits", 0),
    "RSAKey.generate": ("bits", 0),
    "DSSKey.generate": ("bits", 0),
    "rsa.newkeys": ("nbits", 0),
    "PKey().generate_key": ("bits", 1),
}
_ROUNDS = {
    "pbkdf2_hmac": ("iterations", 3),
    "PBKDF2HMAC": ("iterations", 3),
    "PBKDF2": ("count", 3),
    "PBKDF1": ("count", 3),
}
_COST = {"gensalt": ("rounds", 0)}
_SHORT_CURVES = re.compile(r"\.(SECP192R1|SECT163[KR][12]|SECP160\w+|SECP112\w+|SECP128\w+)(\(\))?$")
_EVIDENT = re.compile(r"secret|change|passw|default|test|key|token|admin", re.IGNORECASE)
SHORTEST_KEY = 2048
FEWEST, FEW = 10_000, 100_000
CALLS = frozenset(
    {
        "generate_private_key", "generate_parameters", "generate", "newkeys", "generate_key", "gensalt", "scrypt",
        "new", "encode", "digest", "HMAC", "Scrypt", *_ROUNDS,
    }
)  # fmt: skip


def call(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    """All rules at one call."""
    root, _, last = name.rpartition(".")
    if last in ("new", "encode", "digest", "HMAC"):
        yield from _literal(place, call, name)
    elif last in _ROUNDS:
        yield from _rounds(place, call, last)
    elif name == "bcrypt.gensalt":
        yield from _fewer(place, place.argument_value(call, *_COST[last]), 10, 10, "bcrypt cost")
    elif last.lower() == "scrypt" and root.partition(".")[0] in ("hashlib", "cryptography", "Crypto", "Cryptodome"):
        keyword, position = ("N", 3) if root.startswith("Crypto") else ("n", 2 if last == "Scrypt" else -1)
        yield from _fewer(place, place.argument_value(call, keyword, position), 2**12, 2**14, "scrypt N")
    elif name.endswith("ec.generate_private_key"):
        yield from _curve(place, call)
    else:
        yield from _size(place, call, name)


def _size(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    maker = next((m for m in _MAKERS if name == m or name.endswith("." + m)), "")
    if maker:
        size = place.argument_value(call, *_MAKERS[maker])
        if isinstance(size, int) and size < SHORTEST_KEY:
            probe = place.dropped and not maker.startswith("PKey")
            yield Hit("short-key", "info" if probe else "high", f"{maker} with {size} bits")
        else:
            yield FIT


def _curve(place: Place, call: ast.Call) -> Iterator[Hit]:
    given = place.argument(call, "curve", 0)
    curve = _SHORT_CURVES.search(place.name(given)) if given is not None else None
    yield Hit("short-key", "high", f"curve {curve.group(1)}") if curve else FIT


def _rounds(place: Place, call: ast.Call, last: str) -> Iterator[Hit]:
    yield from _fewer(place, place.argument_value(call, *_ROUNDS[last]), FEWEST, FEW, f"{last} rounds")


def _fewer(place: Place, given: object, fewest: int, few: int, what: str) -> Iterator[Hit]:
    if not isinstance(given, int) or given >= few:
        yield FIT
        return
    if place.dropped:
        yield Hit("few-rounds", "info", f"{what}: {given}, the result is not used")
        return
    grave = given < fewest and not READS_OLD.search(place.function)
    yield Hit("few-rounds", "high" if grave else "low", f"{what}: {given} in {place.where}")


def _literal(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    """A MAC or token under a literal key; zeros are what HKDF extracts with (RFC 5869 §2.2)."""
    if name in ("hmac.new", "hmac.HMAC", "hmac.digest"):
        key = place.argument_value(call, "key", 0)
    elif name in ("jwt.encode", "jose.jwt.encode"):
        key = place.argument_value(call, "key", 1)
    else:
        return
    plain = key.decode("latin-1") if isinstance(key, bytes) else key
    if not isinstance(plain, str) or not plain.strip("\x00"):
        yield FIT
        return
    evident = name.endswith("jwt.encode") or len(plain) <= 8 or _EVIDENT.search(plain)
    yield Hit("short-mac-key", "high" if evident else "low", f"a literal key for {name} in {place.where}")
