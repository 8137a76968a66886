"""A package packed again from its tag with the client's own `pack`, in the box and without network.

The client decides by rules of its own what belongs into a tarball, and they move: it is used itself, and named. First
it packs without scripts. Where published files are missing then and the manifest has scripts that build, the tools that
the tree's lock pins are laid out (`locked_tools`), the scripts run in the box, and what they left is packed. Files are
judged and not how scripts end: one may stop at a step that changes no file. Nothing named `publish` is ever started.
"""

from __future__ import annotations

import io
import posixpath
import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from supplytrust.ecosystems import tar_container
from supplytrust.ecosystems.npm import locked_tools, tarball
from supplytrust.ecosystems.npm.manifest import MANIFEST, disagreements, read_manifest
from supplytrust.ecosystems.rebuild_backend import BuildAttempt, FileRules, Members, RebuildTarget
from supplytrust.errors import MalformedError, OfflineError, SourceError, UnreachableError
from supplytrust.io.archives import reader
from supplytrust.io.context import CollectContext
from supplytrust.io.processes import run, sandbox
from supplytrust.io.processes.sandbox import Box, Sandbox
from supplytrust.model.claims.rebuild import BuildRequirement, RebuildLevel, RecipeUsed
from supplytrust.model.subject import Artifact, ArtifactKind

PACK: Final = "pack-without-scripts"
BUILD: Final = "locked-tools"
SCRIPTS: Final = ("prepare", "prepack", "build")  # in this order; `build` only where files are missing still
NEEDS_BUILD: Final = "needs-build"
SOURCE_IN: Final = "/build/source"
WORK_IN: Final = "/build/work"
SECONDS: Final = 120.0
SECONDS_OF_SCRIPT: Final = 240.0
ROOM: Final = MappingProxyType({**sandbox.LIMITS, "as": 64 * 2**30})  # the run-time reserves more than it uses
LARGEST: Final = 256 * 2**20
CODE: Final = (".js", ".cjs", ".mjs", ".jsx", ".ts", ".cts", ".mts", ".node", ".wasm", ".json", ".sh", ".gyp")


class TarballFileRules(FileRules):
    """Tarballs: pack tools take sections out of the manifest, and the tar around the members may differ."""

    BUILT = True

    def even(self, path: str, published: bytes | None, rebuilt: bytes | None) -> str:
        """`manifest-sections`, `eol`, or ''."""
        if path == MANIFEST and published is not None and rebuilt is not None:
            return "manifest-sections" if _mean_the_same(published, rebuilt) else ""
        return super().even(path, published, rebuilt)

    def level_of(self, path: str) -> RebuildLevel:
        """What a run-time loads, or an installer goes by, is code."""
        return RebuildLevel.CODE_DIFFERS if path.endswith(CODE) or "." not in path else RebuildLevel.DATA_DIFFERS

    def compare_container(
        self,
        published: tuple[str, bytes],
        rebuilt: tuple[str, bytes],
        members: Members,  # noqa: ARG002
    ) -> tuple[tuple[str, ...], bool | None]:
        """Order, stamps and modes of the tar, and its compression; packing again is not tried."""
        return tar_container.differences(published[1], rebuilt[1]), None


class TarballRebuild:
    """Tarballs from the tree of a tag: see `ecosystems.rebuild_backend.RebuildBackend`."""

    needs_commit = False
    packs_trees = True

    def members_of(self, data: bytes, file_name: str) -> tuple[dict[str, bytes], tuple[str, ...]]:
        """All files without the root folder, and what the container audit says."""
        found = tarball.read(Artifact(file_name, "", ArtifactKind.BUILT), data, keep=reader.everything)
        members = {file.path: file.data for file in found.files}
        unread = [path for path, body in members.items() if body is None]
        if unread:
            raise MalformedError(f"{unread[0][:80]} is too large to be compared")
        return {path: body for path, body in members.items() if body is not None}, found.problems

    def rules_for(self, file_name: str) -> FileRules:  # noqa: ARG002
        """Those of tarballs."""
        return TarballFileRules()

    def explain_remedy(self, rule: str) -> str:  # noqa: ARG002
        """No recipe has a remedy."""
        return ""

    def stated_generators(self, members: Mapping[str, bytes]) -> list[tuple[str, str, str]]:  # noqa: ARG002
        """A tarball does not say which client packed it."""
        return []

    def other_toolchains(self, used: RecipeUsed | None) -> list[str]:  # noqa: ARG002
        """Only the client at hand is used."""
        return []

    def plan(self, target: RebuildTarget, world: CollectContext) -> PackPlan:
        """Where the package lies in its tree. Raises SourceError and ValueError for packages that do not fit one."""
        if not target.from_tree:
            raise ValueError("a tarball is packed from a tree only")
        name = read_manifest(target.members.get(MANIFEST, b"")).name
        return PackPlan(target, _folder_of(name, target.source), world)


