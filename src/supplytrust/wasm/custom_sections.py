"""Known custom sections. Anyone can write, change or strip them: absent means unknown, present means claimed.

Readers answer None for contents they cannot read, which is unknown as well, never an error. Sources: the core
specification (appendix "Name Section"), tool-conventions (ProducersSection.md, Linking.md, DynamicLinking.md) and
cargo-auditable (PARSING.md).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from supplytrust.errors import MalformedRecordError
from supplytrust.formats.json_reader import Limits, read_foreign_json
from supplytrust.wasm.parts import Cursor, Custom, WasmError

# --- `producers`: language and tools said to have made the module

_LONGEST_PRODUCER = 10_000


@dataclass(frozen=True, slots=True, order=True)
class Producer:
    """One claim: `field` is language, processed-by, sdk or another word; `version` may be empty."""

    field: str
    name: str
    version: str


def read_producers(data: bytes, section: Custom) -> tuple[Producer, ...] | None:
    """The claims in order; None when the section cannot be read."""
    cursor = Cursor(data, section.start, section.start + section.size)
    found: list[Producer] = []
    try:
        for _ in range(cursor.count(smallest=2)):
            field = cursor.name(_LONGEST_PRODUCER)
            found.extend(_read_values(field, cursor))
        cursor.finish()
    except WasmError:
        return None
    return tuple(found)


def _read_values(field: str, cursor: Cursor) -> list[Producer]:
    number = cursor.count(smallest=2)
    return [Producer(field, cursor.name(_LONGEST_PRODUCER), cursor.name(_LONGEST_PRODUCER)) for _ in range(number)]


# --- `target_features`: which proposals the code was compiled for

TARGET_FEATURES = "target_features"
_LONGEST_FEATURE = 1_000
_PREFIXES = {0x2B: "+", 0x2D: "-", 0x3D: "="}


def read_target_features(data: bytes, section: Custom) -> tuple[str, ...] | None:
    """Features with their prefix: + used, - not used, = required. None when the section cannot be read."""
    cursor = Cursor(data, section.start, section.start + section.size)
    found: list[str] = []
    try:
        for _ in range(cursor.count(smallest=2)):
            prefix = _PREFIXES.get(cursor.byte())
            if prefix is None:
                return None
            found.append(prefix + cursor.name(_LONGEST_FEATURE))
        cursor.finish()
    except WasmError:
        return None
    return tuple(found)


# --- `name`: the module's own name, as its maker wrote it

OWN_NAMES = frozenset(("name", "component-name"))
_LONGEST_NAME = 1_000
_OWN_NAME = 0


def read_own_name(data: bytes, section: Custom) -> str | None:
    """The name of the whole module or component; None when there is none that can be read."""
    cursor = Cursor(data, section.start, section.start + section.size)
    try:
        while cursor.left:
            kind = cursor.byte()
            body = cursor.part(cursor.u32())
            if kind == _OWN_NAME:
                return body.name(_LONGEST_NAME)
    except WasmError:
        return None
    return None


# --- `.dep-v0`: the crates a Rust module was built from

CRATES = ".dep-v0"
MAX_INFLATED = 8 * 2**20
MAX_CRATES = 100_000
_CRATES_LIMITS = Limits(size=MAX_INFLATED, values=4_000_000, floats=True)
_KINDS = frozenset(("runtime", "build"))


@dataclass(frozen=True, slots=True)
class Crate:
    """One declared crate. `dependencies` are places in the list; cycles are possible, none is followed."""

    name: str
    version: str
    source: str
    kind: str
    dependencies: tuple[int, ...]
    root: bool


def read_crates(data: bytes, section: Custom) -> tuple[Crate, ...] | None:
    """The declared crates; None when the section cannot be read or inflates beyond 8 MiB."""
    return parse_crates(data[section.start : section.start + section.size])


def parse_crates(packed: bytes) -> tuple[Crate, ...] | None:
    """The crates of a section's bytes, in whatever kind of file it stands; None when they cannot be read."""
    raw = inflate(packed)
    if raw is None:
        return None
    try:
        document = read_foreign_json(raw, _CRATES_LIMITS)
    except MalformedRecordError:
        return None
    packages = document.get("packages") if isinstance(document, dict) else None
    if not isinstance(packages, list) or len(packages) > MAX_CRATES:
        return None
    crates = [_crate(p, len(packages)) for p in packages]
    known = [c for c in crates if c is not None]
    return tuple(known) if len(known) == len(crates) else None


def inflate(raw: bytes) -> bytes | None:
    """The inflated bytes, or None: not one whole zlib stream, or more than 8 MiB."""
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(raw, MAX_INFLATED + 1)
    except zlib.error:
        return None
    whole = stream.eof and not stream.unused_data and len(inflated) <= MAX_INFLATED
    return inflated if whole else None


def _crate(package: object, total: int) -> Crate | None:
    if not isinstance(package, dict):
        return None
    texts = [package.get(k) for k in ("name", "version", "source")] + [package.get("kind", "runtime")]
    places = package.get("dependencies", [])
    if not all(isinstance(t, str) for t in texts) or texts[3] not in _KINDS or not isinstance(places, list):
        return None
    if not all(type(p) is int and 0 <= p < total for p in places):
        return None
    name, version, source, kind = (str(t) for t in texts)
    return Crate(name, version, source, kind, tuple(places), package.get("root") is True)


# --- `dylink.0`: what a shared library needs at load time

DYLINK = "dylink.0"
_LONGEST_LIBRARY = 10_000
_NEEDED, _RUNTIME_PATH = 2, 5


@dataclass(frozen=True, slots=True)
class Dylink:
    """Libraries the loader must find, and where it is told to look. Names only: there are no digests."""

    needed: tuple[str, ...]
    runtime_path: tuple[str, ...]


def read_dylink(data: bytes, section: Custom) -> Dylink | None:
    """The needed libraries; None when the section cannot be read."""
    cursor = Cursor(data, section.start, section.start + section.size)
    needed: list[str] = []
    paths: list[str] = []
    try:
        while cursor.left:
            kind = cursor.byte()
            body = cursor.part(cursor.u32())
            if kind in (_NEEDED, _RUNTIME_PATH):
                (needed if kind == _NEEDED else paths).extend(_read_names(body))
    except WasmError:
        return None
    return Dylink(tuple(needed), tuple(paths))


def _read_names(body: Cursor) -> list[str]:
    names = [body.name(_LONGEST_LIBRARY) for _ in range(body.count())]
    body.finish()
    return names
