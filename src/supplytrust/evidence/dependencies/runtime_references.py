"""Names that Python code opens as libraries, and addresses it may talk to. Read as syntax, never run."""

from __future__ import annotations

import ast
import functools
import inspect
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from supplytrust.evidence.source_code.build_module import module_of
from supplytrust.evidence.source_code.python_module import Module, Place
from supplytrust.formats.python_ast import syntax_tree
from supplytrust.model.claims.artifact import Endpoint, LoadedName

MAX_SOURCE = 2 * 2**20
_LOADERS = {"CDLL", "PyDLL", "WinDLL", "OleDLL", "LoadLibrary", "find_library", "dlopen", "load_library"}
_SCHEMES = {"http", "https", "ws", "wss", "ftp", "grpc", "redis", "rediss", "amqp", "amqps", "mongodb", "mysql",
            "postgres", "postgresql", "ldap", "ldaps", "smtp", "mqtt"}  # fmt: skip
_CLIENTS = {"psycopg": "postgresql", "psycopg2": "postgresql", "asyncpg": "postgresql", "redis": "redis",
            "pymongo": "mongodb", "pymysql": "mysql", "pika": "amqp", "boto3": "aws", "botocore": "aws",
            "grpc": "grpc", "smtplib": "smtp", "ldap3": "ldap", "elasticsearch": "elasticsearch",
            "kafka": "kafka", "paho": "mqtt", "docker": "docker"}  # fmt: skip
_CONNECTS = frozenset(
    {"requests", "httpx", "urllib", "urllib2", "urllib3", "aiohttp", "http", "socket", "websockets", "websocket",
     "grpc", "smtplib", "ftplib", "xmlrpc", "pycurl", "redis", "pymongo", "psycopg", "psycopg2", "asyncpg", "pika",
     "ldap3"}
)  # fmt: skip
_CONNECTING = re.compile(f"(?:import|from) (?:{'|'.join(sorted(_CONNECTS))})".encode())
_ADDRESS_WORDS = frozenset({"url", "uri", "dsn", "host", "address", "target", "server", "base_url", "endpoint"})
_QUIET = frozenset({"parse", "quote", "unquote", "urlparse", "urlsplit", "urljoin", "urlencode"})
_FORGES = {"bitbucket", "github", "gitlab"}
_WORDS = ("://", "dlopen", "DLL", "LoadLibrary", "find_library", "load_library")
_NAMES = tuple(rf"{name}(?<!\w{name})\b" for name in sorted(_CLIENTS))  # letters first: found sooner
_WORTH_PARSING = re.compile("|".join((*_WORDS, *_NAMES)).encode())
_NO_NODES: frozenset[type] = frozenset(
    {str, bytes, int, bool, type(None), ast.Name, ast.Load, ast.Store, ast.Del, ast.And, ast.Or, ast.alias}
    | set(ast.operator.__subclasses__()) | set(ast.unaryop.__subclasses__()) | set(ast.cmpop.__subclasses__())
)  # fmt: skip
_HOST = re.compile(r"[a-z0-9.-]+\.[a-z]{2,}|localhost|\d+\.\d+\.\d+\.\d+", re.IGNORECASE)


@functools.cache
def _registries() -> Mapping[str, str]:
    """Package registries by host, told by their purl type: claims name no registry's address.

    The purl library knows them: as default repositories of its types, and in the addresses it makes of purls.
    """
    from packageurl.contrib import purl2url
    from packageurl.validate import DEFINITIONS_BY_TYPE

    known = {t: urlsplit(d.default_repository_url or "").hostname for t, d in sorted(DEFINITIONS_BY_TYPE.items())}
    forges = {known.get(t) for t in _FORGES} | {f"{t}.com" for t in _FORGES}
    made = re.findall(r"https?://([a-z0-9.-]+)", inspect.getsource(purl2url))
    found = dict.fromkeys(made, "a package registry")
    found |= {host: f"registry of {kind} packages" for kind, host in known.items() if host}
    return {host: name for host, name in found.items() if host not in forges}


def read(path: str, data: bytes) -> tuple[list[LoadedName], list[Endpoint]]:
    """Of one module; of one that does not parse nothing is known here (another reading says so)."""
    tree = syntax_tree(data, MAX_SOURCE) if worth_reading(data) else None
    return ([], []) if tree is None else references_in(tree, data, path)


def worth_reading(data: bytes) -> bool:
    """Whether a text has any word that could lead to a name or an address, and is not too long."""
    return len(data) <= MAX_SOURCE and (_CONNECTING.search(data) is not None or _worth_parsing(data))


