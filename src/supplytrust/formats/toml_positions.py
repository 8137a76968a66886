"""Where the keys of a TOML document stand: `tomllib` tells no positions, and a problem needs its line.

The scan runs on text that `tomllib` has already accepted, so it needs to know only where headers, keys and
values begin and end (https://toml.io/en/v1.0.0). Keys inside inline tables count as standing where the
table's own key stands.
"""

from __future__ import annotations

import bisect
import re
import tomllib

KeyPath = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_PART = re.compile(r"""[ \t]*("(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*""")
_VALUE_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'{3}.*?\'{3,5}|"(?:\\.|[^"\\])*"|\'[^\']*\'|#[^\n]*|[\[{]|[\]}]|\n', re.DOTALL
)


class Positions:
    """The line of every key and table header of one document, counted from 1."""

    def __init__(self, text: str) -> None:
        self._newlines = [m.start() for m in re.finditer("\n", text)]
        self._lines: dict[KeyPath, int] = {}
        self._arrays: dict[KeyPath, int] = {}
        self._scan(text)

    def line(self, path: KeyPath) -> int:
        """The line of this key, else of the nearest table around it, else 1."""
        for end in range(len(path), 0, -1):
            if path[:end] in self._lines:
                return self._lines[path[:end]]
        return 1

    def _scan(self, text: str) -> None:
        table: KeyPath = ()
        at = _end(_BLANK.match(text), 0)
        while at < len(text):
            start = at
            if text[at] == "[":
                double = text.startswith("[[", at)
                keys, at = _key(text, at + 1 + double)
                table = self._header(keys, double=double)
                for end in range(1, len(table) + 1):
                    self._lines.setdefault(table[:end], self._line_at(start))
                at = text.find("]", at) + 1 + double
            else:
                keys, at = _key(text, at)
                self._note(table, keys, self._line_at(start))
                at = _skip_value(text, text.find("=", at) + 1)
            at = _end(_BLANK.match(text, at), at)

    def _header(self, keys: list[str], *, double: bool) -> KeyPath:
        path: KeyPath = ()
        for position, key in enumerate(keys):
            path = (*path, key)
            if double and position == len(keys) - 1:
                self._arrays[path] = self._arrays.get(path, 0) + 1
            if path in self._arrays:
                path = (*path, self._arrays[path] - 1)
        return path

    def _note(self, table: KeyPath, keys: list[str], line: int) -> None:
        for end in range(1, len(keys) + 1):
            self._lines.setdefault((*table, *keys[:end]), line)

    def _line_at(self, offset: int) -> int:
        return bisect.bisect_left(self._newlines, offset) + 1


def _end(match: re.Match[str] | None, otherwise: int) -> int:
    return match.end() if match else otherwise


def _key(text: str, at: int) -> tuple[list[str], int]:
    """A bare, quoted or dotted key and the offset behind it."""
    keys: list[str] = []
    while match := _PART.match(text, at):
        keys.append(_plain(match.group(1)))
        at = match.end()
        if not text.startswith(".", at):
            break
        at += 1
    return keys, at


def _plain(part: str) -> str:
    if part[0] not in "\"'":
        return part
    return str(tomllib.loads(f"key = {part}")["key"])


def _skip_value(text: str, at: int) -> int:
    depth = 0
    for token in _VALUE_TOKEN.finditer(text, at):
        first = token.group()[0]
        if first == "\n" and depth == 0:
            return token.end()
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(first, 0)
    return len(text)
