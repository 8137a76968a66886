"""A crate packaged again from its commit with `cargo package`, in the box; nothing of it is compiled or run.

cargo is started outside of the tree, so that a `rust-toolchain.toml` or `.cargo/config.toml` of the tree has no say
("Overrides" of the rustup book, "Hierarchical structure" of the cargo book), by the path of the toolchain, its home
empty. First without a lock file, which needs no index at all; then with the published lock as input, over an index that
holds the pages of the packages it names. Which cargo the publisher had is not known: the one at hand is named.
"""

from __future__ import annotations

import io
import os
import posixpath
import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from supplytrust.ecosystems import tar_container
from supplytrust.ecosystems.cargo import crate, index, releases
from supplytrust.ecosystems.cargo.address import PUBLIC
from supplytrust.ecosystems.cargo.locks import cargo_lock
from supplytrust.ecosystems.cargo.manifest import PUBLISHED, disagreements, read_manifest
from supplytrust.ecosystems.rebuild_backend import BuildAttempt, FileRules, Members, RebuildTarget
from supplytrust.errors import MalformedError, SourceError
from supplytrust.io.archives import reader
from supplytrust.io.context import CollectContext
from supplytrust.io.processes import run, sandbox
from supplytrust.io.processes.sandbox import Box, Sandbox
from supplytrust.model.claims.rebuild import RebuildLevel, RecipeUsed
from supplytrust.model.subject import Artifact, ArtifactKind

TOOL_IN: Final = "/build/rust"
SOURCE_IN: Final = "/build/source"
WORK_IN: Final = "/build/work"  # beside the tree, never in it
SECONDS: Final = 120.0
WITHOUT_LOCK, WITH_LOCK = "exclude-lockfile", "published-lock"
LARGEST: Final = 64 * 2**20
CODE: Final = (".rs", ".c", ".cc", ".cpp", ".h", ".S", ".s", ".asm", ".o", ".a", ".so", ".sh", ".py", ".toml")
_CONFIG = f'[source.{PUBLIC}]\nreplace-with = "pages"\n[source.pages]\nlocal-registry = "{WORK_IN}/registry"\n'


class CrateFileRules(FileRules):
    """Crates: what cargo writes anew may have another form, and the tar around the members other stamps."""

    def even(self, path: str, published: bytes | None, rebuilt: bytes | None) -> str:
        """`manifest-form`, `lock-rule`, `eol`, or ''.

        The lock may be missing or resolved anew: that every entry of the published one is the index's, and not later
        than the crate, is looked at before anything is built (`plan`).
        """
        if path == PUBLISHED and published is not None and rebuilt is not None:
            return "manifest-form" if _mean_the_same(published, rebuilt) else ""
        return "lock-rule" if path == crate.LOCK else super().even(path, published, rebuilt)

    def level_of(self, path: str) -> RebuildLevel:
        """What is compiled or steers the build is code."""
        return RebuildLevel.CODE_DIFFERS if path.endswith(CODE) else RebuildLevel.DATA_DIFFERS

    def compare_container(
        self,
        published: tuple[str, bytes],
        rebuilt: tuple[str, bytes],
        members: Members,  # noqa: ARG002
    ) -> tuple[tuple[str, ...], bool | None]:
        """Order, stamps and modes of the tar, and its compression; packing again is not tried."""
        return tar_container.differences(published[1], rebuilt[1]), None


