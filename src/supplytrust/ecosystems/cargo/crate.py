"""A `.crate`, read: sources below one folder `name-version`, what it says of itself, and what runs when it is built."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Unpack

from supplytrust.ecosystems.cargo.manifest import ORIGINAL, PUBLISHED, Manifest, describe_dependencies, read_manifest
from supplytrust.ecosystems.contents import Contents, ReadingOptions, read_contents
from supplytrust.errors import MalformedError, MalformedRecordError, NotFoundError, SourceError
from supplytrust.formats import json_reader
from supplytrust.io.archives.artifact_tree import ArtifactTree
from supplytrust.io.archives.collector import Entry
from supplytrust.model.claims.artifact import (
    ChangeSincePredecessor,
    CoreMetadata,
    HookKind,
    MemberKind,
    StartupHook,
    StartupHooks,
)
from supplytrust.model.subject import Artifact

VCS_INFO = ".cargo_vcs_info.json"
LOCK = "Cargo.lock"
SUFFIX = ".crate"
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NAMED = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9_-]{0,63}?)-(?P<version>\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]*)?)\.crate", re.ASCII
)


@dataclass(frozen=True, slots=True)
class VcsInfo:
    """What a crate says of its source: the commit, the package's folder in it, whether the tree had other changes."""

    commit: str
    folder: str = ""
    dirty: bool = False


def read(artifact: Artifact, data: bytes, **how: Unpack[ReadingOptions]) -> Contents:
    """Read a crate's bytes. MalformedError, TooLargeError."""
    return read_contents(artifact, data, _odd_root, "extra-root", **how)


def _odd_root(tree: ArtifactTree, file_name: str) -> Iterator[str]:
    """Cargo unpacks members below `name-version` only."""
    if not tree.root:
        yield "odd-root: there is no one top folder"
    elif f"{tree.root}{SUFFIX}" != file_name:
        yield f"odd-root: {tree.root[:80]!r} is not the name and version of {file_name[:80]}"


def release_named(file_name: str) -> tuple[str, str] | None:
    """Name and version of a crate's file name; None when it is none."""
    found = _NAMED.fullmatch(file_name)
    return (found["name"], found["version"]) if found else None


def manifest(contents: Contents) -> Manifest:
    """The manifest that cargo reads. NotFoundError, MalformedError."""
    text = contents.file(PUBLISHED)
    if text is None or text.data is None:
        raise NotFoundError(f"{contents.file_name} has no {PUBLISHED} that can be read")
    return read_manifest(text.data, {f.path for f in contents.files})


def original_manifest(contents: Contents) -> bytes | None:
    """The manifest as its author wrote it; older clients kept none."""
    found = contents.file(ORIGINAL)
    return found.data if found else None


def read_vcs_info(data: bytes | None) -> VcsInfo | None:
    """What `.cargo_vcs_info.json` says; None when it is absent. MalformedError for what names no commit and folder."""
    if data is None:
        return None
    try:
        told = json_reader.read_json(data, json_reader.Limits(size=2**16, depth=8, values=100))
    except MalformedRecordError as error:
        raise MalformedError(f"{VCS_INFO} cannot be read: {error.message}"[:160]) from error
    fields = told if isinstance(told, dict) else {}
    git = fields.get("git")
    commit = git.get("sha1") if isinstance(git, dict) else None
    folder = fields.get("path_in_vcs", "")
    if not isinstance(commit, str) or not _COMMIT.fullmatch(commit):
        raise MalformedError(f"{VCS_INFO} names no commit")
    if not isinstance(folder, str) or not is_inside(folder):
        raise MalformedError(f"{VCS_INFO} names a folder outside of the repository")
    return VcsInfo(commit, folder.strip("/"), isinstance(git, dict) and git.get("dirty") not in (None, False))


def is_inside(path: str) -> bool:
    """Whether a path names something below the repository's root: relative, forward slashes, no `..`."""
    parts = path.split("/")
    return not path.startswith("/") and "\\" not in path and "\0" not in path and ".." not in parts


