"""Reads the bytes of `git log -z --raw` with a fixed header format, by counting fields.

A record is nine header fields, then pairs of change line and path, all ended by NUL; the first change line is
preceded by a line feed. Names, subjects and paths may hold any byte but NUL, so nothing is searched for:
after the nine fields a token that starts like a change line is one, and the token after it is its path.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Iterable, Iterator
from itertools import islice

from supplytrust.io.git.commits import Commit, Person, Touch

FIELDS = 9
_MARK = b"\x01"


class LogError(ValueError):
    """The stream breaks its form or ends in the middle of a record."""


def parse(chunks: Iterable[bytes]) -> Iterator[Commit]:
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