class CrateRebuild:
    """Crates from the tree of a commit: see `ecosystems.rebuild_backend.RebuildBackend`."""

    needs_commit = True
    packs_trees = False

    def members_of(self, data: bytes, file_name: str) -> tuple[dict[str, bytes], tuple[str, ...]]:
        """All files without the root folder, and what the container audit says."""
        found = crate.read(Artifact(file_name, "", ArtifactKind.SOURCE), data, keep=reader.everything)
        members = {file.path: file.data for file in found.files}
        unread = [path for path, body in members.items() if body is None]
        if unread:
            raise MalformedError(f"{unread[0][:80]} is too large to be compared")
        return {path: body for path, body in members.items() if body is not None}, found.problems

    def rules_for(self, file_name: str) -> FileRules:  # noqa: ARG002
        """Those of crates."""
        return CrateFileRules()

    def explain_remedy(self, rule: str) -> str:  # noqa: ARG002
        """No recipe has a remedy."""
        return ""

    def stated_generators(self, members: Mapping[str, bytes]) -> list[tuple[str, str, str]]:  # noqa: ARG002
        """A crate does not say which cargo wrote it."""
        return []

    def other_toolchains(self, used: RecipeUsed | None) -> list[str]:  # noqa: ARG002
        """Only the cargo at hand is used."""
        return []

    def plan(self, target: RebuildTarget, world: CollectContext) -> CratePlan:
        """Where the crate lies in its tree. Raises SourceError and ValueError for crates that do not fit one."""
        told = crate.read_vcs_info(target.members.get(crate.VCS_INFO))
        if told is None or not target.from_tree:
            raise ValueError("the crate names no folder of its source")
        shipped = target.members.get(crate.LOCK)
        wrong = releases.check_lock(target.subject, shipped, world) if shipped is not None else ""
        if wrong:
            raise ValueError(f"the lock of the crate: {wrong}")
        return CratePlan(target, told.folder, shipped, world)


def _mean_the_same(one: bytes, other: bytes) -> bool:
    """Whether two generated manifests mean one thing: clients of different years write different lines."""
    try:
        first, second = (read_manifest(data, ()) for data in (one, other))
    except SourceError:
        return False
    guessed = [what for what in disagreements(first, second) if what not in ("build script", "library")]
    return not guessed and _agree(first.build, second.build) and _agree(first.library, second.library)


def _agree(one: str, other: str) -> bool:
    """Older clients wrote no path where cargo finds the file by itself."""
    return one == other or {one, other} in ({"", "build.rs"}, {"", "src/lib.rs"})


