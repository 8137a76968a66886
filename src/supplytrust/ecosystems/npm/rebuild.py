"""A package packed again from its tag with the client's own `pack`, in the box, without network and scripts.

The client decides by rules of its own what belongs into a tarball, and they move: it is used itself, and named.
A package whose files are built by a script first is `not-rebuilt`, with the scripts in the reason: running them needs
their tools, and those come from a lock of the tree. Nothing named `publish` is ever started.
"""

from __future__ import annotations

import io
import posixpath
import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from supplytrust.ecosystems import tar_container
from supplytrust.ecosystems.npm import tarball
from supplytrust.ecosystems.npm.manifest import MANIFEST, disagreements, read_manifest
from supplytrust.ecosystems.rebuild_backend import BuildAttempt, FileRules, Members, RebuildTarget
from supplytrust.errors import MalformedError, SourceError
from supplytrust.io.archives import reader
from supplytrust.io.context import CollectContext
from supplytrust.io.processes import run, sandbox
from supplytrust.io.processes.sandbox import Box, Sandbox
from supplytrust.model.claims.rebuild import RebuildLevel, RecipeUsed
from supplytrust.model.subject import Artifact, ArtifactKind

PACK: Final = "pack-without-scripts"
SOURCE_IN: Final = "/build/source"
WORK_IN: Final = "/build/work"
SECONDS: Final = 120.0
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

    def plan(self, target: RebuildTarget, world: CollectContext) -> PackPlan:  # noqa: ARG002
        """Where the package lies in its tree. Raises SourceError and ValueError for packages that do not fit one."""
        if not target.from_tree:
            raise ValueError("a tarball is packed from a tree only")
        name = read_manifest(target.members.get(MANIFEST, b"")).name
        return PackPlan(target, _folder_of(name, target.source))


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
        """Packing alone."""
        return [PACK]

    def remedies(self) -> int:
        """None are used."""
        return 0

    def revise(self, tried: BuildAttempt, left: list[Any]) -> list[Any]:  # noqa: ARG002
        """Nothing is left."""
        return left

    def attempt(self, rung: str, folder: Path) -> BuildAttempt:
        """Pack once in a new folder."""
        folder.mkdir()
        used = RecipeUsed("npm pack", self.version, (rung,), (), None, None)
        try:
            with tarfile.open(fileobj=io.BytesIO(self.target.source)) as archive:
                archive.extractall(folder, filter="data")
            (folder / "work" / "home").mkdir(parents=True)
            (folder / "source" / self.folder / ".npmrc").unlink(missing_ok=True)  # the tree's own settings have no say
        except (OSError, tarfile.TarError) as error:
            return BuildAttempt((rung,), self.version, used, f"unreadable-tree: {str(error)[:120]}")
        sandbox.give_away(folder)
        ended = sandbox.run(self._command(), self._room(folder), self.box)
        made = sorted((folder / "work").glob("*.tgz"))
        if ended.status != 0 or len(made) != 1 or made[0].stat().st_size > LARGEST:
            reason = "timeout" if ended.timed_out else "pack-failed"
            last = ended.log.strip().splitlines()[-1:] or [f"status {ended.status}"]
            return BuildAttempt((rung,), self.version, used, f"{reason}: {last[0][:120]}", log=ended.log)
        data = made[0].read_bytes()
        built = self._missing_outputs(data)
        return BuildAttempt((rung,), self.version, used, built, self.target.file_name, data, None, ended.log)

    def _missing_outputs(self, data: bytes) -> str:
        """Why packing alone is not enough: published files that no tracked file is packed as, where scripts build."""
        members, _ = TarballRebuild().members_of(data, self.target.file_name)
        missing = sorted(path for path in self.target.members if path not in members)
        scripts = self._build_scripts() if missing else []
        return f"needs-build: {missing[0][:60]} is made by {', '.join(scripts)}" if scripts else ""

    def _build_scripts(self) -> list[str]:
        with tarfile.open(fileobj=io.BytesIO(self.target.source)) as archive:
            root = archive.getnames()[0].partition("/")[0]
            file = archive.extractfile(posixpath.join(root, self.folder, MANIFEST))
            scripts = read_manifest(file.read() if file else b"").scripts
        return [name for name in ("prepare", "prepack", "build", "prepublishOnly") if name in scripts]

    def _command(self) -> list[str]:
        client = f"{self.client.parent.parent}/bin/npm-cli.js"
        options = [
            "--ignore-scripts",
            "--offline",
            "--json",
            "--pack-destination",
            WORK_IN,
            "--userconfig",
            "/dev/null",
        ]
        return [str(self.node), client, "pack", posixpath.join(SOURCE_IN, self.folder), *options]

    def _room(self, folder: Path) -> Box:
        base = sandbox.base_prefix()
        package = str(self.client.parent.parent)
        variables = {
            "PATH": f"{self.node.parent}:/usr/bin:/bin",
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
            seconds=SECONDS,
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
