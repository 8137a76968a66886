"""`target_features`: which proposals the code was compiled for (tool-conventions, Linking.md)."""

from __future__ import annotations

from supplytrust.wasm.cursor import Cursor, WasmError
from supplytrust.wasm.parts import Custom

NAME = "target_features"
_LONGEST = 1_000
_PREFIXES = {0x2B: "+", 0x2D: "-", 0x3D: "="}


def decode(data: bytes, section: Custom) -> tuple[str, ...] | None:
    """Features with their prefix: + used, - not used, = required. None when the section cannot be read."""
    cursor = Cursor(data, section.start, section.start + section.size)
    found: list[str] = []
    try:
        for _ in range(cursor.count(smallest=2)):
            prefix = _PREFIXES.get(cursor.byte())
            if prefix is None:
                return None
            found.append(prefix + cursor.name(_LONGEST))
        cursor.finish()
    except WasmError:
        return None
    return tuple(found)
