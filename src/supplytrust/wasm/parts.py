"""The bounded cursor over a binary, and what is found with it as values, spelled as a record binds it.

Offsets are into the bytes that were read; nothing is copied.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from supplytrust.errors import MalformedError


class Kind(enum.StrEnum):
    """The two binary formats: layer 0 and layer 1."""

    MODULE = "module"
    COMPONENT = "component"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read. `imports`, `exports`, `memories` bound one part; `sections` all parts together."""

    size: int = 100_000_000
    depth: int = 32
    sections: int = 100_000
    imports: int = 10_000
    exports: int = 100_000
    memories: int = 1_000
    name: int = 100_000


@dataclass(frozen=True, slots=True, order=True)
class Import:
    """Something the module asks its host for.

    Core modules name a `module` and a `field`; components one name, which is then `field` with an empty
    `module`. `sort`: function, table, memory, global, tag; for components also module, value, type,
    component, instance.
    """

    module: str
    field: str
    sort: str

    @property
    def name(self) -> str:
        """The one spelling used in records: `module.field`, or the component's import name.

        A dot or percent sign in a core module's name is percent-encoded: two imports never share one name.
        """
        if not self.module:
            return self.field
        return self.module.replace("%", "%25").replace(".", "%2E") + "." + self.field


@dataclass(frozen=True, slots=True, order=True)
class Export:
    """Something the module offers."""

    name: str
    sort: str


@dataclass(frozen=True, slots=True)
class Memory:
    """A linear memory's limits in pages of `page` bytes; `most` None: no maximum is declared."""

    least: int
    most: int | None
    shared: bool
    wide: bool
    page: int = 65_536
    imported: bool = False


@dataclass(frozen=True, slots=True)
class Custom:
    """A custom section: name and where its contents are. Unsigned, strippable, forgeable: a claim at most."""

    name: str
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Part:
    """One module or component. `path` is its place: () the root, (2, 0) first part of the root's third."""

    kind: Kind
    path: tuple[int, ...]
    start: int
    size: int
    imports: tuple[Import, ...] = ()
    exports: tuple[Export, ...] = ()
    memories: tuple[Memory, ...] = ()
    customs: tuple[Custom, ...] = ()
    functions: int = 0
    code_bytes: int = 0
    data_bytes: int = 0
    starts: bool = False

    def custom(self, name: str) -> tuple[Custom, ...]:
        """Every custom section of that name, in order."""
        return tuple(c for c in self.customs if c.name == name)


@dataclass(frozen=True, slots=True)
class Wasm:
    """A whole binary: all parts in order of appearance, the root first. `sections` counts all of them."""

    parts: tuple[Part, ...]
    sections: int

    @property
    def root(self) -> Part:
        """The part whose imports the host must satisfy; nested parts get theirs from inside."""
        return self.parts[0]

    @property
    def depth(self) -> int:
        """How deep parts are nested; 0 for a lone module."""
        return max(len(p.path) for p in self.parts)


@dataclass(slots=True)
class Draft:
    """A part while it is being read: what its sections say. `rank` is the last section's place in the fixed order."""

    kind: Kind
    path: tuple[int, ...]
    start: int
    size: int
    imports: list[Import] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)
    memories: list[Memory] = field(default_factory=list)
    customs: list[Custom] = field(default_factory=list)
    functions: int = 0
    bodies: int = 0
    code_bytes: int = 0
    data_bytes: int = 0
    starts: bool = False
    rank: int = 0
    children: int = 0
    data_segments: int | None = None
    data_count: int | None = None

    def next_child(self) -> int:
        """The place of the next nested part."""
        self.children += 1
        return self.children - 1

    def close(self) -> None:
        """Checks that need the whole part: announced and present function bodies and data segments agree."""
        if self.functions != self.bodies:
            raise WasmError(f"{self.functions} functions declared, {self.bodies} bodies")
        if self.data_count is not None and self.data_count != (self.data_segments or 0):
            raise WasmError(f"{self.data_count} data segments announced, {self.data_segments or 0} present")

    def freeze(self) -> Part:
        """The frozen part."""
        return Part(
            self.kind,
            self.path,
            self.start,
            self.size,
            tuple(self.imports),
            tuple(self.exports),
            tuple(self.memories),
            tuple(self.customs),
            self.functions,
            self.code_bytes,
            self.data_bytes,
            self.starts,
        )


def import_names(root: Part) -> tuple[str, ...]:
    """Names of all imports as a record binds them, sorted and unique."""
    return tuple(sorted({i.name for i in root.imports}))


def export_names(root: Part) -> tuple[str, ...]:
    """Names of all exports as a record binds them, sorted and unique."""
    return tuple(sorted({e.name for e in root.exports}))


def memory_pages(root: Part) -> tuple[int, int | None]:
    """Pages of the root's own memories: declared minimum, and maximum unless one has none."""
    own = [m for m in root.memories if not m.imported]
    most = [m.most for m in own if m.most is not None]
    return sum(m.least for m in own), sum(most) if own and len(most) == len(own) else None


# --- A bounded position in bytes: every step is checked against the end that its section announced.


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
