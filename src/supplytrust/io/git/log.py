"""The log of a repository: what `git log -z --raw` prints, read by counting fields, and the `Log` made of it.

A record is nine header fields, then pairs of change line and path, all ended by NUL; the first change line is
preceded by a line feed. Names, subjects and paths may hold any byte but NUL, so nothing is searched for:
after the nine fields a token that starts like a change line is one, and the token after it is its path. Commits,
references and raw objects together become one `Log` as of a moment.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from supplytrust.io.git import objects
from supplytrust.io.git.objects import Commit, Extra, Log, Person, Tag, Touch

# --- Reads the bytes of `git log -z --raw` with a fixed header format, by counting fields

FIELDS = 9
_MARK = b"\x01"


class LogError(ValueError):
    """The stream breaks its form or ends in the middle of a record."""


def parse_log(chunks: Iterable[bytes]) -> Iterator[Commit]:
    """Commits in the order of the stream. Raises LogError; then nothing read so far may be counted."""
    tokens = _tokens(chunks)
    people: dict[tuple[bytes, bytes], Person] = {}
    paths: dict[bytes, str] = {}
    token = next(tokens, None)
    while token is not None:
        if not token.startswith(_MARK):
            raise LogError("a record does not start where one should")
        header = [token[1:], *islice(tokens, FIELDS - 1)]
        if len(header) != FIELDS:
            raise LogError("the stream ends inside a record")
        touches: list[Touch] = []
        token = next(tokens, None)
        while token is not None and token.startswith((b":", b"\n:")):
            touches.append(_touch(token, _next(tokens), paths))
            token = next(tokens, None)
        yield _commit(header, tuple(touches), people)


def _tokens(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest: list[bytes] = []  # pieces of a field that is not yet whole, joined once
    for chunk in chunks:
        first, *others = chunk.split(b"\0")
        rest.append(first)
        if others:
            yield b"".join(rest)
            rest = [others.pop()]
            yield from others
    if any(rest):
        raise LogError("the stream ends inside a field")


def _next(tokens: Iterator[bytes]) -> bytes:
    token = next(tokens, None)
    if token is None:
        raise LogError("the stream ends inside a record")
    return token


def _commit(header: list[bytes], touches: tuple[Touch, ...], people: dict[tuple[bytes, bytes], Person]) -> Commit:
    name, parents, an, ae, ad, cn, ce, cd, subject = header
    try:
        return Commit(
            name.decode("ascii"),
            tuple(parents.decode("ascii").split()),
            _person(an, ae, people),
            int(ad.split(b" ")[0]),
            _person(cn, ce, people),
            int(cd.split(b" ")[0]),
            subject.decode("utf-8", "backslashreplace"),
            touches,
        )
    except ValueError as error:
        raise LogError(f"an unreadable header: {error}") from error


def _person(name: bytes, email: bytes, people: dict[tuple[bytes, bytes], Person]) -> Person:
    known = people.get((name, email))
    if known is None:
        known = Person(name.decode("utf-8", "backslashreplace"), email.decode("utf-8", "backslashreplace"))
        people[name, email] = known
    return known


def _touch(meta: bytes, path: bytes, paths: dict[bytes, str]) -> Touch:
    parts = meta.split(b" ")
    if len(parts) != 5:
        raise LogError("an unreadable change line")
    text = paths.get(path)
    if text is None:
        text = paths[path] = path.decode("utf-8", "backslashreplace")
    try:
        status = parts[4][:1].decode("ascii")
        return Touch(text, b"" if status == "D" else unhexlify(parts[3]), status)
    except ValueError as error:
        raise LogError("an unreadable change line") from error


# --- Puts what git printed together: commits, references and raw objects become one `Log` as of a moment

HEADS, TAGS = "refs/heads/", "refs/tags/"
_NESTING = 5


def assemble_log(
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


def latest_time(log: Log) -> int:
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
