"""Walks over the order of commits: what contains what, and who let a change in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from supplytrust.evidence.repository.identities import is_web
from supplytrust.io.git.objects import Commit, Log, Person

_SKEWED = 20  # clocks differ: a line is followed a little beyond its first commit that is too old


def reachable(by_id: Mapping[str, Commit], tips: Iterable[str]) -> set[str]:
    """Every commit that one of the tips contains, the tips included."""
    seen: set[str] = set()
    todo = [t for t in tips if t in by_id]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(p for p in by_id[name].parents if p in by_id and p not in seen)
    return seen


def first_containing(by_id: Mapping[str, Commit], tips: Iterable[str], since: int = 0) -> dict[str, str]:
    """For each commit the first of the tips, in the order given, that contains it. Linear in the whole.

    Commits older than `since` are not followed further.
    """
    first: dict[str, str] = {}
    for tip in tips:
        todo = [tip] if tip in by_id else []
        while todo:
            name = todo.pop()
            if name not in first and by_id[name].committed >= since:
                first[name] = tip
                todo.extend(p for p in by_id[name].parents if p in by_id and p not in first)
    return first


def landed_by(log: Log, tip: str, since: int = 0) -> dict[str, Person | None]:
    """Who let each commit into the line that ends at `tip`; None: pressed in a web interface, by someone.

    Along the first parents: a merge lets in everything it brings, by its author when made in a web interface
    and by its committer else; a direct commit is let in by its committer. Commits older than `since` are left out.
    """
    landed: dict[str, Person | None] = {}
    by_id = log.by_id
    for link in reversed(list(_first_parents(log, tip, since))):
        lander = _lander(link)
        landed[link.id] = lander
        todo = [p for p in link.parents[1:] if p in by_id]
        while todo:
            name = todo.pop()
            if name not in landed and by_id[name].committed >= since:
                landed[name] = lander
                todo.extend(p for p in by_id[name].parents if p in by_id and p not in landed)
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
