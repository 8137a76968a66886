"""Rules for Python about what is let in: peers, secrets, formats that name code, raw memory. By syntax tree."""

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
    FOREIGN,
    PASSWORD,
    SIGNATURE,
    TWICE,
    Hit,
    PythonRules,
)
from supplytrust.model.claims.code import Family

_CLIENTS = re.compile(r"^(requests|httpx|urllib3|aiohttp|botocore|boto3|websockets)(\.|$)")
_SESSIONS = re.compile(r"^(requests\.([Ss]ession)|requests\.sessions\.Session|httpx\.(Async)?Client)\(\)\.verify$")
_SWITCHES = {"verify": (False,), "verify_ssl": (False,), "ssl": (False,), "cert_reqs": ("CERT_NONE", 0)}
_CONTEXT = re.compile(r"^ssl\.(create_default_context|SSLContext|_create_stdlib_context)\(\)$")
_OLD = re.compile(r"(^|\.)(PROTOCOL_(SSLv2|SSLv3|TLSv1|TLSv1_1)|TLSVersion\.(SSLv3|TLSv1|TLSv1_1|MINIMUM_SUPPORTED))$")
_PROGRAMS = frozenset({"run", "Popen", "call", "check_call", "check_output", "system"})
_OPENERS = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "send", "Client", "AsyncClient"}
    | {"Session", "session", "PoolManager", "HTTPSConnectionPool", "TCPConnector", "ClientSession", "client", "connect"}
)
_PEER_CALLS = _OPENERS | _PROGRAMS | {
    "urlopen", "create_default_context", "SSLContext", "_create_unverified_context", "wrap_socket", "disable_warnings",
    "set_missing_host_key_policy",
}  # fmt: skip