def references_in(
    tree: ast.Module, data: bytes, path: str = "", places: Module | None = None
) -> tuple[list[LoadedName], list[Endpoint]]:
    """Of a syntax tree and its text; `places` is what `module_of` makes of the tree, where that is known."""
    if not worth_reading(data):
        return [], []
    names: list[LoadedName] = []
    endpoints = list(_called_addresses(tree, path, places)) if _CONNECTING.search(data) else []
    for node in _nodes(tree):
        if isinstance(node, ast.Call):
            names += _loaded_names(node, path)
        elif isinstance(node, ast.Constant):
            endpoints += _address(node, path)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            endpoints += _clients(node, path)
    return names, endpoints


def _called_addresses(tree: ast.Module, path: str, places: Module | None) -> Iterator[Endpoint]:
    """Addresses that are constants and are given to a call that connects, by the names that the module imports."""
    imported = [statement for statement in tree.body if not _is_script(statement)]
    same = places is not None and len(imported) == len(tree.body)
    for place in (places if places and same else module_of(ast.Module(imported, []))).calls:
        call = place.node
        if isinstance(call, ast.Call) and _connects(place.name(call.func)):
            for given in (*call.args[:2], *(k.value for k in call.keywords if k.arg in _ADDRESS_WORDS)):
                text = _constant(place, given)
                found = _service(text) if text else ""
                if found:
                    yield Endpoint(found, "call", path, call.lineno)


def _is_script(statement: ast.stmt) -> bool:
    """`if __name__ == "__main__":` what follows runs when somebody starts the file, not when it is used."""
    test = statement.test if isinstance(statement, ast.If) else None
    sides = [test.left, *test.comparators] if isinstance(test, ast.Compare) else []
    return any(isinstance(s, ast.Name) and s.id == "__name__" for s in sides)


def _connects(name: str) -> bool:
    """Whether a call of this full name may open a connection: not one that only takes addresses apart."""
    parts = name.replace("()", "").split(".")
    return parts[0] in _CONNECTS and not _QUIET & set(parts) and len(parts) > 1


def _constant(place: Place, given: ast.expr) -> str:
    """A text that is constant, or begins with a constant that holds the whole host."""
    if isinstance(given, ast.JoinedStr) and given.values:
        first = given.values[0]
        text = first.value if isinstance(first, ast.Constant) else None
        return text if isinstance(text, str) and text.partition("://")[2].count("/") else ""
    value = place.constant(given)
    return value if isinstance(value, str) else ""


def _worth_parsing(data: bytes) -> bool:
    """Whether a word stands in front of every `#` of its line: most addresses are in the comments of licences."""
    seen = _WORTH_PARSING.search(data)
    while seen is not None:
        line = data.rfind(b"\n", 0, seen.start()) + 1
        if data.find(b"#", line, seen.start()) < 0:
            return True
        end = data.find(b"\n", seen.end())
        seen = _WORTH_PARSING.search(data, end) if end >= 0 else None
    return False


def _nodes(tree: ast.Module) -> Iterator[ast.AST]:
    """As `ast.walk`, without what says nothing here: names, operators, and strings that are statements (docstrings)."""
    found: list[ast.AST] = [tree]
    for node in found:  # grows while it is read
        yield node
        if isinstance(node, ast.Constant) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            continue
        for name in node._fields:
            value = getattr(node, name, None)
            if value.__class__ is list:
                found += [n for n in value if n.__class__ not in _NO_NODES]
            elif value.__class__ not in _NO_NODES and isinstance(value, ast.AST):
                found.append(value)


def _loaded_names(call: ast.Call, path: str) -> Iterator[LoadedName]:
    how = ast.unparse(call.func) if isinstance(call.func, ast.Name | ast.Attribute) else ""
    first = call.args[0] if call.args else None
    if how.rpartition(".")[2] in _LOADERS and isinstance(first, ast.Constant) and isinstance(first.value, str):
        name = first.value.strip()[:200]
        if name and name.isprintable():
            yield LoadedName(name, how[:80], path, call.lineno)


def _address(constant: ast.Constant, path: str) -> Iterator[Endpoint]:
    found = _service(constant.value) if isinstance(constant.value, str) else ""
    if found:
        yield Endpoint(found, "address", path, constant.lineno)


def _service(text: str) -> str:
    """The service that a URL names; '' when it is none."""
    if "://" not in text or len(text) > 2000:
        return ""
    try:
        parts = urlsplit(text.strip())
        host, scheme, port = parts.hostname or "", parts.scheme.lower(), parts.port
    except ValueError:
        return ""
    if scheme not in _SCHEMES or not _HOST.fullmatch(host):
        return ""
    return _registries().get(host) or f"{scheme}://{host}{f':{port}' if port else ''}"


def _clients(node: ast.Import | ast.ImportFrom, path: str) -> Iterator[Endpoint]:
    modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    for module in modules:
        top = module.partition(".")[0]
        if top in _CLIENTS and not (isinstance(node, ast.ImportFrom) and node.level):
            yield Endpoint(_CLIENTS[top], "client", path, node.lineno)
