"""All source files of one artifact, read within bounds: findings and abilities."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import MappingProxyType

from supplytrust.evidence.source_code import foreign_rules, python_cryptography, python_inputs
from supplytrust.evidence.source_code.build_module import LONGEST, module_of, tree
from supplytrust.evidence.source_code.foreign_rules import BY_LANGUAGE
from supplytrust.evidence.source_code.python_module import Module, Place, by_text
from supplytrust.evidence.source_code.rules import RULES, Hit
from supplytrust.model.claims.code import Ability, Capabilities, Capability, CodeFinding, CodeFindings, Family

_BY_ABILITY = {
    Ability.CRYPTOGRAPHY: (
        "hashlib hmac secrets ssl cryptography Crypto Cryptodome nacl OpenSSL rsa ecdsa jwt jose bcrypt passlib argon2"
        " gnupg pgpy securesystemslib authlib jwcrypto itsdangerous"
    ),
    Ability.PARSING: (
        "struct xml lxml html html5lib tokenize csv zipfile tarfile zlib gzip bz2 lzma email asn1 pyasn1 asn1crypto"
        " construct pyparsing lark ply wave plistlib binascii defusedxml xmltodict msgpack cbor2 PIL elftools"
    ),
    Ability.NATIVE: "ctypes cffi _cffi_backend _ctypes pybind11 jpype cppyy",
    Ability.NETWORK: (
        "socket requests urllib.request urllib3 http.client http.server httplib2 httpx aiohttp ftplib smtplib telnetlib"
        " imaplib poplib xmlrpc websockets paramiko asyncssh grpc pycurl socketserver h2 h11 twisted tornado botocore"
        " boto3 anyio trio redis pymongo psycopg2 pymysql"
    ),
    Ability.DESERIALIZATION: (
        "pickle cPickle _pickle marshal shelve dill cloudpickle yaml jsonpickle joblib ruamel ruamel_yaml"
    ),
    Ability.EXECUTION: "subprocess pty code codeop runpy pexpect plumbum sh invoke",
    Ability.ISOLATION: (
        "wasmtime wasmer RestrictedPython seccomp pyseccomp landlock nsjail sgx gramine docker podman asteval"
    ),
}
_BY_MODULE = MappingProxyType({module: ability for ability, text in _BY_ABILITY.items() for module in text.split()})
_BY_CALL = MappingProxyType(
    {
        "eval": Ability.EXECUTION,
        "exec": Ability.EXECUTION,
        "compile": Ability.EXECUTION,
        "os.system": Ability.EXECUTION,
        "os.popen": Ability.EXECUTION,
        "os.execv": Ability.EXECUTION,
        "os.posix_spawn": Ability.EXECUTION,
        "asyncio.create_subprocess_exec": Ability.EXECUTION,
        "asyncio.create_subprocess_shell": Ability.EXECUTION,
        "asyncio.open_connection": Ability.NETWORK,
        "int.from_bytes": Ability.PARSING,
        "numpy.frombuffer": Ability.PARSING,
    }
)
_MODULES = frozenset(_BY_MODULE)
ABILITY_CALLS = frozenset(name.rpartition(".")[2] for name in _BY_CALL)


def abilities_of_imports(module: Module) -> Iterator[tuple[Ability, int, str]]:
    """What its imports tell: ability, line, words."""
    for full, line in module.lines.items():
        first, _, rest = full.partition(".")
        ability = _BY_MODULE.get(first) or _BY_MODULE.get(f"{first}.{rest.partition('.')[0]}")
        if ability is not None:
            yield ability, line, f"import {full}"


def abilities_of_call(place: Place, name: str) -> Iterator[tuple[Ability, int, str]]:
    """What one call tells."""
    ability = _BY_CALL.get(name)
    if ability is not None and isinstance(place.node, ast.Call):
        yield ability, place.node.lineno, f"{name}()"


# --- Which Python is worth parsing: text that names nothing any rule or ability asks for is left alone

_IMPORTS = re.compile(
    # every part ends where the next one begins: hostile blanks are passed over once
    r"\n[ \t]*+(?:import|from)[ \t]++(?:[\w. \t]*+,)*[ \t]*+(?:{})\b".format(
        "|".join(sorted({name.partition(".")[0] for name in _MODULES}))
    ).encode()
)
_WORTH_PARSING = (
    b"token", b"secret", b"passw", b"signature", b"hmac", b"nonce", b"salt", b"csrf", b"otp", b"urandom",
    b"compare_digest", b"api_key", b"apikey", b"private_key", b"session_key", b"session_id", b"sessionid",
    b"eval(", b"exec(", b"eval (", b"exec (", b"system(", b"popen(", b"frombuffer", b"from_bytes",
    b"create_subprocess_", b"cert_none", b"mode_ecb", b"allow_pickle", b"weights_only", b"torch.load",
    b"stricthostkey", b"uuid1", b"verify",
)  # fmt: skip


def may_match(text: bytes) -> bool:
    """Whether any word in it could concern a rule."""
    lower = text.lower()
    return any(word in lower for word in _WORTH_PARSING) or _IMPORTS.search(b"\n" + text) is not None


# All source files of one artifact, read within bounds: findings and abilities.

MOST_BYTES = 64 * 2**20  # parsed; about 20 s of one core
MOST_BYTES_IN_ALL = 96 * 2**20
MOST_FINDINGS = 500
MOST_PLACES = 20
_REACHES = ("library", "vendored", "build", "example", "test")
_SEVERITIES = ("high", "low", "info")
_SHIPPED = ("library", "vendored")
FAMILIES = (
    python_inputs.BOUNDS,
    python_inputs.CERTIFICATES,
    python_inputs.COMPARISON,
    python_inputs.DESERIALIZATION,
    python_cryptography.KEYS,
    python_cryptography.PRIMITIVES,
    python_cryptography.RANDOMNESS,
)
_COMPARING = tuple((rules.family, rules.compare) for rules in FAMILIES if rules.compare is not None)
_ASSIGNING = tuple((rules.family, rules.assign) for rules in FAMILIES if rules.assign is not None)
_BY_LAST_NAME = MappingProxyType(
    {
        last: tuple(rules for rules in FAMILIES if last in rules.calls)
        for last in frozenset().union(*(rules.calls for rules in FAMILIES))
    }
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a language that rules exist for. `data` is asked once, and answers None when they were not kept."""

    path: str
    language: str
    reach: str
    size: int
    data: Callable[[], bytes | None]


