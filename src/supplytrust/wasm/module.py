"""Core modules: sections at most once and in their fixed order (core specification, 5.5)."""

from __future__ import annotations

from collections.abc import Callable

from supplytrust.wasm.parts import Cursor, Draft, Export, Import, Limits, Memory, Proposal, WasmError, refusal

# Order of the sections by id: type, import, function, table, memory, tag, global, export, start, element,
# data count, code, data.
_ORDER = (1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11)
_RANK = {identifier: rank for rank, identifier in enumerate(_ORDER, start=1)}
_SORTS = ("function", "table", "memory", "global", "tag")
_EXACT_FUNCTION = 0x20
_GROUPS = (0x7E, 0x7F)  # of imports that share their module and, with 0x7E, their type

Taker = Callable[[Draft, Cursor, Limits], None]


def take_section(draft: Draft, identifier: int, body: Cursor, limits: Limits) -> None:
    """Take one known section into the draft; unread sections are stepped over by size."""
    rank = _RANK.get(identifier)
    if rank is None:
        raise WasmError(f"section {identifier} is not known")
    if rank <= draft.rank:
        raise WasmError(f"section {identifier} is twice there or out of order")
    draft.rank = rank
    taker = _TAKERS.get(identifier)
    if taker is not None:
        taker(draft, body, limits)


def _imports(draft: Draft, body: Cursor, limits: Limits) -> None:
    number = body.count(smallest=4)
    if number > limits.imports:
        raise WasmError(f"{number} imports, at most {limits.imports} are read", code="limit")
    for _ in range(number):
        module = body.name(limits.name)
        field = body.name(limits.name)
        if not field and body.left and body.data[body.position] in _GROUPS:
            body.skip(1)
            raise refusal(Proposal.COMPACT_IMPORTS, f"a group of imports from {module[:100]!r}", body)
        sort = _sort(body)
        _import_type(draft, body, sort)
        draft.imports.append(Import(module, field, sort))
    body.finish()


def _sort(body: Cursor) -> str:
    byte = body.byte()
    if byte == _EXACT_FUNCTION:
        raise refusal(Proposal.CUSTOM_DESCRIPTORS, "an exact function", body)
    if byte >= len(_SORTS):
        raise WasmError(f"kind {byte:#04x} before byte {body.position} is not known")
    return _SORTS[byte]


def _import_type(draft: Draft, body: Cursor, sort: str) -> None:
    if sort == "function":
        body.u32()
    elif sort == "table":
        skip_table_type(body)
    elif sort == "memory":
        draft.memories.append(read_memory_type(body, imported=True))
    elif sort == "global":
        skip_value_type(body)
        if body.byte() > 0x03:  # bit 0 mutable, bit 1 shared
            raise WasmError(f"mutability before byte {body.position} is not known")
    else:
        if body.byte():
            raise WasmError(f"tag attribute before byte {body.position} is not 0")
        body.u32()


def _exports(draft: Draft, body: Cursor, limits: Limits) -> None:
    number = body.count(smallest=3)
    if number > limits.exports:
        raise WasmError(f"{number} exports, at most {limits.exports} are read", code="limit")
    for _ in range(number):
        name = body.name(limits.name)
        sort = _sort(body)
        body.u32()
        draft.exports.append(Export(name, sort))
    body.finish()


def _functions(draft: Draft, body: Cursor, _limits: Limits) -> None:
    draft.functions = body.count()


def _memories(draft: Draft, body: Cursor, limits: Limits) -> None:
    number = body.count(smallest=2)
    if number > limits.memories:
        raise WasmError(f"{number} memories, at most {limits.memories} are read", code="limit")
    draft.memories.extend(read_memory_type(body, imported=False) for _ in range(number))
    body.finish()


def _start(draft: Draft, body: Cursor, _limits: Limits) -> None:
    body.u32()
    body.finish()
    draft.starts = True


