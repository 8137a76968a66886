"""`name`: the module's own name, as its maker wrote it (core specification, appendix "Name Section")."""

from __future__ import annotations

from supplytrust.wasm.cursor import Cursor, WasmError
from supplytrust.wasm.parts import Custom

NAMES = frozenset(("name", "component-name"))
_LONGEST = 1_000
_OWN_NAME = 0


def decode(data: bytes, section: Custom) -> str | None:
    """The name of the whole module or component; None when there is none that can be read."""
    cursor = Cursor(data, section.start, section.start + section.size)
    try:
        while cursor.left:
            kind = cursor.byte()
            body = cursor.part(cursor.u32())
            if kind == _OWN_NAME:
                return body.name(_LONGEST)
    except WasmError:
        return None
    return None
