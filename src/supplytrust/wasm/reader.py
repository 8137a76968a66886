"""From bytes to parts: the section loop for modules and components, iterative, every count bounded."""

from __future__ import annotations

from dataclasses import dataclass, field

from supplytrust.wasm import component, module
from supplytrust.wasm.cursor import Cursor, WasmError
from supplytrust.wasm.parts import Custom, Draft, Kind, Limits, Part, Wasm

MAGIC = b"\0asm"
_KINDS = {b"\x01\x00\x00\x00": Kind.MODULE, b"\x0d\x00\x01\x00": Kind.COMPONENT}
_HEADER = 8
DEFAULT = Limits()


@dataclass(slots=True)
class _Walk:
    """The state of one reading: finished and open parts, and what is left of the section budget."""

    data: bytes
    limits: Limits
    drafts: list[Draft] = field(default_factory=list)
    sections: int = 0


def read(data: bytes, limits: Limits = DEFAULT) -> Wasm:
    """All parts of a module or component.

    Raises WasmError: `not-wasm` for a foreign header (also a precompiled `.cwasm`), `limit` for a passed cap,
    `malformed` for anything that a conforming decoder refuses at section level. Contents of known custom
    sections are not judged here.
    """
    if len(data) > limits.size:
        raise WasmError(f"{len(data)} bytes, at most {limits.size} are read", code="limit")
    walk = _Walk(data, limits)
    open_parts = [_open(walk, Cursor(data, 0, len(data)), ())]
    while open_parts:
        draft, cursor = open_parts[-1]
        if not cursor.left:
            draft.close()
            open_parts.pop()
            continue
        nested = _section(walk, draft, cursor)
        if nested is not None:
            if len(open_parts) > limits.depth:
                raise WasmError(f"nested deeper than {limits.depth}", code="limit")
            open_parts.append(_open(walk, nested, (*draft.path, draft.next_child())))
    return Wasm(tuple(d.freeze() for d in walk.drafts), walk.sections)


def _open(walk: _Walk, cursor: Cursor, path: tuple[int, ...]) -> tuple[Draft, Cursor]:
    start = cursor.position
    header = walk.data[start : min(start + _HEADER, cursor.end)]
    kind = _KINDS.get(header[4:])
    if header[:4] != MAGIC or kind is None:
        where = "the file" if not path else f"the part at byte {start}"
        fault = "has no WebAssembly header"
        if header[:4] == MAGIC and len(header) == _HEADER:
            version, layer = (int.from_bytes(header[n : n + 2], "little") for n in (4, 6))
            fault = f"is of version {version}, layer {layer}, which is not read (1, 0 modules; 13, 1 components)"
        raise WasmError(f"{where} {fault}", code="malformed" if path else "not-wasm")
    draft = Draft(kind, path, start, cursor.left)
    walk.drafts.append(draft)
    cursor.skip(_HEADER)
    return draft, cursor


def _section(walk: _Walk, draft: Draft, cursor: Cursor) -> Cursor | None:
    """Take in one section; a nested part comes back as its cursor."""
    walk.sections += 1
    if walk.sections > walk.limits.sections:
        raise WasmError(f"more than {walk.limits.sections} sections", code="limit")
    identifier = cursor.byte()
    body = cursor.part(cursor.u32())
    if identifier == 0:
        draft.customs.append(_custom(body, walk.limits))
        return None
    if draft.kind is Kind.MODULE:
        module.take_section(draft, identifier, body, walk.limits)
        return None
    return component.take_section(draft, identifier, body, walk.limits)


def _custom(body: Cursor, limits: Limits) -> Custom:
    name = body.name(limits.name)
    return Custom(name, body.position, body.left)


def contents(data: bytes, part: Part | Custom) -> memoryview:
    """The bytes of a part or custom section, without copying."""
    return memoryview(data)[part.start : part.start + part.size]
