"""A bounded position in bytes: every step is checked against the end that its section announced.

Here too: the errors of the reader, and the proposals to WebAssembly that it refuses by name.
"""

from __future__ import annotations

import enum

from supplytrust.errors import MalformedError


class WasmError(MalformedError):
    """The bytes are not the WebAssembly they claim to be. `code` is `not-wasm`, `malformed` or `limit`.

    `proposal` names the proposal to WebAssembly that a refused form belongs to; empty when none is known.
    """

    def __init__(self, message: str, *, code: str = "malformed", proposal: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.proposal = proposal
        self.reason = "too-large" if code == "limit" else "malformed"


class Cursor:
    """Reads from `data[position:end]`, never beyond; integers are LEB128 within the format's bounds."""

    __slots__ = ("data", "end", "position")

    def __init__(self, data: bytes, position: int, end: int) -> None:
        self.data = data
        self.position = position
        self.end = end

    @property
    def left(self) -> int:
        """Bytes until the end."""
        return self.end - self.position

    def byte(self) -> int:
        """One byte."""
        if self.position >= self.end:
            raise WasmError(f"ends at byte {self.position} in the middle of a value")
        value = self.data[self.position]
        self.position += 1
        return value

    def u32(self) -> int:
        """An unsigned integer below 2^32 in at most 5 bytes."""
        return self._read_unsigned(32)

    def u64(self) -> int:
        """An unsigned integer below 2^64 in at most 10 bytes."""
        return self._read_unsigned(64)

    def s33(self) -> int:
        """A signed 33-bit integer in at most 5 bytes (heap types, component value types)."""
        result = shift = 0
        while True:
            byte = self.byte()
            result |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
            if shift >= 35:
                raise WasmError(f"integer before byte {self.position} is longer than 5 bytes")
        if byte & 0x40:
            result -= 1 << shift
        if not -(1 << 32) <= result < 1 << 32:
            raise WasmError(f"integer before byte {self.position} needs more than 33 bits")
        return result

    def count(self, smallest: int = 1) -> int:
        """The length of a vector whose items take at least `smallest` bytes: more than fit is refused."""
        number = self._read_unsigned(32)
        if number * smallest > self.left:
            raise WasmError(f"a vector of {number} items does not fit in {self.left} bytes")
        return number

    def name(self, longest: int) -> str:
        """A length-prefixed UTF-8 name of at most `longest` bytes."""
        size = self._read_unsigned(32)
        if size > longest:
            raise WasmError(f"a name of {size} bytes, at most {longest} are read", code="limit")
        raw = self.take(size)
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            raise WasmError(f"the name before byte {self.position} is not UTF-8") from None

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        start = self.position
        self.skip(size)
        return self.data[start : self.position]

    def skip(self, size: int) -> None:
        """Step over `size` bytes."""
        if size > self.left:
            raise WasmError(f"{size} bytes announced at byte {self.position}, {self.left} left")
        self.position += size

    def part(self, size: int) -> Cursor:
        """A cursor over the next `size` bytes, which this one steps over."""
        start = self.position
        self.skip(size)
        return Cursor(self.data, start, start + size)

    def finish(self) -> None:
        """All bytes must have been used: a second reader could see something in the rest."""
        if self.left:
            raise WasmError(f"{self.left} bytes left over at byte {self.position}")

    def _read_unsigned(self, bits: int) -> int:
        position = self.position
        if position < self.end and self.data[position] < 0x80:  # nearly every integer is one byte
            self.position = position + 1
            return self.data[position]
        result = shift = 0
        while shift < bits:
            byte = self.byte()
            result |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                if result >> bits:
                    raise WasmError(f"integer before byte {self.position} needs more than {bits} bits")
                return result
        raise WasmError(f"integer before byte {self.position} is longer than {bits} bits allow")


class Proposal(enum.StrEnum):
    """A proposal to WebAssembly whose binary forms are known by sight and not read: a refusal names it.

    What wasmtime runs in its default configuration is read. So is what stands in parts of a binary that are
    stepped over (types, code, canonical definitions), whoever runs it. The forms below change how an import or
    export is written, so nothing can be said about the rest of its section. Sources: wasm-tools
    (crates/wasmparser) and component-model (design/mvp/Binary.md).
    """

    COMPACT_IMPORTS = "compact imports (compact import section)"
    CUSTOM_DESCRIPTORS = "custom descriptors (exact types, exact function imports)"
    IMPLEMENTS = "component model implements (names with 'implements' or 'external-id')"
    CANONICAL_NAMES = "component model canonical names ('versionsuffix')"
    VALUES = "component model values"


def refusal(proposal: Proposal, form: str, cursor: Cursor) -> WasmError:
    """The error for a form of this proposal that ends at the cursor."""
    text = f"{form} before byte {cursor.position} is of a proposal that is not read: {proposal}"
    return WasmError(text, proposal=proposal.value)
