"""What is done to find faults before others do: fuzz targets, configurations that run them, property tests."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.source_tree import KnownBy


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
