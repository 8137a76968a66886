"""One file of another language than Python, read by the patterns of its group.

Decoding a text and blanking its comments costs more than most rules. Every rule and every ability names words without
which it cannot match; they are looked for in the bytes first, and a file that holds none of them is done.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from supplytrust.evidence.source_code.foreign_rules import Group, Pattern, Sign
from supplytrust.evidence.source_code.rules import Hit
from supplytrust.model.claims.code import Ability

MOST_A_FILE = 200  # places a pattern


@dataclass(frozen=True, slots=True)
class FileMatches:
    """Hits and abilities of one file, each with its line (from 1); abilities with the words that tell them."""

    hits: tuple[tuple[int, Hit], ...] = ()
    abilities: tuple[tuple[Ability, int, str], ...] = ()


def look(group: Group, data: bytes, *, abilities: bool) -> FileMatches:
    """What a file's bytes show; bytes that are no UTF-8 are read as replacement characters."""
    held = {word for word, raw in _words(group.patterns, group.abilities) if raw in data}
    patterns = [p for p in group.patterns if not held.isdisjoint(p.needs)]
    signs = [s for s in group.abilities if abilities and (s.code is None or not held.isdisjoint(s.needs))]
    told = tuple((s.ability, 1, "") for s in signs if s.code is None)
    if not patterns and len(told) == len(signs):
        return FileMatches((), told)
    text = _Text(data.decode("utf-8", "replace"), group.comments_and_strings)
    hits = tuple((text.line(offset), hit) for offset, hit in _matches(patterns, text.raw, text.code))
    return FileMatches(hits, (*told, *_first_places(signs, text)))


@dataclass(slots=True)
class _Text:
    """A decoded file: as it is, with comments and strings blanked, and the lines of its offsets."""

    raw: str
    away: re.Pattern[str]
    code: str = field(init=False)
    _starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.code = blank_out(self.raw, self.away)

    def line(self, offset: int) -> int:
        """The line of an offset, from 1."""
        if not self._starts:
            self._starts = [0, *(m.end() for m in re.finditer("\n", self.raw))]
        return bisect.bisect_right(self._starts, offset)


@functools.cache
def _words(patterns: tuple[Pattern, ...], signs: tuple[Sign, ...]) -> tuple[tuple[str, bytes], ...]:
    """Every word that a rule or an ability needs, and its bytes."""
    needs = [*(p.needs for p in patterns), *(s.needs for s in signs)]
    return tuple((word, word.encode()) for word in sorted({word for words in needs for word in words}))


def _first_places(signs: Iterable[Sign], text: _Text) -> Iterator[tuple[Ability, int, str]]:
    """The first place in the text for each ability."""
    first: dict[Ability, re.Match[str]] = {}
    for sign in signs:
        seen = sign.code.search(text.code) if sign.code is not None and _holds(text.code, sign.needs) else None
        if seen is not None and (sign.ability not in first or seen.start() < first[sign.ability].start()):
            first[sign.ability] = seen
    for ability, seen in first.items():
        yield ability, text.line(seen.start()), " ".join(seen.group().split())[:40]


def _holds(code: str, words: tuple[str, ...]) -> bool:
    return any(word in code for word in words)


def _matches(patterns: Iterable[Pattern], text: str, code: str) -> Iterator[tuple[int, Hit]]:
    """Offsets and hits of patterns, bounded a pattern."""
    for pattern in patterns:
        if not _holds(code, pattern.needs) or (pattern.holds and not pattern.holds.search(code)):
            continue
        found = list(itertools.islice(_places(pattern, text, code), MOST_A_FILE))
        if found and pattern.once:
            count = f"{len(found)} places" if len(found) < MOST_A_FILE else f"{MOST_A_FILE} or more places"
            yield found[0][0], Hit(pattern.rule, pattern.severity, f"{count}, first: {found[0][1]}")
        elif found:
            yield from ((offset, Hit(pattern.rule, pattern.severity, what)) for offset, what in found)


def _places(pattern: Pattern, text: str, code: str) -> Iterator[tuple[int, str]]:
    for seen in pattern.code.finditer(code):
        if pattern.argument is None or pattern.argument.match(text, seen.end()):
            yield seen.start(), " ".join(seen.group().split())[:60]


def blank_out(text: str, away: re.Pattern[str]) -> str:
    """The text with comments and strings turned to blanks, lines and offsets kept."""
    return away.sub(lambda m: _blank(m.group()), text)


def _blank(text: str) -> str:
    return "\n".join([" " * len(line) for line in text.split("\n")]) if "\n" in text else " " * len(text)
