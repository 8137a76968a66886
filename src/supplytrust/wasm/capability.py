"""What an import lets a workload do, what a configuration grants, and what comes of both.

Effective capability = required (imports) ∩ granted (configuration). Every preview 1 function and every interface of
WASI 0.2 and 0.3 has a class.

Names and meanings: WASI snapshot preview 1 (witx), WASI 0.2 and 0.3 (https://github.com/WebAssembly/WASI,
proposals/*/wit). A name that is not in these tables is unknown, and unknown is denied.
"""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from supplytrust.wasm.parts import Import, Kind


class Capability(enum.StrEnum):
    """Classes of what can be asked of the host. `TYPE_ONLY` imports shared types and can do nothing."""

    ENV = "env"
    CLOCK = "clock"
    RANDOM = "random"
    RANDOM_WEAK = "random-weak"
    PROCESS = "process"
    ENTRY = "entry"
    EVENT = "event"
    HANDLE = "handle"
    IO_READ = "io-read"
    IO_WRITE = "io-write"
    FS_OPEN = "fs-open"
    FS_READ = "fs-read"
    FS_WRITE = "fs-write"
    NET = "net"
    NET_DNS = "net-dns"
    NET_HTTP = "net-http"
    NET_HTTP_IN = "net-http-in"
    NET_HTTP_OUT = "net-http-out"
    TYPE_ONLY = "type-only"
    LEGACY = "legacy"
    DYNAMIC_LINK = "dynamic-link"
    UNKNOWN = "unknown"


def _table(rows: dict[Capability, str]) -> dict[str, Capability]:
    return {name: capability for capability, names in rows.items() for name in names.split()}


PREVIEW1 = _table(
    {
        Capability.ENV: "args_get args_sizes_get environ_get environ_sizes_get",
        Capability.CLOCK: "clock_res_get clock_time_get",
        Capability.RANDOM: "random_get",
        Capability.PROCESS: "proc_exit proc_raise sched_yield",
        Capability.EVENT: "poll_oneoff",
        Capability.HANDLE: "fd_close fd_renumber fd_fdstat_get fd_fdstat_set_flags fd_fdstat_set_rights"
        " fd_prestat_get fd_prestat_dir_name fd_seek fd_tell fd_advise",
        Capability.IO_READ: "fd_read fd_pread",
        Capability.IO_WRITE: "fd_write fd_pwrite",
        Capability.FS_OPEN: "path_open",
        Capability.FS_READ: "fd_filestat_get fd_readdir path_filestat_get path_readlink",
        Capability.FS_WRITE: "fd_allocate fd_datasync fd_sync fd_filestat_set_size fd_filestat_set_times"
        " path_create_directory path_filestat_set_times path_link path_remove_directory path_rename"
        " path_symlink path_unlink_file",
        Capability.NET: "sock_accept sock_recv sock_send sock_shutdown",
    }
)

INTERFACES = _table(
    {
        Capability.ENV: "cli/environment",
        Capability.PROCESS: "cli/exit",
        Capability.ENTRY: "cli/run",
        Capability.IO_READ: "cli/stdin",
        Capability.IO_WRITE: "cli/stdout cli/stderr",
        Capability.HANDLE: "cli/terminal-input cli/terminal-output cli/terminal-stdin cli/terminal-stdout"
        " cli/terminal-stderr io/streams",
        Capability.EVENT: "io/poll",
        Capability.CLOCK: "clocks/monotonic-clock clocks/wall-clock clocks/system-clock clocks/timezone",
        Capability.RANDOM: "random/random",
        Capability.RANDOM_WEAK: "random/insecure random/insecure-seed",
        Capability.FS_OPEN: "filesystem/preopens",
        Capability.FS_WRITE: "filesystem/types",
        Capability.NET: "sockets/instance-network sockets/tcp sockets/udp sockets/tcp-create-socket"
        " sockets/udp-create-socket sockets/types",
        Capability.NET_DNS: "sockets/ip-name-lookup",
        Capability.NET_HTTP: "http/types",
        Capability.NET_HTTP_OUT: "http/outgoing-handler http/client",
        Capability.NET_HTTP_IN: "http/incoming-handler http/handler",
        Capability.TYPE_ONLY: "io/error sockets/network cli/types clocks/types",
    }
)

_MODULES = {"wasi_snapshot_preview1": False, "wasi_unstable": True}  # name -> legacy
_INTERFACE = re.compile(r"wasi:([a-z0-9-]+/[a-z0-9-]+)@0\.([23])\.(?:0|[1-9]\d*)(?:[-+][0-9A-Za-z.+-]+)?")
_UNKNOWN = frozenset((Capability.UNKNOWN,))


def classify(imported: Import, kind: Kind) -> frozenset[Capability]:
    """The classes of one import of the root part; more than one only for legacy preview 0 names."""
    if kind is Kind.COMPONENT:
        return _interface(imported)
    return _function(imported)


