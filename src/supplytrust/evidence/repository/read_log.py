"""Reads a view once: the log and the raw objects become a `Log`; contents are read by id, few and bounded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from supplytrust.errors import MalformedError, TooLargeError
from supplytrust.evidence.repository.artifact_diff import Tree, parse_tree
from supplytrust.evidence.repository.people import Work
from supplytrust.io.git import log, objects
from supplytrust.io.git.log import LogError, parse_log
from supplytrust.io.git.objects import NOTHING, Commit, Extra, Log
from supplytrust.io.git.process import View

MAX_COMMITS = 2_000_000
MAX_FILES = 500_000
MAX_CONTENTS = 4_000
_BINARY_PROBE = 8_000  # git itself looks for a NUL in the first 8000 bytes


def read(view: View, at: datetime) -> Log:
    """The history up to a moment. Raises MalformedError or TooLargeError; a part is never taken for the whole."""
    if view.shallow:
        raise MalformedError("the clone is shallow: its history is cut off", hint="git fetch --unshallow")
    references = view.references()
    commits = _commits(view)
    annotated = {r.target for r in references if r.kind == "tag"}
    tags: dict[str, bytes] = {}
    extras: dict[str, Extra] = {}
    for found in view.objects_of([*sorted(annotated), *(c.id for c in commits)]):
        if found.body is None:
            raise MalformedError(f"object {found.id[:12]} is {found.kind or 'too large'}")
        if found.kind == "tag":
            tags[found.id] = found.body
        elif (extra := objects.beyond(found.body)) is not NOTHING:
            extras[found.id] = extra
    named = [(r.name, r.target) for r in references]
    return log.assemble_log(commits, named, tags, extras, int(at.timestamp()))


def _commits(view: View) -> list[Commit]:
    commits: list[Commit] = []
    try:
        for commit in parse_log(view.log()):
            commits.append(commit)
            if len(commits) > MAX_COMMITS:
                raise TooLargeError(f"more than {MAX_COMMITS} commits")
    except LogError as error:
        raise MalformedError(f"git log: {error}") from error
    return commits


def tree(view: View, commit: str) -> Tree:
    """The tree of a commit, names and ids only."""
    try:
        found = parse_tree(view.tree(commit), view.algorithm)
    except ValueError as error:
        raise MalformedError(f"git ls-tree: {error}") from error
    if len(found.leaves) > MAX_FILES:
        raise TooLargeError(f"more than {MAX_FILES} files in a tree")
    return found


def contents(view: View, ids: Iterable[str], keep: int = 2**20) -> dict[str, bytes]:
    """Contents by blob id; those that are missing, or longer than `keep`, are left out."""
    wanted = list(dict.fromkeys(ids))[:MAX_CONTENTS]
    found = {o.id: o for o in view.objects_of(wanted, keep=keep)}
    missing = [i for i in wanted if i not in found or found[i].kind == "missing"]
    if missing and view.refill is not None and view.refill(missing):
        found.update((o.id, o) for o in view.objects_of(missing, keep=keep))
    return {i: o.body for i, o in found.items() if o.kind == "blob" and o.body is not None and o.size <= keep}


def opaque(view: View, candidates: dict[str, list[Work]]) -> dict[str, list[Work]] | None:
    """The candidates that are binary; None when one of them cannot be read, or there are too many to read."""
    if len(candidates) > MAX_CONTENTS * 5:
        return None
    found = {o.id: o for o in view.objects_of(candidates, keep=_BINARY_PROBE)}
    missing = [i for i in candidates if i not in found or found[i].kind == "missing"]
    if missing and view.refill is not None and len(missing) <= MAX_CONTENTS and view.refill(missing):
        found.update((o.id, o) for o in view.objects_of(missing, keep=_BINARY_PROBE))
        missing = [i for i in missing if found[i].kind == "missing"]
    if missing:
        return None
    return {i: works for i, works in candidates.items() if b"\0" in (found[i].body or b"")[:_BINARY_PROBE]}
