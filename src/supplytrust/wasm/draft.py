"""A part while it is being read."""

from __future__ import annotations

from dataclasses import dataclass, field

from supplytrust.wasm.cursor import WasmError
from supplytrust.wasm.parts import Custom, Export, Import, Kind, Memory, Part


@dataclass(slots=True)
class Draft:
    """Collects what the sections of one part say. `rank` is the last section's place in the fixed order."""

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
