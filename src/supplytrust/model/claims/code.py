"""What reading code as text and syntax tells, and what is done to find faults before others do. Nothing is run."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.source_tree import KnownBy


class Family(enum.StrEnum):
    """A family of rules; each is one question of the area expertise."""

    PRIMITIVES = "primitives"  # digests, ciphers, modes, nonces
    KEYS = "keys"  # lengths of keys, rounds of key derivation
    COMPARISON = "comparison"  # of MACs, digests and tokens
    RANDOMNESS = "randomness"  # where secrets come from
    CERTIFICATES = "certificates"  # and host keys, and versions of TLS
    DESERIALIZATION = "deserialization"  # formats that can name code, or reach out
    BOUNDS = "bounds"  # code where the language does not check them


class Ability(enum.StrEnum):
    """What code does that asks for particular knowledge."""

    CRYPTOGRAPHY = "cryptography"
    PARSING = "parsing"  # of bytes that may come from others
    NATIVE = "native"  # compiled members, or calls into libraries
    NETWORK = "network"
    DESERIALIZATION = "deserialization"
    EXECUTION = "execution"  # of programs, or of text as code
    ISOLATION = "isolation"  # sandboxes, enclaves, WebAssembly run-times


@dataclass(frozen=True, slots=True)
class CodeFinding:
    """One place worth a question.

    `severity` by use: `high` (it protects something and is not fit), `low` (whether it protects something is not
    evident), `info` (told only). `reach`, by place in the artifact: library | test | vendored | example | build.
    `line` counts from 1.
    """

    rule: str
    family: Family
    severity: str
    path: str
    line: int
    reach: str
    text: str


@dataclass(frozen=True, slots=True)
class CodeFindings(Claim):
    """What the rules found in the source text of one artifact.

    `modules` counts source files of the languages that rules exist for, `unread` those of them that could not be
    parsed, were not kept or were beyond the bounds; `bytes_read` their text. `exercised` counts, for each family,
    the places in library code where something it judges is used, fit or not. `left_out` counts findings beyond
    those listed, the least grave ones.
    """

    file_name: str
    modules: int
    unread: int
    bytes_read: int
    exercised: tuple[tuple[Family, int], ...]
    findings: tuple[CodeFinding, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Capability:
    """An ability, the number of files it was seen in, and the first places (`path:line what`)."""

    ability: Ability
    files: int
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Capabilities(Claim):
    """What library and vendored code of one artifact does, by imports, calls and compiled members.

    An ability that is not listed was not seen; with `unread` files that is not the same as absent.
    """

    file_name: str
    files: int
    unread: int
    found: tuple[Capability, ...]

    def has(self, ability: Ability) -> bool:
        """Whether this ability was seen."""
        return any(c.ability is ability for c in self.found)


# What is done to find faults before others do: fuzz targets, configurations that run them, property tests.


class FuzzPlace(enum.StrEnum):
    """Where it was looked for."""

    SDIST = "sdist"
    TREE = "tree"  # of the repository at the release's tag
    OSS_FUZZ = "oss-fuzz"  # a checkout of that project's configurations


@dataclass(frozen=True, slots=True)
class FuzzPart:
    """One file and what it has: an engine, a command that runs targets, a property test library or a sanitizer."""

    path: str
    what: str


@dataclass(frozen=True, slots=True)
class FuzzingSetup(Claim):
    """What one place shows. Parts beyond the first 20 of a kind are left out; `*_total` count all.

    `known_by` says why a tree is the package's own (None: not a tree). `runs` are configurations that execute
    targets, `targets` entry points for a fuzzer, `properties` tests with generated inputs, `sanitizers` their flags
    in CI. `unread` counts candidates that were beyond the bounds or could not be read.
    """

    version: str
    place: FuzzPlace
    name: str
    known_by: KnownBy | None
    runs: tuple[FuzzPart, ...]
    targets: tuple[FuzzPart, ...]
    properties: tuple[FuzzPart, ...]
    sanitizers: tuple[FuzzPart, ...]
    targets_total: int
    properties_total: int
    read: int
    unread: int


# What lets strangers steer the runs that test, build and release.


@dataclass(frozen=True, slots=True, order=True)
class WorkflowWeakness:
    """One weakness of a workflow: its file, the job and step, its kind (`evidence.source_code.ci_workflows`), what."""

    path: str
    place: str
    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class WorkflowWeaknesses(Claim):
    """The CI workflows of the tagged tree. `actions` are uses of foreign code, `publishers` files that may release.

    `analysers` are programs that look for faults in the source without running it, as far as they are known by name.

    Of `found` the first 100 are kept, `total` counts all. `unread` files are no workflows that could be understood,
    or lie beyond the bounds.
    """

    version: str
    known_by: KnownBy
    tag: str
    files: int
    unread: int
    actions: int
    found: tuple[WorkflowWeakness, ...]
    total: int
    publishers: tuple[str, ...]
    analysers: tuple[str, ...]
