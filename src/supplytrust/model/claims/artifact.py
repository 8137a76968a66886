"""What an artifact contains and is linked against, read without importing or executing anything of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from supplytrust.model.claims.claim import Claim
from supplytrust.model.subject import ArtifactKind
from supplytrust.model.vocabulary import OMITTED_BY_DEFAULT


@dataclass(frozen=True, slots=True)
class MeasuredDigest(Claim):
    """The SHA-256 that was measured on the received bytes against the one the index names ('' = none named).

    Where a SHA-512 is named, that one is measured too, else both of its fields are ''.
    `size` and `listed_size` (None: none named) are bytes. `whole` False: they could not be read to their end as what
    the file's name says they are.
    """

    file_name: str
    measured: str
    listed: str
    size: int
    listed_size: int | None = None
    whole: bool = True
    measured_sha512: str = field(default="", metadata=OMITTED_BY_DEFAULT)
    listed_sha512: str = field(default="", metadata=OMITTED_BY_DEFAULT)


class MemberKind(enum.StrEnum):
    """What a member is by its content first, its name second."""

    PYTHON = "python"
    NATIVE = "native"  # ELF, Mach-O, PE, wasm, static and import libraries
    SOURCE = "source"  # source text of another language
    SCRIPT = "script"  # shell, batch, JavaScript
    ARCHIVE = "archive"
    BYTECODE = "bytecode"
    DATA = "data"
    TEXT = "text"
    METADATA = "metadata"


@dataclass(frozen=True, slots=True)
class Member:
    """One regular file of an archive, path as stored (sdist: without its root folder)."""

    path: str
    size: int
    sha256: str
    kind: MemberKind
    language: str = ""


@dataclass(frozen=True, slots=True)
class ArtifactContents(Claim):
    """The members of one artifact. `tests` counts test modules, `python_lines` lines of Python."""

    file_name: str
    kind: ArtifactKind
    members: tuple[Member, ...]
    tests: int
    python_lines: int


@dataclass(frozen=True, slots=True)
class ContainerAudit(Claim):
    """What is odd about the container itself (two readers could see two archives); empty: nothing.

    Each problem is `<code>: <detail>`; codes: duplicate-member, case-collision, gap, prefix, trailing,
    name-mismatch, comment, path-escape, link, device, size-mismatch, flag-mismatch, extra-field, extra-root, odd-root,
    unresolved-link, unplaced, second-archive.
    """

    file_name: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordCheck(Claim):
    """A wheel's RECORD against its members (https://packaging.python.org/specifications/recording-installed-packages/).

    `unread`: what of it could not be read or compared, with the reason.
    """

    file_name: str
    present: bool
    mismatched: tuple[str, ...]
    unlisted: tuple[str, ...]
    absent: tuple[str, ...]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CoreMetadata(Claim):
    """METADATA or PKG-INFO of the artifact itself."""

    file_name: str
    name: str
    version: str
    requires_python: str
    requires_dist: tuple[str, ...]
    provides_extra: tuple[str, ...]
    generator: str = ""  # wheel only: the WHEEL file's Generator
    root_is_purelib: bool | None = None
    tags: tuple[str, ...] = ()
    project_urls: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BuildSystem(Claim):
    """The sdist's `[build-system]` table (PEP 518, PEP 517). `declared` False: no pyproject.toml table."""

    file_name: str
    declared: bool
    backend: str
    requires: tuple[str, ...]
    backend_path: tuple[str, ...]
    hooks: tuple[str, ...] = ()  # setup.py, cmdclass names, custom backend modules


@dataclass(frozen=True, slots=True)
class FileMatch:
    """How a wheel member relates to the sdist."""

    path: str
    relation: str  # same | moved | eol-only | modified | phantom


@dataclass(frozen=True, slots=True)
class WheelAgainstSdist(Claim):
    """Wheel members against sdist members by content (`reference`: phantom files).

    `odd` lists what is neither same, moved nor eol-only; `generated` those of them with a known benign
    origin that was checked by content (version constants only).
    """

    wheel: str
    sdist: str
    compared: int
    odd: tuple[FileMatch, ...]
    generated: tuple[str, ...]


class HookKind(enum.StrEnum):
    """Code that runs at install, build or interpreter start without being imported by the user."""

    PTH = "pth"
    SITECUSTOMIZE = "sitecustomize"
    SETUP_PY = "setup.py"
    CMDCLASS = "cmdclass"
    BACKEND_PATH = "backend-path"
    DATA_SCRIPT = "data-script"
    BUILD_SCRIPT = "build-script"
    PROC_MACRO = "proc-macro"
    INSTALL_SCRIPT = "install-script"
    SOURCE_DEPENDENCY = "source-dependency"  # built where it is installed, from a place and not from a registry
    COMMAND = "command"  # by the name of a program that builds call
    NATIVE_LIBRARY = "native-library"  # that a build links or makes: it acts through the build script


class Conduct(enum.StrEnum):
    """What such code was seen to do, as far as that is read; in the words of a report."""

    PROGRAMS = "starts programs"
    NETWORK = "reaches the network"
    ENVIRONMENT = "reads the environment"
    DECODED_CODE = "runs decoded text"
    ENVIRONMENT_SENT = "sends the environment"
    CREDENTIALS_SENT = "reads credentials beside the network"
    DOWNLOAD_TO_SHELL = "feeds a download to a shell"


GRAVE_CONDUCT = frozenset(
    {Conduct.DECODED_CODE, Conduct.ENVIRONMENT_SENT, Conduct.CREDENTIALS_SENT, Conduct.DOWNLOAD_TO_SHELL}
)  # what no honest installation needs


@dataclass(frozen=True, slots=True)
class StartupHook:
    """One such piece of code. `sha256` tells whether it is the predecessor's; `conduct` what it was seen to do."""

    kind: HookKind
    path: str
    sha256: str
    executes: bool  # a .pth with an import line; a setup.py with more than a call of setup()
    conduct: tuple[Conduct, ...] = field(default=(), metadata=OMITTED_BY_DEFAULT)


@dataclass(frozen=True, slots=True)
class StartupHooks(Claim):
    """All start-up hooks of one artifact. `unclear`: why there may be more of them than could be seen."""

    file_name: str
    hooks: tuple[StartupHook, ...]
    unclear: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeSincePredecessor(Claim):
    """This artifact against the same kind of artifact of the predecessor release.

    `dated`: that one is known to have been there for a while (`release.HORIZON`) when this one was uploaded.
    """

    predecessor: str
    file_name: str
    against: str
    new_hooks: tuple[StartupHook, ...]
    new_native: tuple[str, ...]  # native or opaque members with no counterpart of the same name stem before
    had_native: bool
    size_before: int
    size_now: int
    new_install_scripts: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()  # why there may be more hooks than could be seen
    dated: bool = True
    lost: str = field(default="", metadata=OMITTED_BY_DEFAULT)  # what that one told of its source and this one does not


@dataclass(frozen=True, slots=True)
class CodeComposition(Claim):
    """Bytes by language of what the artifact runs; `native` counts compiled members, `ctypes` its users."""

    file_name: str
    bytes_by_language: tuple[tuple[str, int], ...]
    native_members: int
    ctypes_modules: tuple[str, ...]


# What an artifact is linked against and what it asks for at run time, read from its files.


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
