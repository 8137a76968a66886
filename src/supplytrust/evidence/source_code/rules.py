"""Every rule about code: its family, the question it bears on, and how it can be fooled."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

from supplytrust.evidence.source_code.python_module import Place
from supplytrust.model.claims.code import Family

SIGNALS = MappingProxyType(
    {
        Family.PRIMITIVES: "expertise/crypto_primitives_current",
        Family.KEYS: "expertise/key_lengths_adequate",
        Family.COMPARISON: "expertise/constant_time_compared",
        Family.RANDOMNESS: "expertise/randomness_fit",
        Family.CERTIFICATES: "expertise/certificates_verified",
        Family.DESERIALIZATION: "expertise/deserialization_guarded",
        Family.BOUNDS: "expertise/bounds_memory_safe",
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's name, its family, what it looks for and its limits, each in one line."""

    name: str
    family: Family
    looks_for: str
    limits: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that fits: `severity` is info, low or high; or FIT, a use that is as it should be."""

    rule: str
    severity: str
    text: str = ""


FIT = Hit("", "fit")


@dataclass(frozen=True, slots=True)
class PythonRules:
    """A family of rules by syntax tree, and the last names of the calls it wants to see.

    `call(place, call, name)` is asked about a call whose full name is `name`; if it looks at them, `compare` about
    `==` and `!=`, and `assign` about assignments to attributes.
    """

    family: Family
    calls: frozenset[str]
    call: Callable[[Place, ast.Call, str], Iterator[Hit]]
    compare: Callable[[Place, ast.Compare], Iterator[Hit]] | None = None
    assign: Callable[[Place, ast.Assign], Iterator[Hit]] | None = None


_RULES = (
    Rule(
        "weak-digest",
        Family.PRIMITIVES,
        "MD2, MD4, MD5, SHA-1 or RIPEMD computed; high where a password is stored or something is signed",
        "purpose is read from names: a neutral function name hides it; digests in tables and by computed names pass",
    ),
    Rule(
        "weak-cipher",
        Family.PRIMITIVES,
        "DES, triple DES, RC2, RC4, Blowfish, CAST5, IDEA or SEED; low where an old format is read",
        "a function called `decrypt` or `load` is believed to read only; ciphers written by hand are not recognized",
    ),
    Rule(
        "ecb-mode",
        Family.PRIMITIVES,
        "a block cipher in ECB mode; low where an old format is read",
        "single blocks are a fit use of ECB (building another mode) and cannot be told apart from messages",
    ),
    Rule(
        "fixed-nonce",
        Family.PRIMITIVES,
        "a nonce or IV that is a constant",
        "a constant handed through a function, or a counter that starts over, is not seen; some protocols fix the IV",
    ),
    Rule(
        "unauthenticated-mode",
        Family.PRIMITIVES,
        "CBC, CTR, CFB or OFB in a module that names no MAC (told only)",
        "the MAC may be in another module, or named and not used",
    ),
    Rule(
        "short-key",
        Family.KEYS,
        "RSA, DSA or DH keys made with fewer than 2048 bits, curves below 224 bits",
        "sizes given at run time and keys read from files are not seen",
    ),
    Rule(
        "few-rounds",
        Family.KEYS,
        "PBKDF2 below 100,000 rounds (high below 10,000), bcrypt cost below 10, scrypt N below 2^14",
        "rounds given at run time are not seen; where the input is a full-length key few rounds are fit",
    ),
    Rule(
        "short-mac-key",
        Family.KEYS,
        "a literal as key of a MAC or of a signed token",
        "some protocols use a public label in the key's place; a literal handed through a function is not seen",
    ),
    Rule(
        "variable-time-compare",
        Family.COMPARISON,
        "`==` on a MAC (high), on the digest of a password (high), on what is named as a token or signature (low)",
        "renaming hides the low ones; comparison inside compiled code or of single characters is not seen",
    ),
    Rule(
        "predictable-secret",
        Family.RANDOMNESS,
        "`random`, `numpy.random`, `uuid1` or the clock for what is named as a password, token, key, nonce or salt",
        "purpose is read from names of variables and functions: renaming hides it, misnaming makes it up",
    ),
    Rule(
        "peer-unverified",
        Family.CERTIFICATES,
        "certificates or host names not checked; told only where a condition around lets the caller choose",
        "switches handed through dictionaries, variables or the environment are not seen",
    ),
    Rule(
        "host-unverified",
        Family.CERTIFICATES,
        "SSH host keys accepted unseen",
        "options in configuration files and in computed command lines are not seen",
    ),
    Rule(
        "old-tls",
        Family.CERTIFICATES,
        "SSL or TLS below 1.2 asked for",
        "versions that the platform's default lets through are not seen",
    ),
    Rule(
        "warnings-disabled",
        Family.CERTIFICATES,
        "warnings about unverified peers switched off (told only)",
        "says nothing of whether peers are verified",
    ),
    Rule(
        "code-in-data",
        Family.DESERIALIZATION,
        "pickle, marshal, shelve, YAML with an open loader, eval and the like; high where the data comes from a peer",
        "whether a file or a parameter is foreign is not known; data handed through functions is taken as local",
    ),
    Rule(
        "xml-entities",
        Family.DESERIALIZATION,
        "an XML parser told to resolve external entities",
        "defaults of parsers are not judged, some of them expand entities",
    ),
    Rule(
        "unbounded-copy",
        Family.BOUNDS,
        "C functions that write without a bound: gets (high), strcpy, strcat, sprintf or scanf of strings (low)",
        "a check of the length before is not seen; macros and own copies of such functions pass",
    ),
    Rule(
        "raw-memory",
        Family.BOUNDS,
        "memory outside the language's checks: ctypes copies, Rust `unsafe`, Go `unsafe.Pointer`; counted by file",
        "says how much must be argued by hand, not that it is wrong; macros that expand to it are not seen",
    ),
)
RULES = MappingProxyType({rule.name: rule for rule in _RULES})


def of_signal(signal_id: str) -> tuple[Rule, ...]:
    """The rules that bear on a signal's question."""
    return tuple(rule for rule in _RULES if SIGNALS[rule.family] == signal_id)


