"""Rules for Python about primitives, keys and randomness, by syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from supplytrust.evidence.source_code.build_module import dotted_name
from supplytrust.evidence.source_code.python_module import Place
from supplytrust.evidence.source_code.rules import (
    FIT,
    OF_A_MODEL,
    ONCE,
    PASSWORD,
    READS_OLD,
    SECRET,
    STORES_PASSWORD,
    Hit,
    PythonRules,
)
from supplytrust.model.claims.code import Family

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
_PRIMITIVE_CALLS = (
    frozenset({"new", "encrypt", "decrypt", "HMAC", "digest", "MD5", "SHA1", "SHA", "MD4", "RIPEMD160"})
    | (_WEAK - {"sha-1", "sha"})
    | _HASHLIB
    | _ALGORITHMS
    | _MODES.keys()
    | _CURRENT
)


def check_primitive(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
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


# Lengths of keys, rounds of key derivation, literal keys. NIST SP 800-57 part 1 r5, SP 800-132, RFC 8018 §4.2.

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
_KEY_CALLS = frozenset(
    {
        "generate_private_key", "generate_parameters", "generate", "newkeys", "generate_key", "gensalt", "scrypt",
        "new", "encode", "digest", "HMAC", "Scrypt", *_ROUNDS,
    }
)  # fmt: skip


def check_key_call(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
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


# Where secrets come from. CWE-338; PEP 506 (`secrets`); RFC 4086.

_DRAWS = frozenset(
    {
        "choice", "choices", "getrandbits", "randint", "random", "randrange", "sample", "randbytes", "bytes",
        "integers", "uniform",
    }
)  # fmt: skip
_RANDOM_DIGESTS = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "new"})
_PREDICTABLE = re.compile(r"^(random|numpy\.random)(\.(Random|RandomState|default_rng)\(\))?\.\w+$")
_FIT = re.compile(r"^(secrets\.\w+|os\.urandom|uuid\.uuid4|random\.SystemRandom\(\)\.\w+|nacl\.utils\.random)$")
_CLOCK = re.compile(r"^(time\.(time|time_ns|monotonic)|datetime\.(datetime\.)?(now|utcnow))\(\)")
_CLOCKS_AND_CONVERSIONS = frozenset({"time", "datetime", "str", "repr", "int", "float", "bytes"})
_RANDOM_CALLS = (
    _DRAWS | _RANDOM_DIGESTS | {"uuid1", "uuid4", "urandom", "token_hex", "token_bytes", "token_urlsafe", "randbelow"}
)


def check_draw(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    """A draw, or a digest of the clock, for something that its name calls secret."""
    if _FIT.match(name):
        yield FIT
        return
    drawn = (_PREDICTABLE.match(name) is not None and name.rpartition(".")[2] in _DRAWS) or name == "uuid.uuid1"
    clock = name.startswith("hashlib.") and any(_of_clock_alone(place, a) for a in call.args)
    if not (drawn or clock) or _of_a_model(call):
        return
    source = "the clock" if clock else name
    for words in (place.target, place.within, place.function):
        if SECRET.search(words):
            yield Hit("predictable-secret", "high", f"{source} for {words}")
            return
        if ONCE.search(words):
            yield Hit("predictable-secret", "low", f"{source} for {words}")
            return


def _of_clock_alone(place: Place, value: ast.expr) -> bool:
    """Made of the time and nothing else."""
    leaves = {place.name(n).partition(".")[0] for n in ast.walk(value) if isinstance(n, ast.Name)}
    return leaves <= _CLOCKS_AND_CONVERSIONS and any(map(_CLOCK.match, place.origins(value)))


def _of_a_model(call: ast.Call) -> bool:
    """Drawing from words or weights: a token of a text, not of a session."""
    names = [n.id for a in call.args for n in ast.walk(a) if isinstance(n, ast.Name)]
    names += [k.arg or "" for k in call.keywords]
    return any(OF_A_MODEL.search(name) for name in names)


PRIMITIVES = PythonRules(Family.PRIMITIVES, _PRIMITIVE_CALLS, check_primitive)
KEYS = PythonRules(Family.KEYS, _KEY_CALLS, check_key_call)
RANDOMNESS = PythonRules(Family.RANDOMNESS, _RANDOM_CALLS, check_draw)