def serves(language: str) -> bool:
    """Whether there are rules for a language."""
    return language == "python" or language in BY_LANGUAGE


@dataclass(frozen=True, slots=True)
class PythonFindings:
    """What rules say to a Python text (family, line, hit), and what it can do (ability, line, words)."""

    hits: tuple[tuple[Family, int, Hit], ...]
    abilities: tuple[tuple[Ability, int, str], ...]


def look(module: Module) -> PythonFindings:
    """What all families say to a module."""
    said = tuple((family, int(getattr(place.node, "lineno", 0)), hit) for family, place, hit in hits(module))
    return PythonFindings(said, tuple(sorted(_abilities(module), key=lambda a: a[1:])))


def look_at_text(data: bytes) -> PythonFindings | None:
    """What all families say to a text; None when it is no Python."""
    syntax = tree(data)
    return None if syntax is None else look(module_of(syntax))


def read(
    file_name: str,
    files: Iterable[SourceFile],
    native: Iterable[str] = (),
    *,
    look: Callable[[bytes], PythonFindings | None] = look_at_text,
) -> tuple[CodeFindings, Capabilities]:
    """Both claims. Library code is read first, and small files before large ones, so that bounds leave out least.

    `look` reads a Python text; another reader of the same texts may share its trees.
    """
    made = _Reading(look)
    for path in sorted(native):
        made.can(Ability.NATIVE, path, "compiled")
    for file in sorted(files, key=lambda f: (_REACHES.index(f.reach), f.size, f.path)):
        made.file(file)
    return made.findings(file_name), made.capabilities(file_name)