def _function(imported: Import) -> frozenset[Capability]:
    legacy = _MODULES.get(imported.module)
    if legacy is not None:
        capability = PREVIEW1.get(imported.field) if imported.sort == "function" else None
        if capability is None:
            return _UNKNOWN
        return frozenset((capability, Capability.LEGACY)) if legacy else frozenset((capability,))
    if imported.module == "env" or imported.module.startswith("GOT."):
        return frozenset((Capability.DYNAMIC_LINK,))
    return _UNKNOWN


def _interface(imported: Import) -> frozenset[Capability]:
    if imported.sort == "type":  # a type by itself can do nothing: what makes or takes its values is imported too
        return frozenset((Capability.TYPE_ONLY,))
    match = _INTERFACE.fullmatch(imported.field)
    if match is None or imported.sort != "instance":
        return _UNKNOWN
    return frozenset((INTERFACES.get(match.group(1), Capability.UNKNOWN),))


def required_capabilities(imports: Iterable[Import], kind: Kind) -> dict[Capability, tuple[str, ...]]:
    """Import names by class, both in order: the upper bound of what the workload can ask for."""
    found: dict[Capability, set[str]] = {}
    for imported in imports:
        for capability in classify(imported, kind):
            found.setdefault(capability, set()).add(imported.name)
    return {c: tuple(sorted(found[c])) for c in Capability if c in found}


def abi(imports: Iterable[Import], kind: Kind) -> str:
    """The newest in use of `preview0`, `preview1`, `p2`, `p3`; `none` when nothing of WASI is imported."""
    if kind is Kind.MODULE:
        modules = {i.module for i in imports}
        return next((a for m, a in _ABIS if m in modules), "none")
    versions = {m.group(2) for i in imports if (m := _INTERFACE.fullmatch(i.field))}
    return f"p{max(versions)}" if versions else "none"


_ABIS = (("wasi_snapshot_preview1", "preview1"), ("wasi_unstable", "preview0"))


# What runtimes give to every command: all of `wasi:cli/command` but files and the network.
COMMAND = frozenset(
    (
        Capability.ENV,
        Capability.CLOCK,
        Capability.RANDOM,
        Capability.RANDOM_WEAK,
        Capability.PROCESS,
        Capability.EVENT,
        Capability.HANDLE,
        Capability.IO_READ,
        Capability.IO_WRITE,
    )
)
FILES = frozenset((Capability.FS_OPEN, Capability.FS_READ, Capability.FS_WRITE))


# --- what a loader's configuration gives

NO_FORMAT = "none"  # nothing configures the workload: grants are whatever its loader gives
EVERYTHING = frozenset(Capability) - {Capability.UNKNOWN, Capability.DYNAMIC_LINK}


@dataclass(frozen=True, slots=True, order=True)
class Remote:
    """A party outside the host: `way` is connect, listen, steward or registry; `target` as configured."""

    way: str
    target: str
    protected: bool


@dataclass(frozen=True, slots=True)
class Grants:
    """One configuration. `items` spell every grant, sorted: `env:NAME`, `connect:tls:host:443`, `dir:/data`.

    `capabilities` are the classes that the loader serves with it; `sockets`: some descriptors are sockets,
    so reading and writing them is network. `remarks` are what a reviewer should see, as `code: text`.
    """

    format: str
    items: tuple[str, ...]
    capabilities: frozenset[Capability]
    sockets: bool = False
    remotes: tuple[Remote, ...] = ()
    remarks: tuple[str, ...] = ()


def arguments_item(arguments: Iterable[str]) -> str:
    """The grant for command line arguments: SHA-256 over each argument followed by a zero byte."""
    joined = b"".join(a.encode("utf-8") + b"\0" for a in arguments)
    return f"args:sha256:{hashlib.sha256(joined).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Effective:
    """`used`: what the workload can do. `surplus`: granted, not asked for. `failing`: asked, not granted."""

    used: frozenset[Capability]
    surplus: frozenset[Capability]
    failing: frozenset[Capability]


_IO = frozenset((Capability.IO_READ, Capability.IO_WRITE))
_HARMLESS = frozenset((Capability.TYPE_ONLY, Capability.ENTRY, Capability.LEGACY))


def effective(required: Mapping[Capability, tuple[str, ...]], grants: Grants | None) -> Effective:
    """Meet the imports with the grants; without a configuration everything known counts as granted."""
    asked = frozenset(required)
    if grants is None:
        return Effective(asked, frozenset(), frozenset())
    granted = grants.capabilities | _HARMLESS
    unknown = asked - EVERYTHING  # no configuration can be said to withhold what is not understood
    used = (asked & granted) | unknown
    if grants.sockets and asked & _IO:
        used |= {Capability.NET}
    socket_io = frozenset((Capability.NET,)) if grants.sockets and asked & _IO else frozenset()
    return Effective(used, grants.capabilities - asked - socket_io, asked - granted - unknown)
