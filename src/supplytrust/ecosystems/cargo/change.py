"""Code of a crate that runs when it is built, and what a crate has that the one of the release before had not."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from supplytrust.ecosystems.cargo.crate import VCS_INFO, VcsInfo, manifest, read_vcs_info
from supplytrust.ecosystems.cargo.manifest import Manifest
from supplytrust.ecosystems.contents import Contents
from supplytrust.errors import MalformedError, SourceError
from supplytrust.io.archives.collector import Entry
from supplytrust.model.claims.artifact import (
    ChangeSincePredecessor,
    HookKind,
    MemberKind,
    StartupHook,
    StartupHooks,
)

_OPAQUE = (MemberKind.NATIVE, MemberKind.ARCHIVE, MemberKind.BYTECODE, MemberKind.DATA)


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
