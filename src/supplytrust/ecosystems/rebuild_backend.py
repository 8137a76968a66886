"""How files of an ecosystem are built again: what its folder brings, and the engine of `rebuild` asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol

from supplytrust.io.context import CollectContext
from supplytrust.io.processes.sandbox import Sandbox
from supplytrust.model.claims.rebuild import BuildRequirement, RebuildLevel, RecipeUsed
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
    is_built: bool  # an installable file, not an archive of sources
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


Members = Mapping[str, bytes]
ELF = b"\x7fELF"
LIBRARIES = (".so", ".pyd", ".dll", ".dylib")


TEXT_PROBE = 8_000  # bytes that are searched for a NUL, as git does


def with_lf(data: bytes) -> bytes:
    """Bytes of a text with every CRLF as LF."""
    return data.replace(b"\r\n", b"\n")


def same_text(one: bytes, other: bytes) -> bool:
    """Whether both are texts (no NUL at their beginning) that are equal once their line ends are."""
    texts = b"\0" not in one[:TEXT_PROBE] and b"\0" not in other[:TEXT_PROBE]
    return texts and with_lf(one) == with_lf(other)


def is_library(path: str) -> bool:
    """Whether the name is that of a compiled library (`x.so`, `x.so.1.2`, `x.pyd`, ...)."""
    name = path.rpartition("/")[2]
    return name.endswith(LIBRARIES) or ".so." in name


def is_compiled(path: str, members: Members, other: Members) -> bool:
    """A library by its name; anything else only where both sides have machine code, so that none can hide a change."""
    both = members[path][:4] == ELF == other.get(path, b"")[:4]
    return is_library(path) or both


class FileRules:
    """How a published file and the one that was built are compared, for one kind of files.

    As it stands: sources, all of which are code, and which are equal where only line ends differ. An ecosystem
    overrides what is known of its files. Rules even out form, never meaning: what one of them hides cannot be seen.
    """

    BUILT: ClassVar[bool] = False  # an installer takes it as it is: differences are shown, and its container compared
    PURE: bool = False  # it says that it holds no compiled code

    def even(self, path: str, published: bytes | None, rebuilt: bytes | None) -> str:  # noqa: ARG002
        """The name of the rule under which two members that differ are equal; '' when they are not.

        None: there is no such member on that side.
        """
        both = published is not None and rebuilt is not None
        return "eol" if both and same_text(published or b"", rebuilt or b"") else ""

    def level_of(self, path: str) -> RebuildLevel:  # noqa: ARG002
        """The level of a file that differs in this member: code, data or metadata."""
        return RebuildLevel.CODE_DIFFERS

    def find_bad_list(self, members: Members) -> str:  # noqa: ARG002
        """The file's own list of members where it does not hold for them; '' when it does, or there is none."""
        return ""

    def is_native(self, members: Members) -> bool:  # noqa: ARG002
        """Whether the file holds compiled code, or says so."""
        return False

    def without_compiled(self, members: Members, other: Members) -> dict[str, bytes]:
        """What of a file with compiled code can be compared byte for byte with another file's members."""
        return {path: data for path, data in members.items() if not is_compiled(path, members, other)}

    def compare_container(
        self,
        published: tuple[str, bytes],  # noqa: ARG002
        rebuilt: tuple[str, bytes],  # noqa: ARG002
        members: Members,  # noqa: ARG002
    ) -> tuple[tuple[str, ...], bool | None]:
        """What differs between the containers (names and bytes) of files with equal members, as short codes.

        Then whether packing the rebuilt members as the published ones were packed gives the published bytes; None
        where that is not tried.
        """
        return (), None


class RebuildBackend(Protocol):
    """How files of an ecosystem are built again and looked at; the engine around it is the same for all."""

    packs_trees: bool  # whether installable files are made of a tree alone: no source archive, no day to build as of
    needs_commit: bool  # whether a tree is built with the commit's own git objects beside it

    def members_of(self, data: bytes, file_name: str) -> tuple[dict[str, bytes], tuple[str, ...]]:
        """All files with their bytes and what the container audit says. MalformedError, TooLargeError."""
        ...

    def rules_for(self, file_name: str) -> FileRules:
        """How a published file of this name is compared with what was built."""
        ...

    def stated_generators(self, members: Mapping[str, bytes]) -> list[tuple[str, str, str]]:
        """What a file states of the program that wrote it: name, version, the member that says so."""
        ...

    def other_toolchains(self, used: RecipeUsed | None) -> list[str]:
        """Versions of the interpreter or compiler on this machine, other than the one that was used."""
        ...

    def explain_remedy(self, rule: str) -> str:
        """What a rule of a recipe is, that a failed build led to; '' for any other rule."""
        ...

    def plan(self, target: RebuildTarget, world: CollectContext) -> RebuildPlan:
        """The recipes for one file. Raises SourceError and ValueError for sources that cannot be read."""
        ...