def core_metadata(contents: Contents) -> CoreMetadata:
    """The manifest as a claim; requirements in the words of `describe_dependencies`."""
    found = manifest(contents)
    links = [("Repository", found.repository), ("Homepage", found.homepage)]
    return CoreMetadata(
        contents.file_name,
        found.name,
        found.version,
        "",
        describe_dependencies(found.dependencies, found.features),
        tuple(sorted(found.features)),
        generator="",
        project_urls=tuple(pair for pair in links if pair[1]),
    )


_OPAQUE = (MemberKind.NATIVE, MemberKind.ARCHIVE, MemberKind.BYTECODE, MemberKind.DATA)


# --- what runs when it is built, and what is new since the release before


def startup_hooks(contents: Contents) -> StartupHooks:
    """The build script, a procedural macro and a declared native library: they act in whatever build uses the crate."""
    try:
        found = manifest(contents)
    except SourceError as error:
        return StartupHooks(contents.file_name, (), (f"the manifest cannot be read: {error.message}"[:160],))
    unclear = [*contents.unclear, *(path for path in contents.unresolved if path in _files_that_run(found))]
    hooks = sorted(_hooks(contents, found), key=lambda h: (h.kind, h.path, h.sha256))
    unclear += [f"no file for the build script {path}" for path in _scripts(found) if contents.file(path) is None]
    return StartupHooks(contents.file_name, tuple(hooks), tuple(dict.fromkeys(unclear))[:20])


def _hooks(contents: Contents, found: Manifest) -> Iterator[StartupHook]:
    for path in _scripts(found):
        yield StartupHook(HookKind.BUILD_SCRIPT, path, _digest(contents.file(path)), executes=True)
    if found.proc_macro:
        yield StartupHook(HookKind.PROC_MACRO, found.library, _digest(contents.file(found.library)), executes=True)
    if found.links:
        yield StartupHook(HookKind.NATIVE_LIBRARY, found.links, "", executes=False)


def _scripts(found: Manifest) -> list[str]:
    return found.build.split(" ") if found.build else []


def _files_that_run(found: Manifest) -> set[str]:
    return {"Cargo.toml", "build.rs", found.library, *_scripts(found)}


def _digest(entry: Entry | None) -> str:
    return entry.sha256 if entry else ""


def change(predecessor: str, before: Contents, now: Contents, sizes: tuple[int, int]) -> ChangeSincePredecessor:
    """New build scripts and macros, new opaque members, the sizes. What cannot be read leaves open what is new."""
    then, here = startup_hooks(before), startup_hooks(now)
    known = {(hook.kind, _place(hook)) for hook in then.hooks}
    fresh = tuple(hook for hook in here.hooks if (hook.kind, _place(hook)) not in known)
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
        lost=_lost_statement(before, now),
    )


def _lost_statement(before: Contents, now: Contents) -> str:
    """What the crate before told of its source and this one does not: its commit; that nothing else was in its tree."""
    then, here = _told_source(before), _told_source(now)
    if then is not None and here is None:
        return "the commit that it is made of"
    if then is not None and here is not None and here.dirty and not then.dirty:
        return "that its tree had no other changes"
    return ""


def _told_source(contents: Contents) -> VcsInfo | None:
    found = contents.file(VCS_INFO)
    try:
        return read_vcs_info(found.data if found else None)
    except MalformedError:
        return None


def _place(hook: StartupHook) -> str:
    """A build script is one wherever it lies: that it moved makes it no new one."""
    return "" if hook.kind in (HookKind.BUILD_SCRIPT, HookKind.PROC_MACRO) else hook.path


def run_time_names(contents: Contents) -> frozenset[str]:
    """Packages that a build of the crate may take in: dependencies and build dependencies, optional ones too."""
    return frozenset(d.package for d in manifest(contents).of_kind("normal", "build"))
