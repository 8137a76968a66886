"""What an artifact is linked against and what it asks for at run time, read from its files."""

from __future__ import annotations

from dataclasses import dataclass

from supplytrust.model.claims.claim import Claim


@dataclass(frozen=True, slots=True, order=True)
class NativeFile:
    """One ELF file of an artifact.

    `needed`, `soname` and `search` (RPATH and RUNPATH) are as the dynamic section has them; `versions` are the
    versioned symbols that other libraries must give (`GLIBC_2.17`); `compilers` what `.comment` says.
    """

    path: str
    machine: str
    needed: tuple[str, ...] = ()
    soname: str = ""
    search: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    compilers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkedLibraries(Claim):
    """The dynamic links of an artifact's native files.

    `bundled` are needed libraries that the artifact brings itself, `host` those it expects of the system.
    `platform` is the lowest platform (PEP 600) that the glibc symbols and the host libraries allow: `linux` when a
    host library is outside of what PEP 600 counts on, '' when there is no native file. `unread` names native
    files that are not ELF or could not be read.
    """

    file_name: str
    files: tuple[NativeFile, ...]
    bundled: tuple[str, ...]
    host: tuple[str, ...]
    platform: str
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class LoadedName:
    """A library that code opens by name. `how` is the call that does it (`ctypes.CDLL`, `ffi.dlopen`, ...)."""

    name: str
    how: str
    path: str
    line: int


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """A service that code may talk to: a literal address, or the client library that is imported for it.

    `known_by` grades it: `call` (a constant address is given to a call that connects to it), `address` (a URL with a
    host is in the code), `client` (only the kind of service shows).
    """

    service: str
    known_by: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class RunTimeReach(Claim):
    """What the Python code of an artifact opens by name and whom it may talk to; syntax only, tests left out."""

    file_name: str
    libraries: tuple[LoadedName, ...]
    endpoints: tuple[Endpoint, ...]
