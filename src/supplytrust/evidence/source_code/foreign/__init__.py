"""Rules for other languages by pattern, over text whose comments and strings are blanked out. A file a group.

A group has LANGUAGES, the names it serves; COMMENTS_AND_STRINGS, a pattern whose matches are blanked; PATTERNS, what
is found; and ABILITIES, what its code can do. Nothing is resolved: an own function of the same name, a macro or an
alias is taken for what it is called.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from dataclasses import dataclass, field
from typing import Protocol, cast

from supplytrust.model.claims.code import Ability


@dataclass(frozen=True, slots=True)
class Pattern:
    """What to look for. `argument`: what the text must go on with where the match ends (strings are seen there).

    `needs`: code without one of these words is not searched; ASCII without blanks, so that a file whose bytes hold none
    of them need not even be decoded. `holds`: a cheaper pattern that every match holds a match of. `once`: one
    finding a file, with the number of places. Severity `fit`: a use that is as it should be.
    """

    rule: str
    severity: str
    code: re.Pattern[str]
    argument: re.Pattern[str] | None = None
    once: bool = False
    needs: tuple[str, ...] = field(kw_only=True)
    holds: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    """Code that tells an ability; every match holds one of the words `needs`. Without a pattern the language tells it."""

    ability: Ability
    code: re.Pattern[str] | None = None
    needs: tuple[str, ...] = ()


class Group(Protocol):
    """A module of this folder."""

    LANGUAGES: frozenset[str]
    COMMENTS_AND_STRINGS: re.Pattern[str]
    PATTERNS: tuple[Pattern, ...]
    ABILITIES: tuple[Sign, ...]


@functools.cache
def groups() -> tuple[Group, ...]:
    """All of them, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(cast("Group", importlib.import_module(f"{__name__}.{name}")) for name in names)


@functools.cache
def for_language(language: str) -> Group | None:
    """The group that serves a language."""
    return next((group for group in groups() if language in group.LANGUAGES), None)


def blank_out(text: str, away: re.Pattern[str]) -> str:
    """The text with comments and strings turned to blanks, lines and offsets kept."""
    return away.sub(lambda m: _blank(m.group()), text)


def _blank(text: str) -> str:
    return "\n".join([" " * len(line) for line in text.split("\n")]) if "\n" in text else " " * len(text)
