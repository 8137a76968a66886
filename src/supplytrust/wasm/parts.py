"""What the reader found, as values, and the spelling in which a record binds it.

Offsets are into the bytes that were read; nothing is copied.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from supplytrust.wasm.cursor import WasmError


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