@dataclass(slots=True)
class _Reading:
    """What was read so far."""

    look: Callable[[bytes], PythonFindings | None]
    modules: int = 0
    unread: int = 0
    parsed: int = 0
    bytes_read: int = 0
    found: list[CodeFinding] = field(default_factory=list)
    exercised: Counter[Family] = field(default_factory=Counter)
    abilities: dict[Ability, dict[str, str]] = field(default_factory=dict)

    def can(self, ability: Ability, path: str, what: str) -> None:
        """Note an ability, once a file."""
        self.abilities.setdefault(ability, {}).setdefault(path, f"{path}:{what}"[:160])

    def file(self, file: SourceFile) -> None:
        """Read one file, or count it as unread."""
        self.modules += 1
        fits = file.size <= LONGEST and self.bytes_read + file.size <= MOST_BYTES_IN_ALL
        data = file.data() if fits else None
        if data is None:
            self.unread += 1
            return
        self.bytes_read += len(data)
        if file.language == "python":
            self._python(file, data)
        else:
            self._foreign(file, data)

    def _python(self, file: SourceFile, data: bytes) -> None:
        if not may_match(data):
            return
        self.parsed += len(data)
        found = self.look(data) if self.parsed <= MOST_BYTES else None
        if found is None:
            self.unread += 1
            return
        for family, line, hit in found.hits:
            self._note(file, family, line, hit)
        if file.reach in _SHIPPED:
            for ability, line, what in found.abilities:
                self.can(ability, file.path, f"{line} {what}")

    def _foreign(self, file: SourceFile, data: bytes) -> None:
        group = BY_LANGUAGE.get(file.language)
        if group is None:
            return
        seen = foreign_rules.look(group, data, abilities=file.reach in _SHIPPED)
        for line, hit in seen.hits:
            self._note(file, RULES[hit.rule].family, line, hit)
        for ability, line, what in seen.abilities:
            self.can(ability, file.path, f"{line} {what or file.language}")

    def _note(self, file: SourceFile, family: Family, line: int, hit: Hit) -> None:
        if file.reach == "library":
            self.exercised[family] += 1
        if hit.severity in _SEVERITIES:
            text = hit.text[:100]
            self.found.append(CodeFinding(hit.rule, family, hit.severity, file.path, line, file.reach, text))

    def findings(self, file_name: str) -> CodeFindings:
        """The claim; of too many findings the gravest of the code that is run are kept."""
        grave = sorted(
            set(self.found), key=lambda f: (_SEVERITIES.index(f.severity), _REACHES.index(f.reach), *_place(f))
        )
        kept = tuple(sorted(grave[:MOST_FINDINGS], key=_place))
        counts = tuple(sorted(self.exercised.items()))
        left = max(0, len(grave) - MOST_FINDINGS)
        return CodeFindings(file_name, self.modules, self.unread, self.bytes_read, counts, kept, left)

    def capabilities(self, file_name: str) -> Capabilities:
        """The claim about abilities."""
        found = tuple(
            Capability(ability, len(places), tuple(places[path] for path in sorted(places))[:MOST_PLACES])
            for ability, places in sorted(self.abilities.items())
        )
        return Capabilities(file_name, self.modules, self.unread, found)


def _place(finding: CodeFinding) -> tuple[str, int, str, str]:
    return finding.path, finding.line, finding.rule, finding.text


def hits(module: Module) -> Iterator[tuple[Family, Place, Hit]]:
    """What every family says about a module."""
    yield from _findings_of_calls(module)
    for place in module.compares:
        compare = place.node
        if isinstance(compare, ast.Compare):
            for family, check in _COMPARING:
                yield from ((family, place, hit) for hit in check(place, compare))
    for place in module.assigns:
        assign = place.node
        if isinstance(assign, ast.Assign):
            for family, judge in _ASSIGNING:
                yield from ((family, place, hit) for hit in judge(place, assign))


def _findings_of_calls(module: Module) -> Iterator[tuple[Family, Place, Hit]]:
    for place in module.calls:
        call = place.node
        if isinstance(call, ast.Call):
            families = _BY_LAST_NAME.get(_last(module, call.func), ())
            name = place.name(call.func) if families else ""
            for family in families:
                yield from ((family.family, place, hit) for hit in family.call(place, call, name))


def _last(module: Module, function: ast.expr) -> str:
    """The last part of a call's name with imports resolved: enough to know who wants to see it."""
    function = by_text(function)
    if isinstance(function, ast.Attribute):
        return function.attr
    if isinstance(function, ast.Name):
        return module.imports.get(function.id, function.id).rpartition(".")[2]
    return ""


def _abilities(module: Module) -> Iterator[tuple[Ability, int, str]]:
    yield from abilities_of_imports(module)
    for place in module.calls:
        call = place.node
        if isinstance(call, ast.Call) and _last(module, call.func) in ABILITY_CALLS:
            yield from abilities_of_call(place, place.name(call.func))