@dataclass(slots=True)
class CratePlan:
    """One crate's recipes, and the cargo to try them with."""

    target: RebuildTarget
    folder: str
    shipped: bytes | None
    world: CollectContext
    box: Sandbox = sandbox.NONE
    toolchain: Path = field(default_factory=Path)
    version: str = ""

    def find_tools(self, folder: Path) -> Sandbox | str:
        """The sandbox, or why there is none: without one nothing of a judged tree is touched."""
        self.box = sandbox.find_sandbox()
        if self.box == sandbox.NONE:
            return f"no-sandbox: {sandbox.explain_none()}"
        found = _toolchain(folder)
        if found is None:
            return "no-cargo: cargo is not installed"
        self.toolchain, self.version = found
        return self.box

    def recipes(self) -> list[Any]:
        """Without a lock file, then with the published one."""
        return [WITHOUT_LOCK, *([WITH_LOCK] if self.shipped is not None else [])]

    def remedies(self) -> int:
        """None are used."""
        return 0

    def revise(self, tried: BuildAttempt, left: list[Any]) -> list[Any]:  # noqa: ARG002
        """Every recipe is tried until one is close enough."""
        return left

    def attempt(self, rung: str, folder: Path) -> BuildAttempt:
        """Package once in a new folder."""
        folder.mkdir()
        work = folder / "work"
        used = RecipeUsed("cargo package", self.version, (rung,), (), None, None)
        try:
            _unpack(self.target.source, folder)
            self._prepare(rung, folder / "source", work)
        except (SourceError, OSError, tarfile.TarError) as error:
            return BuildAttempt((rung,), self.version, used, f"unreadable-tree: {str(error)[:120]}")
        sandbox.give_away(folder)
        ended = sandbox.run(self._command(rung), self._room(folder), self.box)
        made = work / "target" / "package" / self.target.file_name
        if ended.status != 0 or not made.is_file() or made.stat().st_size > LARGEST:
            reason = "timeout" if ended.timed_out else "package-failed"
            last = ended.log.strip().splitlines()[-1:] or [f"status {ended.status}"]
            return BuildAttempt((rung,), self.version, used, f"{reason}: {last[0][:120]}", log=ended.log)
        return BuildAttempt((rung,), self.version, used, "", made.name, made.read_bytes(), None, ended.log)

    def _command(self, rung: str) -> list[str]:
        manifest = posixpath.join(SOURCE_IN, self.folder, PUBLISHED)
        options = ["--no-verify", "--offline", "--manifest-path", manifest, "--target-dir", f"{WORK_IN}/target"]
        options += ["--exclude-lockfile"] if rung == WITHOUT_LOCK else []
        return [f"{TOOL_IN}/bin/cargo", "package", *options]

    def _room(self, folder: Path) -> Box:
        base = sandbox.base_prefix()
        variables = {
            "PATH": f"{TOOL_IN}/bin:/usr/bin:/bin",
            "HOME": f"{WORK_IN}/home",
            "CARGO_HOME": f"{WORK_IN}/home",
            "CARGO_TERM_COLOR": "never",
            "CARGO_NET_OFFLINE": "true",
            "GIT_CONFIG_NOSYSTEM": "1",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }
        return Box(
            sandbox.base_interpreter(),
            {base: base, str(self.toolchain): TOOL_IN},
            {str(folder / "source"): SOURCE_IN, str(folder / "work"): WORK_IN},
            WORK_IN,
            variables,
            seconds=SECONDS,
        )

    def _prepare(self, rung: str, source: Path, work: Path) -> None:
        (work / "home").mkdir(parents=True)
        if rung != WITH_LOCK or self.shipped is None:
            return
        (work / "home" / "config.toml").write_text(_CONFIG, encoding="utf-8")
        pages = work / "registry" / "index"
        pages.mkdir(parents=True)
        for package in cargo_lock.read_lock(self.shipped).packages:
            if package.from_registry:
                page = index.page(package.name, self.world)
                place = pages / index.page_path(package.name)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(page.raw)
        place = _workspace_root(source, self.folder) / crate.LOCK
        place.unlink(missing_ok=True)
        place.write_bytes(self.shipped)
        exclude = source / ".git" / "info"
        exclude.mkdir(parents=True, exist_ok=True)
        (exclude / "exclude").write_text(f"{crate.LOCK}\n", encoding="utf-8")


def _workspace_root(source: Path, folder: str) -> Path:
    """The folder whose manifest has a workspace, from the package's own upwards; the package's where there is none."""
    from supplytrust.ecosystems.cargo.manifest import read_tables

    own = source / folder
    for place in (own, *own.parents):
        if not place.is_relative_to(source):
            break
        manifest = place / PUBLISHED
        if manifest.is_file() and not manifest.is_symlink() and "workspace" in read_tables(manifest.read_bytes()):
            return place
    return own


def _unpack(tar: bytes, folder: Path) -> None:
    """The tree that was read from git, as plain files and links that stay inside."""
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        archive.extractall(folder, filter="data")


def _toolchain(folder: Path) -> tuple[Path, str] | None:
    """The folder of the installed toolchain and its cargo's name, asked outside of every judged tree."""
    kept = {name: os.environ[name] for name in ("HOME", "RUSTUP_HOME", "CARGO_HOME") if name in os.environ}
    try:
        root = run.run(["rustc", "--print", "sysroot"], cwd=folder, env=kept, timeout=20.0)
        place = Path(root.out.decode("utf-8", "replace").strip())
        program = place / "bin" / "cargo"
        if root.status != 0 or not program.is_file():
            alone = shutil.which("cargo")
            program = Path(alone).resolve() if alone else program
            place = program.parent.parent
        told = run.run([str(program), "--version"], cwd=folder, env=kept, timeout=20.0)
    except SourceError:
        return None
    words = told.out.decode("utf-8", "replace").split()
    return (place, " ".join(words[:2])) if told.status == 0 and words else None


REBUILD = CrateRebuild()
