"""From bytes to parts: the section loop for modules and components, iterative, every count bounded."""

from __future__ import annotations

from dataclasses import dataclass, field

from supplytrust.wasm import module
from supplytrust.wasm.parts import (
    Cursor,
    Custom,
    Draft,
    Export,
    Import,
    Kind,
    Limits,
    Part,
    Proposal,
    Wasm,
    WasmError,
    refusal,
)

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
    return take_section(draft, identifier, body, walk.limits)


def _custom(body: Cursor, limits: Limits) -> Custom:
    name = body.name(limits.name)
    return Custom(name, body.position, body.left)


def contents(data: bytes, part: Part | Custom) -> memoryview:
    """The bytes of a part or custom section, without copying."""
    return memoryview(data)[part.start : part.start + part.size]


# --- Components: nested parts, imports and exports (component-model, design/mvp/Binary.md).

_CORE_MODULE, _COMPONENT, _IMPORT, _EXPORT = 1, 4, 10, 11
_OF_VALUES = {9: "a start section", 12: "a value section"}
_SKIPPED = frozenset((2, 3, 5, 6, 7, 8))  # core instance, core type, instance, alias, type, canon
_SORTS = ("module", "function", "value", "type", "component", "instance")
_CORE_SORTS = frozenset((0x00, 0x01, 0x02, 0x03, 0x04, 0x10, 0x11, 0x12))


def take_section(draft: Draft, identifier: int, body: Cursor, limits: Limits) -> Cursor | None:
    """Take one section into the draft; a nested module or component is handed back to be read."""
    if identifier in (_CORE_MODULE, _COMPONENT):
        return body
    if identifier == _IMPORT:
        _imports(draft, body, limits)
    elif identifier == _EXPORT:
        _exports(draft, body, limits)
    elif identifier in _OF_VALUES:
        raise refusal(Proposal.VALUES, _OF_VALUES[identifier], body)
    elif identifier not in _SKIPPED:
        raise WasmError(f"component section {identifier} is not known")
    return None


def _imports(draft: Draft, body: Cursor, limits: Limits) -> None:
    number = body.count(smallest=4)
    if len(draft.imports) + number > limits.imports:
        raise WasmError(f"more than {limits.imports} imports", code="limit")
    for _ in range(number):
        name = _extern_name(body, limits)
        draft.imports.append(Import("", name, _extern_type(body)))
    body.finish()


def _exports(draft: Draft, body: Cursor, limits: Limits) -> None:
    number = body.count(smallest=5)
    if len(draft.exports) + number > limits.exports:
        raise WasmError(f"more than {limits.exports} exports", code="limit")
    for _ in range(number):
        name = _extern_name(body, limits)
        sort = _sort_and_index(body)
        if _flag(body):
            _extern_type(body)
        draft.exports.append(Export(name, sort))
    body.finish()


def _extern_name(body: Cursor, limits: Limits) -> str:
    """0x00 and 0x01 stand before a plain name; any newer form is refused: its meaning is not known here."""
    form = body.byte()
    if form == 0x02:
        raise _attributes(body, limits)
    if form > 0x02:
        raise WasmError(f"form of the name before byte {body.position} is not known")
    return body.name(limits.name)


def _attributes(body: Cursor, limits: Limits) -> WasmError:
    """The refusal of a name with attributes, by the first of them."""
    name = body.name(limits.name)
    suffixed = body.count() > 0 and body.byte() == 0x01
    proposal = Proposal.CANONICAL_NAMES if suffixed else Proposal.IMPLEMENTS
    return refusal(proposal, f"the name {name[:100]!r} with attributes", body)


def _extern_type(body: Cursor) -> str:
    form = body.byte()
    if form == 0x00:
        if body.byte() != 0x11:  # core sort: module
            raise WasmError(f"core type before byte {body.position} is not a module")
        body.u32()
    elif form in (0x01, 0x04, 0x05):
        body.u32()
    elif form == 0x02:  # Binary.md writes a bound before the type, wasm-tools writes none
        raise refusal(Proposal.VALUES, "a value", body)
    elif form == 0x03:
        _type_bound(body)
    else:
        raise WasmError(f"type form {form:#04x} before byte {body.position} is not known")
    return _SORTS[form]


def _type_bound(body: Cursor) -> None:
    if not _flag(body):  # eq type index; the other form, a fresh resource, has no operand
        body.u32()


def _sort_and_index(body: Cursor) -> str:
    form = body.byte()
    if form >= len(_SORTS):
        raise WasmError(f"sort {form:#04x} before byte {body.position} is not known")
    if form == 0x00 and body.byte() not in _CORE_SORTS:
        raise WasmError(f"core sort before byte {body.position} is not known")
    if form == 0x02:
        raise refusal(Proposal.VALUES, "a value", body)
    body.u32()
    return _SORTS[form]


def _flag(body: Cursor) -> bool:
    byte = body.byte()
    if byte > 0x01:
        raise WasmError(f"byte before {body.position} is neither 0 nor 1")
    return byte == 1
