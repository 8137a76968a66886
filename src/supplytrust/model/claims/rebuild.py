"""What came of building a published file again, and what was used to do it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.claims.claim import Claim


class RebuildLevel(enum.StrEnum):
    """How close a rebuild came, closest first. The last two say that nothing was shown either way."""

    BIT_FOR_BIT = "bit-for-bit"  # the files are equal
    CONTAINER_ONLY = "container-only"  # every member is equal, the zip or tar around them is not
    NORMALIZED = "normalized"  # equal after the named normalizers
    METADATA_DIFFERS = "metadata-differs"  # only `*.dist-info` differs, and in meaning
    DATA_DIFFERS = "data-differs"  # code is equal, another payload file is not
    CODE_DIFFERS = "code-differs"  # code differs, is missing or was added
    NATIVE_UNVERIFIED = "native-unverified"  # compiled members cannot be compared without their compiler
    NOT_REBUILT = "not-rebuilt"  # `reason` says why

    @property
    def reproduced(self) -> bool:
        """Whether the rebuild shows that the published file came from these inputs."""
        return self in {RebuildLevel.BIT_FOR_BIT, RebuildLevel.CONTAINER_ONLY, RebuildLevel.NORMALIZED}

    @property
    def differs(self) -> bool:
        """Whether a built file was there and its meaning was not that of the published one."""
        return self in {RebuildLevel.METADATA_DIFFERS, RebuildLevel.DATA_DIFFERS, RebuildLevel.CODE_DIFFERS}


class RebuildInput(enum.StrEnum):
    """What a file was rebuilt from."""

    SDIST = "sdist"
    TAG = "tag"


@dataclass(frozen=True, slots=True, order=True)
class BuildRequirement:
    """A distribution that was installed for the build: exact version and the sha256 of the wheel used.

    `uploaded_at` and `yanked` are what the index said when it was asked; None: it did not say.
    """

    name: str
    version: str
    sha256: str
    uploaded_at: datetime | None = None
    yanked: bool | None = None


@dataclass(frozen=True, slots=True)
class RecipeUsed:
    """How the build was set up. `rules` names the inference rules that chose it, `variables` its switches.

    `epoch` is SOURCE_DATE_EPOCH (None: not set); `cut_off` the latest upload time a requirement may have.
    """

    backend: str
    python: str
    rules: tuple[str, ...]
    requires: tuple[str, ...]
    cut_off: datetime | None
    epoch: int | None
    settings: tuple[tuple[str, str], ...] = ()
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One file that was not reproduced.

    `how`: differs, missing (in the rebuild) or added (by the rebuild).
    """

    path: str
    how: str
    text: str = ""


class NativeLevel(enum.StrEnum):
    """How close a compiled member came, closest first."""

    SAME_BYTES = "same-bytes"
    SAME_STRIPPED = "same-after-stripping"  # what a loader maps is equal but for the build id
    SAME_SYMBOLS = "same-symbols"  # symbols, libraries, sections and start-up are; the code was not compared
    DIFFERS = "differs"  # in what no compiler chooses; `differences` say in what
    NOT_BUILT = "not-built"  # the rebuild made no such member
    UNREADABLE = "unreadable"  # no ELF file with dynamic symbols, or a broken one

    @property
    def is_open(self) -> bool:
        """Whether not even the interface is known to be the rebuilt one's."""
        return self in {NativeLevel.DIFFERS, NativeLevel.NOT_BUILT, NativeLevel.UNREADABLE}


@dataclass(frozen=True, slots=True)
class NativeMember:
    """One compiled member against the rebuilt one. Sizes are bytes of the files; None: there is no such side.

    `reasons` are named causes that honest builds differ by (compiler, build-id, search-path, ...), `differences` what
    has no such cause, each one line.
    """

    path: str
    level: NativeLevel
    size: int
    rebuilt_size: int | None = None
    reasons: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RebuildAttempt:
    """One rung of the ladder: the rules it stood on and what came of it."""

    rules: tuple[str, ...]
    python: str
    level: RebuildLevel
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RebuildResult(Claim):
    """The verdict on one published file, the best of all attempts.

    `source` and `source_digest` (`sha256:<hex>` of the sdist, `gitCommit:<hex>` of the tree) say against
    what. `replayed` is True when the rebuilt members, put into the published container, gave the published
    bytes; None when that question does not arise. `container` lists what differs around equal members,
    `normalizers` what had to be evened out. `unreproduced` are the published members that no attempt gave
    back; `members` counts all of them. `native` are its compiled members; None: it has none, or none were
    compared. `requirements` None: none were installed. `sandbox` is bubblewrap, namespaces or none. `seconds` is
    wall time.
    """

    file_name: str
    sha256: str
    level: RebuildLevel
    reason: str
    source: RebuildInput
    source_digest: str
    engine: str
    sandbox: str = ""
    interpreter: str = ""
    recipe: RecipeUsed | None = None
    requirements: tuple[BuildRequirement, ...] | None = None
    normalizers: tuple[str, ...] = ()
    container: tuple[str, ...] = ()
    replayed: bool | None = None
    differences: tuple[Difference, ...] = ()
    unreproduced: tuple[str, ...] = ()
    members: int = 0
    attempts: tuple[RebuildAttempt, ...] = ()
    seconds: float = 0.0
    rebuilt_sha256: str = ""
    native: tuple[NativeMember, ...] | None = None


@dataclass(frozen=True, slots=True)
class SecondInterpreter(Claim):
    """The same recipe on another interpreter: a cheap check that no single interpreter made the result."""

    file_name: str
    first: str
    second: str
    first_level: RebuildLevel
    second_level: RebuildLevel
    same_file: bool


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One step down from the artifact towards what built it.

    `shown`: rebuilt, recorded or stated (by the file).
    """

    what: str
    version: str
    shown: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class BuilderChain(Claim):
    """Who built the builder, as far as it can be seen.

    `links` go from the artifact downwards; `ends_at` names where looking stopped and `on_trust` what has to
    be taken on trust from there on (compiler, interpreter binary, kernel).
    """

    file_name: str
    links: tuple[ChainLink, ...]
    ends_at: str
    on_trust: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RebuiltByOthers(Claim):
    """A verified statement of a rebuilder that the relying party names: it built the file with this digest again.

    `closeness` is same-bytes or equivalent (after a normalization of theirs); `builder` is what the statement itself
    says of the machine, '' when nothing; `at` when it was built, None when it does not say.
    """

    file_name: str
    sha256: str
    rebuilder: str
    closeness: str
    builder: str
    at: datetime | None
