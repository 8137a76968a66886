"""What joins a workload and how: built in, found at load time, served by the host, reached over the network.

Every join is a dependency with a package URL; those known by bytes have a digest, the others only a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from supplytrust.model.vocabulary import EdgeKind
from supplytrust.wasm.capability import Capability, Grants
from supplytrust.wasm.custom_sections import Crate
from supplytrust.wasm.inspection import Inspection, PartView
from supplytrust.wasm.parts import Import, Kind

_UNRESERVED = re.compile(rb"[A-Za-z0-9._~-]")
_WIT = re.compile(r"([a-z0-9-]+):([a-z0-9-]+)/([a-z0-9-]+)(?:@(\S+))?")
_SOCKET = re.compile(r"(tls|tcp):(.+):(\d+)")
_URL = re.compile(r"([a-z][a-z0-9+.-]*)://([^/:?#]+)(?::(\d+))?")
_WASI_MODULES = frozenset(("wasi_snapshot_preview1", "wasi_unstable"))


@dataclass(frozen=True, slots=True, order=True)
class Join:
    """One dependency. `how`: static, dynamic, host or declared; `digest` is `sha256:<hex>` or empty."""

    purl: str
    kind: EdgeKind
    how: str
    via: str
    digest: str = ""


def joins(found: Inspection, grants: Grants | None) -> tuple[Join, ...]:
    """All joins of the root, sorted and unique."""
    made = [
        *_nested_joins(found.parts[1:]),
        *_crates(found.parts),
        *_libraries(found),
        *_host(found.wasm.root.imports, found.wasm.root.kind, grants),
        *(_remotes(grants) if grants else ()),
    ]
    return tuple(sorted(set(made)))


def _nested_joins(parts: Iterable[PartView]) -> list[Join]:
    """Modules and components inside: their bytes are here, so they are known by digest."""
    return [_static(p) for p in parts]


def _static(view: PartView) -> Join:
    place = ".".join(map(str, view.part.path))
    name = view.name or f"{view.part.kind}-{place}"
    purl = f"pkg:generic/{escape(name)}?checksum=sha256:{view.sha256}"
    return Join(purl, EdgeKind.LINK, "static", f"nested {view.part.kind} {place}", f"sha256:{view.sha256}")


def _crates(parts: Iterable[PartView]) -> list[Join]:
    """Declared crates; the root crate is the workload itself."""
    return [_crate(c) for view in parts for section in view.crates for c in section if not c.root]


def _crate(crate: Crate) -> Join:
    kind = EdgeKind.BUILD if crate.kind == "build" else EdgeKind.LINK
    how = "declared" if crate.kind == "build" else "static"
    purl = f"pkg:cargo/{escape(crate.name)}@{escape(crate.version)}"
    return Join(purl, kind, how, f".dep-v0 {crate.source}")


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
