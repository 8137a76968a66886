"""Everything that can be said about a binary from its bytes alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from supplytrust.wasm import capability
from supplytrust.wasm.capability import Capability
from supplytrust.wasm.custom_sections import (
    CRATES,
    DYLINK,
    OWN_NAMES,
    TARGET_FEATURES,
    Crate,
    Dylink,
    Producer,
    read_crates,
    read_dylink,
    read_own_name,
    read_producers,
    read_target_features,
)
from supplytrust.wasm.parts import Custom, Kind, Limits, Part, Wasm
from supplytrust.wasm.reader import DEFAULT, contents, read

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PartView:
    """One part, its digest and what its custom sections claim. `unread`: known ones that cannot be read."""

    part: Part
    sha256: str
    name: str
    producers: tuple[Producer, ...]
    crates: tuple[tuple[Crate, ...], ...]
    dylinks: tuple[Dylink, ...]
    features: tuple[str, ...]
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Surface:
    """Attack-surface numbers over all parts. `memory_most` None: some memory has no declared maximum."""

    modules: int
    components: int
    depth: int
    sections: int
    functions: int
    code_bytes: int
    data_bytes: int
    debug_bytes: int
    inner_imports: int
    memory_least: int
    memory_most: int | None
    shared_memory: bool
    wide_memory: bool
    start: bool


@dataclass(frozen=True, slots=True)
class Inspection:
    """The workload as a subject."""

    sha256: str
    sha384: str
    size: int
    wasm: Wasm
    abi: str
    required: Mapping[Capability, tuple[str, ...]]
    parts: tuple[PartView, ...]
    surface: Surface

    @property
    def needed(self) -> tuple[str, ...]:
        """Libraries the root module expects its loader to find; a component resolves its own."""
        return unresolved_libraries(self.parts[0])


def unresolved_libraries(view: PartView) -> tuple[str, ...]:
    """Names in `dylink.0` of a lone core module."""
    return tuple(n for d in view.dylinks for n in d.needed) if view.part.kind is Kind.MODULE else ()


def inspect(data: bytes, limits: Limits = DEFAULT) -> Inspection:
    """Read a binary and decode what its known custom sections say. Raises WasmError."""
    wasm = read(data, limits)
    root = wasm.root
    return Inspection(
        hashlib.sha256(data).hexdigest(),
        hashlib.sha384(data).hexdigest(),
        len(data),
        wasm,
        capability.abi(root.imports, root.kind),
        capability.required_capabilities(root.imports, root.kind),
        tuple(view(data, part) for part in wasm.parts),
        _surface(wasm),
    )


def view(data: bytes, part: Part) -> PartView:
    """Digest and custom section claims of one part."""
    unread: list[str] = []
    made = _decode_sections(data, part, "producers", read_producers, unread)
    features = _decode_sections(data, part, TARGET_FEATURES, read_target_features, unread)
    own = [read_own_name(data, c) for c in part.customs if c.name in OWN_NAMES]
    return PartView(
        part,
        hashlib.sha256(contents(data, part)).hexdigest(),
        next((n for n in own if n), ""),
        tuple(p for group in made for p in group),
        tuple(_decode_sections(data, part, CRATES, read_crates, unread)),
        tuple(_decode_sections(data, part, DYLINK, read_dylink, unread)),
        tuple(f for group in features for f in group),
        tuple(unread),
    )


def _decode_sections(
    data: bytes, part: Part, name: str, decode: Callable[[bytes, Custom], T | None], unread: list[str]
) -> list[T]:
    """What all sections of that name say, in order; those that cannot be read are noted."""
    found: list[T] = []
    for section in part.custom(name):
        value = decode(data, section)
        if value is None:
            unread.append(name)
        else:
            found.append(value)
    return found


def _surface(wasm: Wasm) -> Surface:
    parts = wasm.parts
    memories = [m for p in parts for m in p.memories if not m.imported]
    most = [m.most * m.page if m.most is not None else None for m in memories]
    bounded = [m for m in most if m is not None]
    return Surface(
        modules=sum(p.kind is Kind.MODULE for p in parts),
        components=sum(p.kind is Kind.COMPONENT for p in parts),
        depth=wasm.depth,
        sections=wasm.sections,
        functions=sum(p.functions for p in parts),
        code_bytes=sum(p.code_bytes for p in parts),
        data_bytes=sum(p.data_bytes for p in parts),
        debug_bytes=sum(c.size for p in parts for c in p.customs if _debug(c)),
        inner_imports=sum(len(p.imports) for p in parts[1:]),
        memory_least=sum(m.least * m.page for m in memories),
        memory_most=sum(bounded) if len(bounded) == len(most) else None,
        shared_memory=any(m.shared for m in memories),
        wide_memory=any(m.wide for m in memories),
        start=any(p.starts for p in parts),
    )


def _debug(section: Custom) -> bool:
    return section.name.startswith((".debug_", "reloc..debug_")) or section.name in OWN_NAMES
