"""Where secrets come from. CWE-338; PEP 506 (`secrets`); RFC 4086."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from supplytrust.evidence.source_code.python_module import Place
from supplytrust.evidence.source_code.rules import FIT, OF_A_MODEL, ONCE, SECRET, Hit
from supplytrust.model.claims.code import Family

FAMILY = Family.RANDOMNESS
_DRAWS = frozenset(
    {
        "choice", "choices", "getrandbits", "randint", "random", "randrange", "sample", "randbytes", "bytes",
        "integers", "uniform",
    }
)  # fmt: skip
_DIGESTS = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "new"})
_PREDICTABLE = re.compile(r"^(random|numpy\.random)(\.(Random|RandomState|default_rng)\(\))?\.\w+$")
_FIT = re.compile(r"^(secrets\.\w+|os\.urandom|uuid\.uuid4|random\.SystemRandom\(\)\.\w+|nacl\.utils\.random)$")
_CLOCK = re.compile(r"^(time\.(time|time_ns|monotonic)|datetime\.(datetime\.)?(now|utcnow))\(\)")
_CLOCKS_AND_CONVERSIONS = frozenset({"time", "datetime", "str", "repr", "int", "float", "bytes"})
CALLS = _DRAWS | _DIGESTS | {"uuid1", "uuid4", "urandom", "token_hex", "token_bytes", "token_urlsafe", "randbelow"}


def call(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
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
