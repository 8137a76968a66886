"""Digests, ciphers, modes and nonces. NIST SP 800-131A r2, SP 800-38A, SP 800-38D §8 (nonces), RFC 6151, RFC 7465."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from supplytrust.evidence.source_code.build_module import dotted_name
from supplytrust.evidence.source_code.python_module import Place
from supplytrust.evidence.source_code.rules import FIT, PASSWORD, READS_OLD, SECRET, STORES_PASSWORD, Hit
from supplytrust.model.claims.code import Family

FAMILY = Family.PRIMITIVES
_WEAK = frozenset({"md2", "md4", "md5", "sha", "sha1", "sha-1", "ripemd160", "ripemd"})
_HASHLIB = frozenset({"sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s", "sha3_256", "sha3_512", "scrypt"})
_ALGORITHMS = frozenset({"TripleDES", "ARC4", "Blowfish", "IDEA", "CAST5", "SEED", "RC2"})
_MODES = {"ECB": -1, "CBC": 0, "CTR": 0, "CFB": 0, "CFB8": 0, "OFB": 0, "GCM": 0}
_UNAUTHENTICATED = frozenset({"CBC", "CTR", "CFB", "CFB8", "OFB"})
_AEAD = re.compile(r"(^|\.)(AESGCM|AESCCM|ChaCha20Poly1305|AESOCB3)\(\)\.(encrypt|decrypt)$")
_PYCRYPTO = re.compile(r"^Crypto(dome)?\.Cipher\.(\w+)\.new$")
_PYCRYPTO_WEAK = frozenset({"DES", "DES3", "ARC2", "ARC4", "Blowfish", "CAST", "XOR"})
_HASHES = ("Crypto.Hash", "Cryptodome.Hash")
_STANDING = frozenset({"MGF1", "OAEP", "HMAC", "PBKDF2HMAC", "HKDF", "HKDFExpand", "TOTP", "HOTP"})
_SINGLE_BLOCKS = re.compile(r"cmac|sub_?key|wrap|xts|ghash|header_protection|_block", re.IGNORECASE)
_CURRENT = frozenset({"Fernet", "SecretBox", "SealedBox", "Box", "AES", "ChaCha20", "SHA256", "SHA384", "SHA512"})
CALLS = (
    frozenset({"new", "encrypt", "decrypt", "HMAC", "digest", "MD5", "SHA1", "SHA", "MD4", "RIPEMD160"})
    | (_WEAK - {"sha-1", "sha"})
    | _HASHLIB
    | _ALGORITHMS
    | _MODES.keys()
    | _CURRENT
)


def call(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    """All rules at one call."""
    root, _, last = name.rpartition(".")
    if root == "hmac":
        yield from _mac(place, call, last)
    elif root == "hashlib" or root.endswith("primitives.hashes") or root.startswith(_HASHES):
        yield from _digest(place, call, name)
    elif _AEAD.search(name):
        yield from _nonce(place, place.argument_value(call, "nonce", 0), last)
    elif last in _CURRENT and root.startswith(("cryptography.", "nacl.")):
        yield FIT
    else:
        yield from _cipher(place, call, name)


def _cipher(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    root, _, last = name.rpartition(".")
    library = _PYCRYPTO.match(name)
    if root.endswith("ciphers.modes"):
        yield from _mode(place, call, last)
    elif last in _ALGORITHMS and root.endswith(("ciphers.algorithms", "ciphers")):
        yield Hit("weak-cipher", _grave(place), f"{last} in {place.where}")
    elif library is not None:
        yield from _pycryptodome(place, call, library.group(2))
    elif last == "new" and any(place.name(a).endswith(".MODE_ECB") for a in call.args):
        yield Hit("ecb-mode", "info", f"single blocks of {name or 'a cipher'} in {place.where}")


def _digest(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    digest = _digest_name(place, call, name)
    if digest not in _WEAK:
        if digest:
            yield FIT
        return
    if _only_named(place, name):
        return
    if place.argument_value(call, "usedforsecurity") is False:
        yield Hit("weak-digest", "info", f"{digest}, marked as not for security")
        return
    words = " ".join(_words(call))
    stored = STORES_PASSWORD.search(place.function) and (PASSWORD.search(words) or not words)
    signed = place.function.lstrip("_").startswith("sign") and (
        name.startswith("cryptography.") or SECRET.search(words)
    )
    yield Hit("weak-digest", "high" if stored or signed else "low", f"{digest} in {place.where}")


def _only_named(place: Place, name: str) -> bool:
    """A size asked for, an entry of a table, or a part of a scheme that stands with SHA-1 (SP 800-131A §9)."""
    return (
        (place.within in _STANDING and name.endswith("SHA1"))
        or place.target == "digest_size"
        or (not place.function and "primitives.hashes" in name)
    )


def _digest_name(place: Place, call: ast.Call, name: str) -> str:
    root, _, last = name.rpartition(".")
    if last != "new":
        return last.lower()
    if root == "hashlib":
        given = place.argument_value(call, "name", 0)
        return given.lower() if isinstance(given, str) else ""
    return root.rpartition(".")[2].lower()


def _mac(place: Place, call: ast.Call, last: str) -> Iterator[Hit]:
    """HMAC stands with MD5 and SHA-1 (RFC 6151 §2.3), but new uses should not choose MD5."""
    position = 2
    given = place.argument(call, "digest" if last == "digest" else "digestmod", position)
    chosen = place.constant(given) if given is not None else None
    name = chosen if isinstance(chosen, str) else place.name(given).rpartition(".")[2] if given is not None else ""
    weak = name.lower() in ("md2", "md4", "md5")
    yield Hit("weak-digest", "low", f"HMAC with {name} in {place.where}") if weak else FIT


def _mode(place: Place, call: ast.Call, mode: str) -> Iterator[Hit]:
    if mode == "ECB":
        yield Hit("ecb-mode", _grave_ecb(place), f"ECB in {place.where}")
        return
    if mode in _UNAUTHENTICATED and not place.module.names_import("hmac"):
        yield Hit("unauthenticated-mode", "info", f"{mode} in {place.where}, no MAC in this module")
    yield from _nonce(place, place.argument_value(call, "nonce", 0), mode)


def _pycryptodome(place: Place, call: ast.Call, cipher: str) -> Iterator[Hit]:
    if cipher in _PYCRYPTO_WEAK:
        yield Hit("weak-cipher", _grave(place), f"{cipher} in {place.where}")
        return
    mode = place.argument(call, "mode", 1)
    chosen = place.name(mode).rpartition("MODE_")[2] if mode is not None else ""
    if chosen == "ECB":
        yield Hit("ecb-mode", _grave_ecb(place), f"{cipher} in ECB mode in {place.where}")
        return
    given = [place.argument_value(call, "iv"), place.argument_value(call, "nonce"), place.argument_value(call, "IV", 2)]
    yield from _nonce(place, next((g for g in given if isinstance(g, bytes)), None), chosen)


def _nonce(place: Place, given: object, mode: str) -> Iterator[Hit]:
    """A constant nonce. A CBC of zeros is what some protocols ask for; a reused GCM nonce gives the key away."""
    if not isinstance(given, bytes) or len(given) < 8:
        yield FIT
        return
    asked_for = mode in _UNAUTHENTICATED and not given.strip(b"\x00")
    yield Hit("fixed-nonce", "low" if asked_for else _grave(place), f"a constant nonce in {place.where}")


def _grave(place: Place) -> str:
    """What reads an old format, or only defines or probes something for the module, is less grave."""
    return "low" if not place.function or READS_OLD.search(place.function) else "high"


def _grave_ecb(place: Place) -> str:
    return "low" if _SINGLE_BLOCKS.search(place.function) else _grave(place)


def _words(call: ast.Call) -> Iterator[str]:
    for value in (*call.args, *(k.value for k in call.keywords)):
        yield from (dotted_name(n) for n in ast.walk(value) if isinstance(n, ast.Name | ast.Attribute))
