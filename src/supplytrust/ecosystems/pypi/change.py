"""An artifact against the same kind of artifact of the release before it."""

from __future__ import annotations

import posixpath
import re

from supplytrust.ecosystems.contents import Contents
from supplytrust.ecosystems.pypi.hooks import startup_hooks
from supplytrust.io.archives.collector import Entry
from supplytrust.model.claims.artifact import ChangeSincePredecessor, HookKind, MemberKind, StartupHook

_OPAQUE = (MemberKind.NATIVE, MemberKind.ARCHIVE, MemberKind.BYTECODE)
_AT_START = (HookKind.PTH, HookKind.SITECUSTOMIZE)


def change(predecessor: str, before: Contents, now: Contents, sizes: tuple[int, int]) -> ChangeSincePredecessor:
    """What `now` has that `before` had not. `sizes` are the bytes of the two files."""
    earlier = startup_hooks(before).hooks
    found = startup_hooks(now)
    new = tuple(hook for hook in found.hooks if _is_new(hook, earlier))
    stems = {_stem(f.path) for f in before.files if f.kind in _OPAQUE}
    opaque = {f.path for f in now.files if f.kind in _OPAQUE and _stem(f.path) not in stems}
    return ChangeSincePredecessor(
        predecessor,
        now.file_name,
        before.file_name,
        new,
        tuple(sorted(opaque)),
        had_native=any(f.kind is MemberKind.NATIVE for f in before.files),
        size_before=sizes[0],
        size_now=sizes[1],
        new_install_scripts=tuple(sorted(_new_scripts(before, now))),
        unclear=found.unclear,
    )


def _is_new(hook: StartupHook, earlier: tuple[StartupHook, ...]) -> bool:
    """New by place, or newly doing something; start-up files also when their content is another one.

    A setup.py that changes with every release is no news; one that begins to act is.
    """
    same_place = [old for old in earlier if (old.kind, _place(old.path)) == (hook.kind, _place(hook.path))]
    if not same_place:
        return True
    if hook.kind in _AT_START and hook.executes:
        return all(old.sha256 != hook.sha256 for old in same_place)
    return hook.executes and not any(old.executes for old in same_place)


def _place(path: str) -> str:
    """The path without the version that is in the name of a wheel's data folder."""
    return re.sub(r"^([^/]+)-[^/-]+\.data/", r"\1.data/", path)


def _stem(path: str) -> str:
    """Name of a compiled member without interpreter tag, version and content hash."""
    name = posixpath.basename(path).partition(".")[0].lower()
    return re.sub(r"(?:^|[-_])(?:[0-9a-f]{8,}|v?\d[\d._]*)(?=$|[-_.])", "", name)


def _new_scripts(before: Contents, now: Contents) -> set[str]:
    """Programs installed beside the interpreter that have no namesake before."""
    return {posixpath.basename(f.path) for f in _scripts(now)} - {posixpath.basename(f.path) for f in _scripts(before)}


def _scripts(contents: Contents) -> list[Entry]:
    return [f for f in contents.files if ".data/scripts/" in f.path]
