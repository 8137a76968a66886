"""A repository read once: log and raw objects become a `Log`, a commit its `Tree`; walks over the order of commits."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from supplytrust.errors import MalformedError, TooLargeError
from supplytrust.io.git import log, objects
from supplytrust.io.git.log import LogError, parse_log
from supplytrust.io.git.objects import NOTHING, Commit, Extra, Log, Person
from supplytrust.io.git.process import View


@dataclass(frozen=True, slots=True)
class Leaf:
    """An entry of a tree: its mode in octal, its blob (or commit) id in hex."""

    mode: str
    id: str


@dataclass(frozen=True, slots=True)
class Tree:
    """All files of a commit by path, and the paths of each content."""

    leaves: Mapping[str, Leaf]
    algorithm: str = "sha1"
    paths: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.paths:
            for path, leaf in self.leaves.items():
                self.paths.setdefault(leaf.id, []).append(path)

    def blob(self, data: bytes) -> str:
        """The id git gives to this content."""
        return hashlib.new(self.algorithm, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def parse_tree(chunks: Iterable[bytes], algorithm: str = "sha1") -> Tree:
    """A tree from the bytes of `git ls-tree -r -z`. Raises ValueError when they break its form."""
    leaves: dict[str, Leaf] = {}
    for record in b"".join(chunks).split(b"\0")[:-1]:
        meta, tab, path = record.partition(b"\t")
        words = meta.split(b" ")
        if not tab or len(words) != 3:
            raise ValueError("an unreadable tree entry")
        leaves[path.decode("utf-8", "backslashreplace")] = Leaf(words[0].decode("ascii"), words[2].decode("ascii"))
    return Tree(leaves, algorithm)


_WEB = frozenset({"noreply@github.com"})


def is_web(person: Person) -> bool:
    """The forge's own web interface as committer: it says that somebody pressed a button, not who."""
    return person.email.lower() in _WEB


# Reads a view once: the log and the raw objects become a `Log`; contents are read by id, few and bounded.

W = TypeVar("W")
MAX_COMMITS = 2_000_000
MAX_FILES = 500_000
MAX_CONTENTS = 4_000
_BINARY_PROBE = 8_000  # git itself looks for a NUL in the first 8000 bytes


def read_log(view: View, at: datetime) -> Log:
    """The history up to a moment. Raises MalformedError or TooLargeError; a part is never taken for the whole."""
    if view.shallow:
        raise MalformedError("the clone is shallow: its history is cut off", hint="git fetch --unshallow")
    references = view.references()
    commits = _read_commits(view)
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


def _read_commits(view: View) -> list[Commit]:
    commits: list[Commit] = []
    try:
        for commit in parse_log(view.log()):
            commits.append(commit)
            if len(commits) > MAX_COMMITS:
                raise TooLargeError(f"more than {MAX_COMMITS} commits")
    except LogError as error:
        raise MalformedError(f"git log: {error}") from error
    return commits


def tree_of(view: View, commit: str) -> Tree:
    """The tree of a commit, names and ids only."""
    try:
        found = parse_tree(view.tree(commit), view.algorithm)
    except ValueError as error:
        raise MalformedError(f"git ls-tree: {error}") from error
    if len(found.leaves) > MAX_FILES:
        raise TooLargeError(f"more than {MAX_FILES} files in a tree")
    return found


def contents_of(view: View, ids: Iterable[str], keep: int = 2**20) -> dict[str, bytes]:
    """Contents by blob id; those that are missing, or longer than `keep`, are left out."""
    wanted = list(dict.fromkeys(ids))[:MAX_CONTENTS]
    found = {o.id: o for o in view.objects_of(wanted, keep=keep)}
    missing = [i for i in wanted if i not in found or found[i].kind == "missing"]
    if missing and view.refill is not None and view.refill(missing):
        found.update((o.id, o) for o in view.objects_of(missing, keep=keep))
    return {i: o.body for i, o in found.items() if o.kind == "blob" and o.body is not None and o.size <= keep}


def opaque_of(view: View, candidates: dict[str, W]) -> dict[str, W] | None:
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


# Walks over the order of commits: what contains what, and who let a change in.

_SKEWED = 20  # clocks differ: a line is followed a little beyond its first commit that is too old


def reachable(by_id: Mapping[str, Commit], tips: Iterable[str]) -> set[str]:
    """Every commit that one of the tips contains, the tips included."""
    marked: dict[str, None] = {}
    _mark(by_id, tips, None, marked, -math.inf)
    return set(marked)


def first_containing(by_id: Mapping[str, Commit], tips: Iterable[str], since: int = 0) -> dict[str, str]:
    """For each commit the first of the tips, in the order given, that contains it. Linear in the whole.

    Commits older than `since` are not followed further.
    """
    first: dict[str, str] = {}
    for tip in tips:
        _mark(by_id, (tip,), tip, first, since)
    return first


def _mark(by_id: Mapping[str, Commit], starts: Iterable[str], mark: W, marked: dict[str, W], since: float) -> None:
    """Give a mark to every commit that one of the starts contains, unless it has one or is older than `since`."""
    todo = [name for name in starts if name in by_id]
    while todo:
        name = todo.pop()
        if name not in marked and by_id[name].committed >= since:
            marked[name] = mark
            todo.extend(p for p in by_id[name].parents if p in by_id and p not in marked)


def landed_by(log: Log, tip: str, since: int = 0) -> dict[str, Person | None]:
    """Who let each commit into the line that ends at `tip`; None: pressed in a web interface, by someone.

    Along the first parents: a merge lets in everything it brings, by its author when made in a web interface
    and by its committer else; a direct commit is let in by its committer. Commits older than `since` are left out.
    """
    landed: dict[str, Person | None] = {}
    for link in reversed(list(_first_parents(log, tip, since))):
        landed[link.id] = _lander(link)
        _mark(log.by_id, link.parents[1:], landed[link.id], landed, since)
    return landed


def _first_parents(log: Log, tip: str, since: int) -> Iterator[Commit]:
    """The line from the tip back, at most `_SKEWED` commits beyond the first that is too old."""
    seen: set[str] = set()
    old = 0
    while tip in log.by_id and tip not in seen and old <= _SKEWED:
        seen.add(tip)
        commit = log.by_id[tip]
        yield commit
        old += commit.committed < since
        tip = commit.parents[0] if commit.parents else ""


def _lander(link: Commit) -> Person | None:
    if not is_web(link.committer):
        return link.committer
    return link.author if link.merge else None