def _code(draft: Draft, body: Cursor, _limits: Limits) -> None:
    draft.code_bytes = body.left
    draft.bodies = body.count()


def _data(draft: Draft, body: Cursor, _limits: Limits) -> None:
    draft.data_bytes = body.left
    draft.data_segments = body.count()


def _data_count(draft: Draft, body: Cursor, _limits: Limits) -> None:
    draft.data_count = body.u32()
    body.finish()


_TAKERS: dict[int, Taker] = {
    2: _imports,
    3: _functions,
    5: _memories,
    7: _exports,
    8: _start,
    10: _code,
    11: _data,
    12: _data_count,
}


# --- the few types that stand in imports: value and reference types, limits (core specification, 5.3)

_NUMBERS = frozenset(range(0x7B, 0x80))  # v128, f64, f32, i64, i32
_REFERENCES = frozenset(range(0x68, 0x75))  # abstract heap types, contref .. nullexternref
_TYPED = frozenset((0x63, 0x64))  # (ref null ht), (ref ht)
_SHARED_HEAP = 0x65
_EXACT_HEAP = 0x62
_PAGE_SHIFT = 16


def skip_value_type(cursor: Cursor) -> None:
    """Step over a value type."""
    first = cursor.byte()
    if first not in _NUMBERS:
        _skip_reference(cursor, first)


def skip_reference_type(cursor: Cursor) -> None:
    """Step over a reference type."""
    _skip_reference(cursor, cursor.byte())


def _skip_reference(cursor: Cursor, first: int) -> None:
    if first == _SHARED_HEAP:  # the short form of a nullable reference to an abstract type that threads share
        first = cursor.byte()
        if first in _TYPED:
            raise WasmError(f"byte {first:#04x} before {cursor.position} is not an abstract type")
    if first in _REFERENCES:
        return
    if first == _EXACT_HEAP:
        raise refusal(Proposal.CUSTOM_DESCRIPTORS, "an exact type", cursor)
    if first not in _TYPED:
        raise WasmError(f"byte {first:#04x} before {cursor.position} is not a type")
    _skip_heap_type(cursor)


def _skip_heap_type(cursor: Cursor) -> None:
    ahead = cursor.data[cursor.position] if cursor.left else 0
    if ahead == _SHARED_HEAP:
        cursor.skip(1)
        ahead = cursor.data[cursor.position] if cursor.left else 0
    number = cursor.s33()
    if ahead == _EXACT_HEAP:
        raise refusal(Proposal.CUSTOM_DESCRIPTORS, "an exact type", cursor)
    if number < 0 and ahead not in _REFERENCES:
        raise WasmError(f"heap type before byte {cursor.position} is not known")


def skip_table_type(cursor: Cursor) -> None:
    """Step over a table type."""
    skip_reference_type(cursor)
    flags = _read_limits_flags(cursor, allowed=0x07)
    _read_bounds(cursor, flags)


def read_memory_type(cursor: Cursor, *, imported: bool) -> Memory:
    """A memory type with its limits (threads, memory64 and custom page sizes included)."""
    flags = _read_limits_flags(cursor, allowed=0x0F)
    least, most = _read_bounds(cursor, flags)
    shift = _PAGE_SHIFT
    if flags & 0x08:
        shift = cursor.u32()
        if shift > _PAGE_SHIFT:
            raise WasmError(f"page size 2^{shift} before byte {cursor.position}")
    return Memory(least, most, bool(flags & 0x02), bool(flags & 0x04), 1 << shift, imported)


def _read_limits_flags(cursor: Cursor, *, allowed: int) -> int:
    flags = cursor.byte()
    if flags & ~allowed:
        raise WasmError(f"limits flags {flags:#04x} before byte {cursor.position}")
    return flags


def _read_bounds(cursor: Cursor, flags: int) -> tuple[int, int | None]:
    read = cursor.u64 if flags & 0x04 else cursor.u32
    least = read()
    return least, read() if flags & 0x01 else None
