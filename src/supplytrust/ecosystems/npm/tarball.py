"""A package's tarball: its files and manifest, what of it runs at installation, and what the one before had not.

Files lie below one top folder of any name. Installed from the registry, `preinstall`, `install` and `postinstall` run,
and `node-gyp rebuild` where there is a `binding.gyp` and no install script ("scripts" of the client's documentation). A
dependency that names a place instead of versions is built where it is installed: its `prepare` runs, so it is start-up
code of a kind of its own.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterator
from typing import Unpack

from supplytrust.ecosystems.contents import Contents, ReadingOptions, read_contents
from supplytrust.ecosystems.npm.manifest import (
    GYP,
    INSTALL,
    MANIFEST,
    OF_SOURCES,
    Manifest,
    describe,
    is_elsewhere,
    read_manifest,
)
from supplytrust.ecosystems.npm.start_up import conduct
from supplytrust.errors import NotFoundError, SourceError
from supplytrust.io.archives.artifact_tree import ArtifactTree
from supplytrust.model.claims.artifact import (
    BuildSystem,
    ChangeSincePredecessor,
    CoreMetadata,
    HookKind,
    MemberKind,
    StartupHook,
    StartupHooks,
)
from supplytrust.model.subject import Artifact

_NAMED = re.compile(r"(?P<name>[A-Za-z0-9@._~-]+?)-(?P<version>\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]*)?)\.tgz", re.ASCII)


def read(artifact: Artifact, data: bytes, **how: Unpack[ReadingOptions]) -> Contents:
    """Read a tarball's bytes. MalformedError, TooLargeError."""
    return read_contents(artifact, data, _odd_root, "extra-root", "case-collision", **how)


def _odd_root(tree: ArtifactTree, _file_name: str) -> list[str]:
    """Any one top folder will do."""
    return [] if tree.root else ["odd-root: there is no one top folder"]


def release_named(file_name: str) -> tuple[str, str] | None:
    """Name (without scope) and version of a tarball's file name; None when it is none."""
    found = _NAMED.fullmatch(file_name)
    return (found["name"], found["version"]) if found else None


def manifest(contents: Contents) -> Manifest:
    """The manifest that an installer reads. NotFoundError, MalformedError."""
    found = contents.file(MANIFEST)
    if found is None or found.data is None:
        raise NotFoundError(f"{contents.file_name} has no {MANIFEST} that can be read")
    return read_manifest(found.data)


def core_metadata(contents: Contents) -> CoreMetadata:
    """The manifest as a claim; requirements and what runs in the words of `describe`."""
    found = manifest(contents)
    links = [("Repository", found.repository), ("Homepage", found.homepage), ("Issues", found.bugs)]
    return CoreMetadata(
        contents.file_name,
        found.name,
        found.version,
        "",
        describe(found),
        (),
        project_urls=tuple(pair for pair in links if pair[1]),
    )


# --- code that runs when a package is installed, and what is new

_OPAQUE = (MemberKind.NATIVE, MemberKind.ARCHIVE, MemberKind.BYTECODE, MemberKind.DATA)
_WORD = re.compile(r"[A-Za-z0-9_@./-]+")
# Programs of every machine that builds packages: a package that brings one of these names takes their place.
_SHADOWED = frozenset(
    {"npm", "npx", "node", "yarn", "pnpm", "corepack", "git", "sh", "bash", "env", "curl", "wget", "python", "python3"}
    | {"make", "gcc", "cc", "tar", "ssh", "sudo", "docker", "bun", "deno", "node-gyp", "ls", "cat", "rm", "cp", "mv"}
)


def startup_hooks(contents: Contents) -> StartupHooks:
    """What acts wherever the package is installed; the digest is of the command and of the files that it names."""
    try:
        found = manifest(contents)
    except SourceError as error:
        return StartupHooks(contents.file_name, (), (f"the manifest cannot be read: {error.message}"[:160],))
    hooks = sorted(_hooks(contents, found), key=lambda h: (h.kind, h.path, h.sha256))
    return StartupHooks(contents.file_name, tuple(hooks), tuple(dict.fromkeys(contents.unclear))[:20])


def _hooks(contents: Contents, found: Manifest) -> Iterator[StartupHook]:
    for name in INSTALL:
        if name in found.scripts:
            command = found.scripts[name]
            does = conduct(contents, command)
            yield StartupHook(HookKind.INSTALL_SCRIPT, name, _digest(contents, command), executes=True, conduct=does)
    if contents.file(GYP) is not None and found.gyp and not {"install", "preinstall"} & found.scripts.keys():
        yield StartupHook(HookKind.INSTALL_SCRIPT, f"node-gyp rebuild ({GYP})", _digest(contents, GYP), executes=True)
    for name, requirement in sorted({**found.dependencies, **found.optional}.items()):
        if is_elsewhere(requirement):
            digest = hashlib.sha256(requirement.encode()).hexdigest()
            yield StartupHook(HookKind.SOURCE_DEPENDENCY, f"{name} from {requirement[:80]}", digest, executes=True)
    for name in sorted(found.bin):
        if name in _SHADOWED and name != found.name:
            yield StartupHook(HookKind.COMMAND, f"bin {name}", _digest(contents, found.bin[name]), executes=True)


def _digest(contents: Contents, command: str) -> str:
    """Of a command, and of every file of the package that it names."""
    summed = hashlib.sha256(command.encode())
    for word in _WORD.findall(command):
        plain = posixpath.normpath(word)
        for path in (plain, f"{plain}.js", f"{plain}/index.js"):
            entry = contents.file(path)
            if entry is not None:
                summed.update(entry.sha256.encode())
    return summed.hexdigest()


def build_system(contents: Contents) -> BuildSystem:
    """What a build of the sources calls, by the package's own word."""
    found = manifest(contents)
    hooks = tuple(f"{name}: {found.scripts[name]}"[:200] for name in OF_SOURCES if name in found.scripts)
    return BuildSystem(contents.file_name, declared=True, backend="npm", requires=(), backend_path=(), hooks=hooks)


def change(predecessor: str, before: Contents, now: Contents, sizes: tuple[int, int]) -> ChangeSincePredecessor:
    """New and changed install scripts, new opaque members, entry points that moved to new files, the sizes."""
    then, here = startup_hooks(before), startup_hooks(now)
    known = {(hook.kind, hook.path, hook.sha256) for hook in then.hooks}
    fresh = tuple(hook for hook in here.hooks if (hook.kind, hook.path, hook.sha256) not in known)
    had = {posixpath.basename(f.path) for f in before.files if f.kind in _OPAQUE}
    opaque = sorted({f.path for f in now.files if f.kind in _OPAQUE and posixpath.basename(f.path) not in had})
    return ChangeSincePredecessor(
        predecessor,
        now.file_name,
        before.file_name,
        fresh,
        tuple(opaque),
        bool(had),
        sizes[0],
        sizes[1],
        (),
        (*here.unclear, *(f"before: {why}" for why in then.unclear)),
    )


def run_time_names(contents: Contents) -> frozenset[str]:
    """Packages that an installer takes in with this one; peers are the user's own choice."""
    found = manifest(contents)
    return frozenset({**found.dependencies, **found.optional})
