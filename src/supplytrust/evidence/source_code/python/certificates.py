"""Whether peers are verified: certificates, host names, SSH host keys, versions of TLS. CWE-295, RFC 8996, RFC 9525."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from supplytrust.evidence.source_code.python_module import Place
from supplytrust.evidence.source_code.rules import FIT, Hit
from supplytrust.model.claims.code import Family

FAMILY = Family.CERTIFICATES
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
CALLS = _OPENERS | _PROGRAMS | {
    "urlopen", "create_default_context", "SSLContext", "_create_unverified_context", "wrap_socket", "disable_warnings",
    "set_missing_host_key_policy",
}  # fmt: skip


def call(place: Place, call: ast.Call, name: str) -> Iterator[Hit]:
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


def assign(place: Place, node: ast.Assign) -> Iterator[Hit]:
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