def _mean_the_same(one: bytes, other: bytes) -> bool:
    try:
        return not list(disagreements(read_manifest(one), read_manifest(other)))
    except SourceError:
        return False


def _folder_of(name: str, tar: bytes) -> str:
    """The folder of the tree whose manifest has this name, the root first. ValueError: there is none, or several."""
    found = []
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        for member in archive:
            path = member.name.partition("/")[2]
            if posixpath.basename(path) != MANIFEST or "node_modules/" in path or not member.isfile():
                continue
            file = archive.extractfile(member)
            try:
                own = read_manifest(file.read() if file else b"")
            except SourceError:
                continue
            if own.name == name:
                found.append(posixpath.dirname(path))
    if "" in found or len(found) == 1:
        return "" if "" in found else found[0]
    raise ValueError(f"{len(found)} folders of the tree have a package of this name")


@dataclass(slots=True)
class PackPlan:
    """One package's recipe, and the client to try it with."""

    target: RebuildTarget
    folder: str
    world: CollectContext
    box: Sandbox = sandbox.NONE
    node: Path = field(default_factory=Path)
    client: Path = field(default_factory=Path)
    version: str = ""

    def find_tools(self, folder: Path) -> Sandbox | str:
        """The sandbox, or why there is none: without one nothing of a judged tree is touched."""
        self.box = sandbox.find_sandbox()
        if self.box == sandbox.NONE:
            return f"no-sandbox: {sandbox.explain_none()}"
        found = _client(folder)
        if found is None:
            return "no-client: node and npm are not installed"
        self.node, self.client, self.version = found
        return self.box

    def recipes(self) -> list[Any]:
        """Packing alone; building is tried where that is not enough (`revise`)."""
        return [PACK]

    def remedies(self) -> int:
        """None are used."""
        return 0

    def revise(self, tried: BuildAttempt, left: list[Any]) -> list[Any]:
        """Building with the locked tools, where files are missing that scripts make."""
        possible = tried.reason.startswith(NEEDS_BUILD) and ";" not in tried.reason
        return [BUILD] if possible and tried.rules == (PACK,) else left

    def attempt(self, rung: str, folder: Path) -> BuildAttempt:
        """Pack once in a new folder; after its scripts where the rung says so."""
        folder.mkdir()
        source = folder / "source"
        try:
            with tarfile.open(fileobj=io.BytesIO(self.target.source)) as archive:
                archive.extractall(folder, filter="data")
            (folder / "work" / "home").mkdir(parents=True)
            for place in {source, source / self.folder}:
                (place / ".npmrc").unlink(missing_ok=True)  # the tree's own settings have no say
        except (OSError, tarfile.TarError) as error:
            return self._shape(rung, (), None, f"unreadable-tree: {str(error)[:120]}")
        tools: tuple[BuildRequirement, ...] | None = None
        ran: tuple[str, ...] = ()
        log = ""
        if rung == BUILD:
            try:
                tools = locked_tools.bring(source, self.folder, self.world)
            except (UnreachableError, OfflineError):
                raise
            except SourceError as error:
                return self._shape(rung, (), None, f"{self._build_text(self._missing(source))}; {error.message}"[:200])
            sandbox.give_away(folder)
            ran, log = self._run_scripts(folder)
        else:
            sandbox.give_away(folder)
        return self._pack(rung, folder, (tools, ran, log))

    def _shape(
        self, rung: str, ran: tuple[str, ...], tools: tuple[BuildRequirement, ...] | None, reason: str, log: str = ""
    ) -> BuildAttempt:
        used = RecipeUsed("npm pack", self.version, (rung, *ran), (), None, None)
        return BuildAttempt((rung,), self.version, used, reason, requirements=tools, log=log)

    def _pack(
        self, rung: str, folder: Path, built: tuple[tuple[BuildRequirement, ...] | None, tuple[str, ...], str]
    ) -> BuildAttempt:
        tools, ran, before = built
        ended = sandbox.run(self._command("pack"), self._room(folder), self.box)
        made = sorted((folder / "work").glob("*.tgz"))
        log = before + ended.log
        if ended.status != 0 or len(made) != 1 or made[0].stat().st_size > LARGEST:
            reason = "timeout" if ended.timed_out else "pack-failed"
            last = ended.log.strip().splitlines()[-1:] or [f"status {ended.status}"]
            return self._shape(rung, ran, tools, f"{reason}: {last[0][:120]}", log)
        data = made[0].read_bytes()
        members, _ = TarballRebuild().members_of(data, self.target.file_name)
        missing = sorted(path for path in self.target.members if path not in members)
        reason = self._build_text(missing) + (f"; after {', '.join(ran)}" if ran else self._lack_of_lock(folder))
        done = self._shape(rung, ran, tools, reason if missing and self._build_scripts() else "", log)
        return replace(done, file_name=self.target.file_name, data=data)

    def _lack_of_lock(self, folder: Path) -> str:
        """Why the tools of a build cannot be had; '' when the tree's lock pins them."""
        try:
            locked_tools.read_lock(locked_tools.find_lock(folder / "source", self.folder))
        except SourceError as error:
            return f"; {error.message}"
        return ""

    def _missing(self, source: Path) -> list[str]:
        """Published files that the tree does not have."""
        return sorted(path for path in self.target.members if not (source / self.folder / path).is_file())

    def _build_text(self, missing: list[str]) -> str:
        """Which published files no tracked file is packed as, and the scripts that would make them."""
        scripts = ", ".join(self._build_scripts()) or "no script that is known"
        more = f" and {len(missing) - 1} more files are" if len(missing) > 1 else " is"
        return f"{NEEDS_BUILD}: {missing[0][:60] if missing else 'nothing'}{more} made by {scripts}"

    def _build_scripts(self) -> list[str]:
        with tarfile.open(fileobj=io.BytesIO(self.target.source)) as archive:
            root = archive.getnames()[0].partition("/")[0]
            file = archive.extractfile(posixpath.join(root, self.folder, MANIFEST))
            scripts = read_manifest(file.read() if file else b"").scripts
        return [name for name in (*SCRIPTS, "prepublishOnly") if name in scripts]

    def _run_scripts(self, folder: Path) -> tuple[tuple[str, ...], str]:
        """The scripts that ran, each with how it ended, and what they printed."""
        ran: list[str] = []
        log = ""
        client = folder / "work" / "home" / "bin" / "npm"  # scripts call it by name
        client.parent.mkdir()
        client.write_text(f'#!/bin/sh\nexec "{self.node}" "{self._program()}" "$@"\n')
        client.chmod(0o755)
        sandbox.give_away(client.parent)
        for name in [script for script in self._build_scripts() if script in SCRIPTS]:
            if name == "build" and ran and not self._missing(folder / "source"):
                continue
            ended = sandbox.run(self._command("run", name), self._room(folder, SECONDS_OF_SCRIPT), self.box)
            ran.append(f"{name}: {'timeout' if ended.timed_out else ended.status}")
            log += f"$ npm run {name}\n{ended.log}\n"
        return tuple(ran), log

    def _program(self) -> str:
        return f"{self.client.parent.parent}/bin/npm-cli.js"

    def _command(self, *what: str) -> list[str]:
        place = posixpath.join(SOURCE_IN, self.folder)
        common = ["--offline", "--userconfig", "/dev/null"]
        if what[0] == "run":
            return [str(self.node), self._program(), "run", "--prefix", place, *common, *what[1:]]
        options = ["--ignore-scripts", "--json", "--pack-destination", WORK_IN]
        return [str(self.node), self._program(), "pack", place, *options, *common]

    def _room(self, folder: Path, seconds: float = SECONDS) -> Box:
        base = sandbox.base_prefix()
        package = str(self.client.parent.parent)
        variables = {
            "PATH": f"{WORK_IN}/home/bin:{self.node.parent}:/usr/bin:/bin",
            "HOME": f"{WORK_IN}/home",
            "npm_config_cache": f"{WORK_IN}/home/cache",
            "npm_config_update_notifier": "false",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }
        return Box(
            sandbox.base_interpreter(),
            {base: base, package: package, str(self.node): str(self.node)},
            {str(folder / "source"): SOURCE_IN, str(folder / "work"): WORK_IN},
            WORK_IN,
            variables,
            limits=ROOM,
            seconds=seconds,
        )


def _client(folder: Path) -> tuple[Path, Path, str] | None:
    """node, the client's entry program, and their versions, asked outside of every judged tree."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    entry = Path(npm).resolve()
    manifest = entry.parent.parent / MANIFEST
    try:
        told = run.run([node, "--version"], cwd=folder, env={}, timeout=20.0)
        version = read_manifest(manifest.read_bytes()).version
    except (SourceError, OSError):
        return None
    if told.status != 0 or not version:
        return None
    return Path(node).resolve(), entry, f"npm {version}, node {told.out.decode('utf-8', 'replace').strip()}"


REBUILD = TarballRebuild()
