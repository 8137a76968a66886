"""What Python code can do, told by what it imports and calls; and which text is worth parsing for any rule."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from types import MappingProxyType

from supplytrust.evidence.source_code.python_module import Module, Place
from supplytrust.model.claims.code import Ability

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
MODULES = frozenset(_BY_MODULE)
CALLS = frozenset(name.rpartition(".")[2] for name in _BY_CALL)


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
        "|".join(sorted({name.partition(".")[0] for name in MODULES}))
    ).encode()
)
_WORDS = (
    b"token", b"secret", b"passw", b"signature", b"hmac", b"nonce", b"salt", b"csrf", b"otp", b"urandom",
    b"compare_digest", b"api_key", b"apikey", b"private_key", b"session_key", b"session_id", b"sessionid",
    b"eval(", b"exec(", b"eval (", b"exec (", b"system(", b"popen(", b"frombuffer", b"from_bytes",
    b"create_subprocess_", b"cert_none", b"mode_ecb", b"allow_pickle", b"weights_only", b"torch.load",
    b"stricthostkey", b"uuid1", b"verify",
)  # fmt: skip


def may_match(text: bytes) -> bool:
    """Whether any word in it could concern a rule."""
    lower = text.lower()
    return any(word in lower for word in _WORDS) or _IMPORTS.search(b"\n" + text) is not None
