"""What a loader's configuration gives a workload, and what comes of it together with what the workload asks.

Effective capability = required (imports) ∩ granted (configuration).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from supplytrust.wasm.capability import Capability

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
