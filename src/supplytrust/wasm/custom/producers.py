"""`producers`: language and tools said to have made the module (tool-conventions, ProducersSection.md)."""

from __future__ import annotations

from dataclasses import dataclass

from supplytrust.wasm.cursor import Cursor, WasmError
from supplytrust.wasm.parts import Custom

_LONGEST = 10_000


@dataclass(frozen=True, slots=True, order=True)
class Producer:
    """One claim: `field` is language, processed-by, sdk or another word; `version` may be empty."""

    field: str
    name: str
    version: str


def decode(data: bytes, section: Custom) -> tuple[Producer, ...] | None:
    """The claims in order; None when the section cannot be read."""
    cursor = Cursor(data, section.start, section.start + section.size)
    found: list[Producer] = []
    try:
        for _ in range(cursor.count(smallest=2)):
            field = cursor.name(_LONGEST)
            found.extend(_values(field, cursor))
        cursor.finish()
    except WasmError:
        return None
    return tuple(found)


def _values(field: str, cursor: Cursor) -> list[Producer]:
    number = cursor.count(smallest=2)
    return [Producer(field, cursor.name(_LONGEST), cursor.name(_LONGEST)) for _ in range(number)]