def check_peer_call(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    """All rules at one call."""
    last = name.rpartition(".")[2]
    if last in _PROGRAMS:
        yield from _program(place, call)
    elif name == "ssl._create_unverified_context":
        grave = "high" if place.target == "context" else "low"
        yield Hit("peer-unverified", _by_choice(place, grave), f"an unverified context in {place.where}")
    elif last == "disable_warnings" and "urllib3" in name:
        yield Hit("warnings-disabled", "info", f"warnings switched off in {place.where}")
    elif last == "set_missing_host_key_policy":
        yield from _host_keys(place, call)
    elif name.startswith("ssl."):
        yield from _versions(place, call)
    elif _CLIENTS.match(name):
        yield from _client(place, call, name)
    elif last == "urlopen":
        yield FIT


def _host_keys(place: Place, call: ast.Call) -> Iterator[Hit]:
    """Low where the policy comes out of another function: what it gives back may depend."""
    policies = [place.name(a).rpartition(".")[2].removesuffix("()") for a in call.args]
    made = [origin for a in call.args for origin in place.origins(a)]
    text = f"host keys accepted unseen in {place.where}"
    if any("AutoAdd" in _base(place, p) or "WarningPolicy" in p for p in policies):
        yield Hit("host-unverified", _by_choice(place), text)
    elif any("AutoAddPolicy" in origin for origin in made):
        yield Hit("host-unverified", _by_choice(place, "low"), text)
    else:
        yield FIT


def _client(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    for keyword, value in place.keywords(call):
        if keyword in _SWITCHES and _is_off(place, keyword, value):
            yield Hit("peer-unverified", _by_choice(place), f"{name} with {keyword} off in {place.where}")
            return
    yield FIT


def _is_off(place: Place, keyword: str, value: ast.expr) -> bool:
    known = place.constant(value)
    off = any(known is switch or (isinstance(known, str) and known == switch) for switch in _SWITCHES[keyword])
    return off or (keyword == "cert_reqs" and place.name(value).endswith("CERT_NONE"))


def _versions(place: Place, call: ast.Call) -> Iterator[Hit]:
    values = [*call.args, *(k.value for k in call.keywords)]
    old = next((place.name(v) for v in values if _OLD.search(place.name(v))), "")
    yield Hit("old-tls", _by_choice(place), f"{old} in {place.where}") if old else FIT


def _program(place: Place, call: ast.Call) -> Iterator[Hit]:
    texts = (n.value for a in call.args[:2] for n in ast.walk(a) if isinstance(n, ast.Constant))
    if any(isinstance(t, str) and re.search(r"StrictHostKeyChecking[= ]no\b", t) for t in texts):
        yield Hit("host-unverified", _by_choice(place), f"ssh without host keys in {place.where}")


def check_peer_assignment(place: Place, node: ast.Assign) -> Iterator[Hit]:
    """Switches that are attributes."""
    targets = [place.name(t) for t in node.targets if isinstance(t, ast.Attribute)]
    value = place.name(node.value)
    if value == "ssl._create_unverified_context" and "ssl._create_default_https_context" in targets:
        yield Hit("peer-unverified", _by_choice(place), "certificates are not checked in the whole process")
    elif any(_of_session(place, t) for t in targets) and place.constant(node.value) is False:
        yield Hit("peer-unverified", _by_choice(place), f"a session with verify off in {place.where}")
    elif value.endswith("CERT_NONE") and any(t.endswith(".verify_mode") for t in targets):
        yield from _no_check(place, node)
    elif any(t.endswith(".cert_reqs") for t in targets) and _is_off(place, "cert_reqs", node.value):
        yield Hit("peer-unverified", _by_choice(place, "low"), f"CERT_NONE in {place.where}")
    elif _OLD.search(value) and any(t.endswith((".minimum_version", ".ssl_version")) for t in targets):
        yield Hit("old-tls", _by_choice(place), f"{value} in {place.where}")


def _of_session(place: Place, target: str) -> bool:
    """The switch of a session, or of an own class of sessions."""
    owner = place.scope.owner
    bases = place.module.bases.get(owner.name, []) if owner is not None and target == "self.verify" else []
    return any(_SESSIONS.match(t) for t in (target, *(f"{place.module.resolve_import(b)}().verify" for b in bases)))


def _no_check(place: Place, node: ast.Assign) -> Iterator[Hit]:
    """CERT_NONE is a server's default; on a client's own context it ends verification."""
    attribute = next(t for t in node.targets if isinstance(t, ast.Attribute))
    made = place.origins(attribute.value)
    if any(o.endswith(("Purpose.CLIENT_AUTH", "PROTOCOL_TLS_SERVER")) for o in made):
        return
    own = any(_CONTEXT.match(o) for o in made)
    yield Hit("peer-unverified", _by_choice(place, "high" if own else "low"), f"CERT_NONE in {place.where}")


def _by_choice(place: Place, grave: str = "high") -> str:
    """What stands under a condition is somebody's choice."""
    return "info" if place.guarded else grave


def _base(place: Place, policy: str) -> str:
    return " ".join([policy, *place.module.bases.get(policy, [])])


# Whether what is secret is compared in constant time. CWE-208; Python documentation, `hmac.compare_digest`.

_CONSTANT_TIME_CALLS = frozenset({"compare_digest", "constant_time_compare", "bytes_eq", "safe_str_cmp"})
_MAC = re.compile(
    r"^(hmac\.(new|HMAC)|(cryptography|Crypto|Cryptodome)\.[\w.]*(HMAC|CMAC)(\.new)?)\(\)\.(hexdigest|digest|finalize)\(\)"
    r"|^hmac\.digest\(\)"
)
_DIGEST = re.compile(r"^hashlib\.\w+\(\)\.(hexdigest|digest)\(\)")
_LENGTH = re.compile(r"^(len|type|isinstance|str|id|hash|bool)\(\)$")


def accept_comparison(_place: Place, _call: ast.Call, _name: str) -> Iterator[Hit]:
    """A comparison as it should be."""
    yield FIT


def check_comparison(place: Place, node: ast.Compare) -> Iterator[Hit]:
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


# Formats that can name code or reach out, and whose data is read. CWE-502, CWE-611, CWE-95.

_PICKLES = re.compile(r"^(c?[pP]ickle|_pickle|six\.moves\.cPickle|dill|cloudpickle|marshal)\.loads?$")
_OTHERS = frozenset(
    {
        "pickle.Unpickler().load", "shelve.open", "jsonpickle.decode", "jsonpickle.loads", "joblib.load",
        "pandas.read_pickle", "yaml.unsafe_load", "yaml.unsafe_load_all",
    }
)  # fmt: skip
_YAML = frozenset({"yaml.load", "yaml.load_all"})
_BOUNDED = re.compile(r"Safe|Base|Strict")
_GUARDED = frozenset({"yaml.safe_load", "yaml.safe_load_all", "yaml.full_load", "ast.literal_eval"})
_FEATURES = ("feature_external_ges", "feature_external_pes")
_DESERIALIZATION_CALLS = frozenset(
    {
        "load", "loads", "load_all", "open", "decode", "read_pickle", "unsafe_load", "unsafe_load_all", "safe_load",
        "safe_load_all", "full_load", "literal_eval", "eval", "exec", "XMLParser", "setFeature", "fromstring", "parse",
    }
)  # fmt: skip


def check_deserialization(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    """All rules at one call."""
    if name in _GUARDED or name.startswith("defusedxml."):
        yield FIT
    elif _PICKLES.match(name) or name in _OTHERS:
        yield from _open(place, call, name)
    elif name in _YAML:
        yield from _yaml(place, call, name)
    elif name in ("torch.load", "numpy.load"):
        yield from _arrays(place, call, name)
    elif name in ("eval", "exec") and _foreign(place, call):
        yield Hit("code-in-data", "high", f"{name} of what a peer sent in {place.where}")
    else:
        yield from _xml(place, call, name)


def _xml(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    if name.startswith("lxml.") and name.endswith(".XMLParser"):
        resolves = place.argument_value(call, "resolve_entities") is True
        yield Hit("xml-entities", "high", f"entities are resolved in {place.where}") if resolves else FIT
    elif name.endswith(".setFeature") and len(call.args) == 2:
        yield from _feature(place, call)


def _open(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    if _is_own(place, call):
        return
    severity = "high" if _foreign(place, call) else "low"
    yield Hit("code-in-data", severity, f"{name} in {place.where}")


def _yaml(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    loader = place.argument(call, "Loader", 1)
    if loader is None:
        yield Hit(
            "code-in-data", "high" if _foreign(place, call) else "low", f"{name} without a loader in {place.where}"
        )
        return
    chosen = place.name(loader).rpartition(".")[2]
    known = [chosen, *place.module.bases.get(chosen, [])]
    if any(_BOUNDED.search(part) for part in known):
        yield FIT
    elif chosen in ("Loader", "UnsafeLoader", "CLoader", "FullLoader", "CUnsafeLoader", "CFullLoader"):
        yield from _open(place, call, f"{name} with {chosen}")
    else:
        yield Hit("code-in-data", "info", f"{name} with {chosen or 'a loader of the caller'} in {place.where}")


def _arrays(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
    keyword, bad = ("weights_only", False) if name == "torch.load" else ("allow_pickle", True)
    if place.argument_value(call, keyword) is bad:
        severity = "high" if _foreign(place, call) else "low"
        yield Hit("code-in-data", severity, f"{name} with {keyword}={bad} in {place.where}")
    elif place.argument(call, keyword) is None and name == "torch.load":
        yield Hit("code-in-data", "info", f"{name} in {place.where}: what it accepts depends on its version")
    else:
        yield FIT


def _feature(place: Place, call: ast.Call) -> Iterator[Hit]:
    if place.name(call.args[0]).endswith(_FEATURES):
        on = place.constant(call.args[1]) in (True, 1)
        yield Hit("xml-entities", "high", f"external entities switched on in {place.where}") if on else FIT


def _foreign(place: Place, call: ast.Call) -> bool:
    return any(FOREIGN.search(origin) for value in call.args[:1] for origin in place.origins(value))


def _is_own(place: Place, call: ast.Call) -> bool:
    """Data that was written a moment before: a copy."""
    made = {origin for value in call.args[:1] for origin in place.origins(value)}
    return any(o.rstrip("()").endswith(".dumps") for o in made)


# Memory that Python does not guard: `ctypes` copies and addresses. CWE-119.

_RAW = frozenset({"memmove", "memset", "string_at", "wstring_at", "from_address"})
_LIBRARIES = frozenset({"CDLL", "WinDLL", "PyDLL", "OleDLL", "LoadLibrary", "dlopen"})
_MEMORY_CALLS = _RAW | _LIBRARIES


def check_memory_call(place: Place, _call: ast.Call, name: str) -> Iterator[Hit]:
    """A copy by address, or a library opened."""
    last = name.rpartition(".")[2]
    if last in _RAW and (name.startswith("ctypes.") or last == "from_address"):
        yield Hit("raw-memory", "low", f"{last} in {place.where}")
    elif last in _LIBRARIES:
        yield FIT


CERTIFICATES = PythonRules(Family.CERTIFICATES, _PEER_CALLS, check_peer_call, assign=check_peer_assignment)
COMPARISON = PythonRules(Family.COMPARISON, _CONSTANT_TIME_CALLS, accept_comparison, compare=check_comparison)
DESERIALIZATION = PythonRules(Family.DESERIALIZATION, _DESERIALIZATION_CALLS, check_deserialization)
BOUNDS = PythonRules(Family.BOUNDS, _MEMORY_CALLS, check_memory_call)
