"""How files of an ecosystem are built again: what its folder brings, and the engine of `rebuild` asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from supplytrust.io.context import CollectContext
from supplytrust.io.processes.sandbox import Sandbox
from supplytrust.model.claims.rebuild import BuildRequirement, RecipeUsed
from supplytrust.model.subject import Subject


@dataclass(frozen=True, slots=True)
class RebuildTarget:
    """What is to be built again from what: a published file with its audited members, and the bytes of its source."""

    subject: Subject
    file_name: str
    data: bytes
    members: Mapping[str, bytes]
    uploaded_at: datetime
    source_name: str
    source: bytes
    from_tree: bool  # the source is a commit's tree, without history
    is_wheel: bool  # an installable file, not an archive of sources
    native: bool  # it holds compiled code


@dataclass(frozen=True, slots=True)
class BuildAttempt:
    """One build. `reason` says why there is no file; `recipe` is the backend's own business."""

    rules: tuple[str, ...]
    interpreter: str
    used: RecipeUsed
    reason: str = ""
    file_name: str = ""
    data: bytes = b""
    requirements: tuple[BuildRequirement, ...] | None = None
    log: str = ""
    recipe: Any = None


class RebuildPlan(Protocol):
    """The recipes for one file and the tools to try them with."""

    def find_tools(self, folder: Path) -> Sandbox | str:
        """The sandbox that builds run in, or the reason why this machine cannot build."""
        ...

    def recipes(self) -> list[Any]:
        """What to try, best chance first."""
        ...

    def attempt(self, rung: Any, folder: Path) -> BuildAttempt:
        """Build once in a new folder. Raises UnreachableError or OfflineError; all else is told in the attempt."""
        ...

    def revise(self, tried: BuildAttempt, left: list[Any]) -> list[Any]:
        """The recipes that are left after an attempt."""
        ...

    def remedies(self) -> int:
        """How many remedies for failed builds were used; each allows one attempt more."""
        ...


class RebuildBackend(Protocol):
    """How files of an ecosystem are built again and looked at; the engine around it is the same for all."""

    def members_of(self, data: bytes, file_name: str) -> tuple[dict[str, bytes], tuple[str, ...]]:
        """All files with their bytes and what the container audit says. MalformedError, TooLargeError."""
        ...

    def lists_members(self, members: Mapping[str, bytes]) -> bool:
        """Whether the file's own list of members holds for every one of them."""
        ...

    def is_backend_file(self, path: str, one: bytes | None, other: bytes | None) -> bool:
        """Whether a member of an archive of sources is written by the build itself, so that it may differ."""
        ...

    def stated_generators(self, members: Mapping[str, bytes]) -> list[tuple[str, str, str]]:
        """What a file states of the program that wrote it: name, version, the member that says so."""
        ...

    def other_toolchains(self, used: RecipeUsed | None) -> list[str]:
        """Versions of the interpreter or compiler on this machine, other than the one that was used."""
        ...

    def plan(self, target: RebuildTarget, world: CollectContext) -> RebuildPlan:
        """The recipes for one file. Raises SourceError and ValueError for sources that cannot be read."""
        ...
