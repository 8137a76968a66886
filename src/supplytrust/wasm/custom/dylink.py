"""`dylink.0`: what a shared library needs at load time (tool-conventions, DynamicLinking.md)."""

from __future__ import annotations

from dataclasses import dataclass

from supplytrust.wasm.cursor import Cursor, WasmError
from supplytrust.wasm.parts import Custom

NAME = "dylink.0"
_LONGEST = 10_000
_NEEDED, _RUNTIME_PATH = 2, 5


@dataclass(frozen=True, slots=True)
class Dylink:
    """Libraries the loader must find, and where it is told to look. Names only: there are no digests."""

    needed: tuple[str, ...]
    runtime_path: tuple[str, ...]


def decode(data: bytes, section: Custom) -> Dylink | None:
    """The needed libraries; None when the section cannot be read."""
    cursor = Cursor(data, section.start, section.start + section.size)
    needed: list[str] = []
    paths: list[str] = []
    try:
        while cursor.left:
            kind = cursor.byte()
            body = cursor.part(cursor.u32())
            if kind in (_NEEDED, _RUNTIME_PATH):
                (needed if kind == _NEEDED else paths).extend(_names(body))
    except WasmError:
        return None
    return Dylink(tuple(needed), tuple(paths))


def _names(body: Cursor) -> list[str]:
    names = [body.name(_LONGEST) for _ in range(body.count())]
    body.finish()
    return names
