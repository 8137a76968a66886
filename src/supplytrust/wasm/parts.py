"""What the reader found, as values. Offsets are into the bytes that were read; nothing is copied."""

from __future__ import annotations

import enum
from dataclasses import dataclass


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