# --- What names in code tell of a value's purpose. Guesses, and the rules' limits say so

PASSWORD = re.compile(r"passw(or)?d|passphrase", re.IGNORECASE)
STORES_PASSWORD = re.compile(
    r"(hash|make|encode|encrypt|check|verify|store|set)_?(password|passwd|pw)\b", re.IGNORECASE
)
CHECKS_PASSWORD = re.compile(r"(check|verify|auth|login|compare)\w*|\w{0,60}passw", re.IGNORECASE)
SECRET = re.compile(
    r"passw(or)?d|passphrase|secret|api_?key|private_?key|session_?(id|key)|\botp\b|_otp\b|csrf"
    r"|(access|auth|api|session|secret|reset|bearer|security)_?token|(make|generate|gen|create|new)_?token\b",
    re.IGNORECASE,
)
ONCE = re.compile(r"(^|[\s._])(c?nonce|salt)\b|^token$", re.IGNORECASE)
OF_A_MODEL = re.compile(r"token_?s|vocab|logits|probs|weights|word", re.IGNORECASE)
READS_OLD = re.compile(r"decrypt|decode|load|read|parse|unwrap|verify|from_|open|import", re.IGNORECASE)
COMPARED = re.compile(
    r"(^|[_\W])(hmac|csrf_?token|xsrf_?token|(api|access|auth|session|reset|secret|bearer|x)[-_]?token|api_?key|secret_?key"
    r"|client_?secret)$",
    re.IGNORECASE,
)
COMPARED_PASSWORD = re.compile(r"(^|[_\W])passw(or)?d$", re.IGNORECASE)
SIGNATURE = re.compile(r"(^|[_\W])(signature|mac_?tag)$", re.IGNORECASE)
EXPECTED = re.compile(r"expect|provided|received|request|webhook|computed|calculated", re.IGNORECASE)
TWICE = re.compile(r"confirm|repeat|again|retype|twice|verify_pass|pass\w*2$|old_|new_", re.IGNORECASE)
EQUALITY = re.compile(r"^__(eq|ne|lt|le|gt|ge|hash|contains)__$|^is_(same|equal)|^equals?$", re.IGNORECASE)
FOREIGN = re.compile(
    r"^(requests|httpx)(\.Session\(\)|\.session\(\)|\.Client\(\)|\.AsyncClient\(\))?\.(get|post|put|request|head|patch)\(\)"
    r"|^urllib\.request\.urlopen\(\)|^urllib2\.urlopen\(\)|^socket\.socket\(\)\.recv(from)?\(\)"
    r"|(^|[._])sock(et)?\.recv(from)?\(\)$"
    r"|^(self\.|flask\.)?request\.(body|data|GET|POST|COOKIES|cookies|form|args|get_data|get_json|json)\b"
)
