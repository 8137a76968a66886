"""The few types that stand in imports: value and reference types, limits (core specification, 5.3)."""

from __future__ import annotations

from supplytrust.wasm.cursor import Cursor, WasmError
from supplytrust.wasm.parts import Memory
from supplytrust.wasm.proposals import Proposal, refusal

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
        _reference(cursor, first)


def skip_reference_type(cursor: Cursor) -> None:
    """Step over a reference type."""
    _reference(cursor, cursor.byte())


def _reference(cursor: Cursor, first: int) -> None:
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
    _heap_type(cursor)


def _heap_type(cursor: Cursor) -> None:
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
    flags = _flags(cursor, allowed=0x07)
    _bounds(cursor, flags)


def read_memory_type(cursor: Cursor, *, imported: bool) -> Memory:
    """A memory type with its limits (threads, memory64 and custom page sizes included)."""
    flags = _flags(cursor, allowed=0x0F)
    least, most = _bounds(cursor, flags)
    shift = _PAGE_SHIFT
    if flags & 0x08:
        shift = cursor.u32()
        if shift > _PAGE_SHIFT:
            raise WasmError(f"page size 2^{shift} before byte {cursor.position}")
    return Memory(least, most, bool(flags & 0x02), bool(flags & 0x04), 1 << shift, imported)


def _flags(cursor: Cursor, *, allowed: int) -> int:
    flags = cursor.byte()
    if flags & ~allowed:
        raise WasmError(f"limits flags {flags:#04x} before byte {cursor.position}")
    return flags


def _bounds(cursor: Cursor, flags: int) -> tuple[int, int | None]:
    read = cursor.u64 if flags & 0x04 else cursor.u32
    least = read()
    return least, read() if flags & 0x01 else None
