"""Everything that can be said about a binary from its bytes alone, and what joins it and how.

A join is built in, left to a loader, served by the host or reached over the network. Each is a dependency with a
package URL; those known by bytes have a digest, the others only a name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from supplytrust.model.vocabulary import EdgeKind
from supplytrust.wasm import capability
from supplytrust.wasm.capability import Capability, Grants
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
from supplytrust.wasm.parts import Custom, Import, Kind, Limits, Part, Wasm
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


# --- What joins a workload and how: built in, found at load time, served by the host, reached over the network.

_UNRESERVED = re.compile(rb"[A-Za-z0-9._~-]")
_WIT = re.compile(r"([a-z0-9-]+):([a-z0-9-]+)/([a-z0-9-]+)(?:@(\S+))?")
_SOCKET = re.compile(r"(tls|tcp):(.+):(\d+)")
_URL = re.compile(r"([a-z][a-z0-9+.-]*)://([^/:?#]+)(?::(\d+))?")
_LOCAL = "local"  # a crate that cargo read from a path (cargo-auditable, schema 0)
_WASI_MODULES = frozenset(("wasi_snapshot_preview1", "wasi_unstable"))


@dataclass(frozen=True, slots=True, order=True)
class Join:
    """One dependency. `how`: static, dynamic, host or declared; `digest` is `sha256:<hex>` or empty.

    `within` is the package URL of the nested part that it joins; empty for the workload itself.
    """

    purl: str
    kind: EdgeKind
    how: str
    via: str
    digest: str = ""
    within: str = ""


def joins(found: Inspection, grants: Grants | None) -> tuple[Join, ...]:
    """All joins of the root, sorted and unique."""
    made = [
        *_nested_joins(found.parts),
        *_crates(found.parts),
        *_libraries(found),
        *_host(found.wasm.root.imports, found.wasm.root.kind, grants),
        *(_remotes(grants) if grants else ()),
    ]
    return tuple(sorted(set(made)))


def _nested_joins(parts: Iterable[PartView]) -> list[Join]:
    """Modules and components inside: their bytes are here, so they are known by digest."""
    views = {p.part.path: p for p in parts}
    return [_static(p, views[path[:-1]]) for path, p in views.items() if path]


def _static(view: PartView, outer: PartView) -> Join:
    via = f"nested {view.part.kind} {_place(view)}"
    return Join(part_purl(view), EdgeKind.LINK, "static", via, f"sha256:{view.sha256}", _within(outer))


def _place(view: PartView) -> str:
    return ".".join(map(str, view.part.path))


def part_purl(view: PartView) -> str:
    """The package URL of a nested part, which is known by its bytes; its name is what its maker wrote, or its place."""
    name = view.name or f"{view.part.kind}-{_place(view)}"
    return f"pkg:generic/{escape(name)}?checksum=sha256:{view.sha256}"


def _within(outer: PartView) -> str:
    return part_purl(outer) if outer.part.path else ""


def _crates(parts: Iterable[PartView]) -> list[Join]:
    """Declared crates of others. The root crate is the workload itself, a local one a part of its own source tree."""
    own = [(view, c) for view in parts for section in view.crates for c in section if not c.root]
    return [_crate(c, _within(view)) for view, c in own if c.source != _LOCAL]


def _crate(crate: Crate, within: str) -> Join:
    kind = EdgeKind.BUILD if crate.kind == "build" else EdgeKind.LINK
    how = "declared" if crate.kind == "build" else "static"
    purl = f"pkg:cargo/{escape(crate.name)}@{escape(crate.version)}"
    return Join(purl, kind, how, f".dep-v0 {crate.source}", within=within)


def _libraries(found: Inspection) -> list[Join]:
    """Names a dynamic loader has to find, and the tables and memories it has to supply."""
    needed = [f"pkg:generic/{escape(name)}" for name in found.needed]
    made = [Join(purl, EdgeKind.LINK, "dynamic", "dylink.0 needed") for purl in needed]
    if Capability.DYNAMIC_LINK in found.required:
        via = ", ".join(sorted({i.module for i in found.wasm.root.imports if _dynamic(i)}))
        made.append(Join("pkg:generic/dynamic-loader", EdgeKind.LINK, "dynamic", f"imports from {via}"))
    return made


def _dynamic(imported: Import) -> bool:
    return imported.module == "env" or imported.module.startswith("GOT.")


def _host(imports: Iterable[Import], kind: Kind, grants: Grants | None) -> list[Join]:
    """Interfaces that the runtime serves, and the runtime, by the name its configuration gives it away."""
    served = {_interface(i, kind) for i in imports if i.sort != "type" and not (kind is Kind.MODULE and _dynamic(i))}
    made = [Join(purl, EdgeKind.SERVICE_LOCAL, "host", "import") for purl in served]
    if made:
        runtime, via = (grants.format, "configuration") if grants else ("wasm-runtime", "import")
        made.append(Join(f"pkg:generic/{escape(runtime)}", EdgeKind.SERVICE_LOCAL, "host", via))
    return made


def _interface(imported: Import, kind: Kind) -> str:
    """One purl a core import module; one a WIT interface, with the interface as subpath."""
    if kind is Kind.MODULE:
        namespace = "wasi/" if imported.module in _WASI_MODULES else ""
        return f"pkg:generic/{namespace}{escape(imported.module.removeprefix('wasi_'))}"
    match = _WIT.fullmatch(imported.field)
    if match is None:
        return f"pkg:generic/{escape(imported.field)}"
    namespace, package, interface, version = match.groups()
    at_version = f"@{escape(version)}" if version else ""
    return f"pkg:generic/{namespace}/{package}{at_version}#{interface}"


def _remotes(grants: Grants) -> list[Join]:
    """Parties outside the host; what listens is reached from outside and depends on nobody."""
    return [
        Join(_party(r.target), EdgeKind.SERVICE_REMOTE, "declared", r.way) for r in grants.remotes if r.way != "listen"
    ]


def _party(target: str) -> str:
    """A remote party by host name; protocol and port tell its services apart."""
    match = _SOCKET.fullmatch(target) or _URL.match(target)
    if match is None:
        return f"pkg:generic/{escape(target)}"
    protocol, host, port = match.groups()
    return f"pkg:generic/{escape(host)}?{f'port={port}&' if port else ''}protocol={escape(protocol)}"


def escape(text: str) -> str:
    """Percent-encoding as package URLs want it (unreserved characters stay)."""
    return "".join(
        chr(b) if _UNRESERVED.match(bytes((b,))) else f"%{b:02X}" for b in text.encode("utf-8", "surrogatepass")
    )
