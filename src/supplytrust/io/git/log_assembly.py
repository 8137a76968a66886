"""Puts what git printed together: commits, references and raw objects become one `Log` as of a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from supplytrust.io.git import objects
from supplytrust.io.git.commits import Commit, Extra, Log, Tag

HEADS, TAGS = "refs/heads/", "refs/tags/"
_NESTING = 5


def assemble(
    commits: Iterable[Commit],
    references: Iterable[tuple[str, str]],
    raw: Mapping[str, bytes],
    extras: dict[str, Extra],
    moment: int,
) -> Log:
    """The log up to a moment (seconds since 1970).

    `references` are (full name, target id), `raw` the bodies of annotated tags by id, `extras` what the raw commits
    add. What is later than the moment, by committer's or tagger's word, is hidden; its place in the graph is kept.
    """
    by_id = {c.id: c for c in commits}
    named = list(references)
    tags = [t for n, target in named if n.startswith(TAGS) and (t := _tag(n.removeprefix(TAGS), target, raw, by_id))]
    visible = tuple(c for c in by_id.values() if c.committed <= moment)
    heads = tuple((n.removeprefix(HEADS), target) for n, target in named if n.startswith(HEADS) and target in by_id)
    seen, later = (tuple(t for t in tags if (t.at <= moment) is early) for early in (True, False))
    return Log(visible, seen, heads, extras, by_id, later)


def _tag(name: str, target: str, raw: Mapping[str, bytes], by_id: Mapping[str, Commit]) -> Tag | None:
    """The tag behind a name; None when it does not lead to a commit that was read. The outermost tagger counts."""
    outer: Tag | None = None
    for _ in range(_NESTING):
        if target in by_id:
            commit = by_id[target]
            if outer is None:
                return Tag(name, target, commit.committed, None, None)
            return outer._replace(name=name, commit=target, at=outer.at if outer.tagger else commit.committed)
        body = raw.get(target)
        if body is None:
            return None
        target, _kind, found = objects.tag(name, body)
        outer = outer or found
    return None


def newest(log: Log) -> int:
    """The latest committer or tagger time that was read, hidden ones included; 0 for an empty repository."""
    return max([c.committed for c in log.by_id.values()] + [t.at for t in log.tags], default=0)


def main_tip(log: Log, moment: int) -> str:
    """The commit that the main branch (by its usual names, else the most recent one) had at a moment; '' if none."""
    usual = {"main": 0, "master": 1, "trunk": 2, "develop": 3, "default": 4}
    order = sorted(log.branches, key=lambda b: (usual.get(b[0], 9), -log.by_id[b[1]].committed, b[0]))
    for _, tip in order[:1]:
        name = tip
        while name in log.by_id and log.by_id[name].committed > moment:
            name = (log.by_id[name].parents or ("",))[0]
        return name if name in log.by_id else ""
    return ""
