"""A small assembler: WebAssembly modules and components from Python values, for tests.

module(imports=[("wasi_snapshot_preview1", "fd_write")], exports=["_start"])
component(imports=["wasi:cli/stdout@0.2.0"], parts=[module()])
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence

MODULE = b"\0asm\x01\x00\x00\x00"
COMPONENT = b"\0asm\x0d\x00\x01\x00"
WASI = "wasi_snapshot_preview1"


def u32(number: int) -> bytes:
    """LEB128."""
    out = bytearray()
    while True:
        byte = number & 0x7F
        number >>= 7
        if not number:
            out.append(byte)
            return bytes(out)
        out.append(byte | 0x80)


def name(text: str | bytes) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return u32(len(raw)) + raw


def vector(items: Iterable[bytes]) -> bytes:
    made = list(items)
    return u32(len(made)) + b"".join(made)


def section(identifier: int, body: bytes) -> bytes:
    return bytes([identifier]) + u32(len(body)) + body


def custom(title: str, body: bytes) -> bytes:
    return section(0, name(title) + body)


def module(
    imports: Sequence[tuple[str, str]] = (),
    exports: Sequence[str] = ("_start",),
    *,
    memory: tuple[int, int | None] | None = (1, None),
    customs: Sequence[bytes] = (),
    raw_imports: Sequence[bytes] = (),
    data: bytes = b"",
    padding: int = 0,
) -> bytes:
    """A module that validates: one function type, imported functions, one empty function, its exports."""
    entries = [name(m) + name(f) + b"\x00\x00" for m, f in imports] + list(raw_imports)
    own = len(imports) + sum(1 for r in raw_imports if r.endswith(b"\x00\x00"))
    parts = [section(1, vector([b"\x60\x00\x00"]))]
    if entries:
        parts.append(section(2, vector(entries)))
    parts.append(section(3, vector([b"\x00"])))
    if memory is not None:
        least, most = memory
        parts.append(section(5, vector([b"\x00" + u32(least) if most is None else b"\x01" + u32(least) + u32(most)])))
    listed = [name(e) + b"\x00" + u32(own) for e in exports]
    if memory is not None:
        listed.append(name("memory") + b"\x02\x00")
    parts.append(section(7, vector(listed)))
    parts.append(section(10, vector([b"\x02\x00\x0b"])))
    if data:
        parts.append(section(11, vector([b"\x00\x41\x00\x0b" + u32(len(data)) + data])))
    if padding:
        parts.append(custom("padding", b"\0" * padding))
    return MODULE + b"".join(parts) + b"".join(customs)


def component(
    imports: Sequence[str] = (),
    parts: Sequence[bytes] = (),
    *,
    exports: Sequence[bytes] = (),
    customs: Sequence[bytes] = (),
) -> bytes:
    """A component with empty instance imports and nested parts, in an order that validates."""
    out = [COMPONENT]
    if imports:
        out.append(section(7, vector([b"\x42\x00"])))  # type 0: an instance type without contents
        out.append(section(10, vector([b"\x00" + name(i) + b"\x05\x00" for i in imports])))
    out += [section(4 if part[4] == 0x0D else 1, part) for part in parts]
    if exports:
        out.append(section(11, vector(exports)))
    return b"".join(out + list(customs))


def producers(claims: dict[str, list[tuple[str, str]]]) -> bytes:
    fields = [name(f) + vector([name(n) + name(v) for n, v in values]) for f, values in claims.items()]
    return custom("producers", vector(fields))


def dylink(needed: Sequence[str], paths: Sequence[str] = ()) -> bytes:
    body = section(2, vector([name(n) for n in needed]))
    if paths:
        body += section(5, vector([name(p) for p in paths]))
    return custom("dylink.0", section(1, b"\0\0\0\0") + body)


def dep_v0(packages: object) -> bytes:
    return custom(".dep-v0", zlib.compress(json.dumps({"packages": packages}).encode()))


def crate(
    title: str, version: str, *, kind: str = "runtime", root: bool = False, on: Sequence[int] = ()
) -> dict[str, object]:
    return {
        "name": title,
        "version": version,
        "source": "crates.io",
        "kind": kind,
        "dependencies": list(on),
        "root": root,
    }


def module_name(text: str) -> bytes:
    return custom("name", section(0, name(text)))


def features(*used: str) -> bytes:
    return custom("target_features", vector([b"+" + name(f) for f in used]))
