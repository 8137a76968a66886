"""The one reader of TOML (https://toml.io/en/v1.0.0): bounded in size, key length and nesting before it is parsed.

`tomllib` takes time by the square of the parts of one dotted key or header (40,000 parts, 80 kB, cost 20 s), calls
itself once or more for each nested array, and turns an integer of many digits into a plain `ValueError`. A linear
scan of the text finds all three first, so that the time of a document is in proportion to its size, whoever wrote it.

Standard library only: the gate reads its policy through this page.
"""

from __future__ import annotations

import bisect
import codecs
import re
import tomllib
from typing import Any

from supplytrust.errors import MalformedTomlError

MAX_BYTES = 1 << 20
MAX_PARTS = 40  # of one dotted key or header; real files have up to about ten
MAX_DEPTH = 100  # of arrays and inline tables, each inside the other
MAX_WORD = 1000  # characters of a bare key or number: `int` takes time by the square of its digits

_FLAT = "no file of this kind needs that: break it up"
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)")
_WIDE = (
    (codecs.BOM_UTF32_LE, "UTF-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)

# One word, or several words and quoted words joined by dots: a key, a header's name, or a number. All quantifiers are
# possessive, so that no character is looked at more than a fixed number of times.
_WORD = r"""(?:[A-Za-z0-9_-]++|"(?:\\.|[^"\\\n])*+"|'[^'\n]*+')"""
_TOKEN = re.compile(
    rf"""
    (?P<long>  \"{{3}}(?:\\.|"(?!"")|[^"\\])*+(?:"{{3,5}}|\\?\Z) | '{{3}}(?:'(?!'')|[^'])*+(?:'{{3,5}}|\Z) )
  | (?P<key>   {_WORD}(?:[ \t]*+\.[ \t]*+{_WORD})*+ )
  | (?P<open>  [\[{{] )
  | (?P<close> [\]}}] )
  | (?P<note>  \#[^\n]*+ )
  | (?P<torn>  ["'] )
    """,
    re.VERBOSE | re.DOTALL,
)
_PART = re.compile(_WORD, re.DOTALL)


def read_toml(data: bytes | str, *, largest: int = MAX_BYTES) -> dict[str, Any]:
    """The tables of a document of at most `largest` bytes, in UTF-8; one byte order mark at its start is passed over.

    Raises MalformedTomlError, which names line and column. Time and memory are linear in the size.
    """
    return parse_toml(decode_toml(data, largest=largest))


def decode_toml(data: bytes | str, *, largest: int = MAX_BYTES) -> str:
    """The text of a document without its byte order mark. Raises MalformedTomlError for what is not UTF-8."""
    if len(data) > largest:
        what = "bytes" if isinstance(data, bytes) else "characters"
        raise MalformedTomlError(f"{len(data)} {what}, at most {largest} are read", hint="split or shorten it")
    if isinstance(data, str):
        return data.removeprefix("\ufeff").replace("\r\n", "\n")
    for mark, name in _WIDE:
        if data.startswith(mark):
            raise MalformedTomlError(f"not UTF-8: it begins as {name} does", hint="save the file as UTF-8")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        # the codec passes over a byte order mark and counts from behind it
        start = error.start + len(data) - len(error.object)
        row = data.rfind(b"\n", 0, start)
        raise MalformedTomlError(
            f"not UTF-8: byte 0x{data[start]:02x}",
            line=data.count(b"\n", 0, start) + 1,
            column=start - row,
            hint="save the file as UTF-8",
        ) from None


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a text with plain newlines. Raises MalformedTomlError, which names line and column."""
    _check_shape(text)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise MalformedTomlError("nested too deeply", hint=_FLAT) from None
    except ValueError as error:
        message = str(error)
        place = _PLACE.search(message)
        what = message[: place.start()] if place else message
        line, column = (int(place[1]), int(place[2])) if place and place[1] else _end_of(text)
        raise MalformedTomlError(
            f"not TOML: {what[:120]}", line=line, column=column, hint="was it cut off? see https://toml.io"
        ) from None


def _check_shape(text: str) -> None:
    """Refuse long keys, long words and deep nesting.

    The scan agrees with TOML's grammar on every prefix that `tomllib` accepts, and `tomllib` ends at the first
    character it does not accept: nothing that is costly can hide behind a mistake.
    """
    depth = 0
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "key":
            if token.end() - token.start() > 2 * MAX_PARTS:
                _check_key(text, token)
        elif kind == "open":
            depth += 1
            if depth > MAX_DEPTH:
                raise _refusal(text, token.start(), f"nested too deeply: over {MAX_DEPTH} arrays or tables")
        elif kind == "close":
            depth = max(0, depth - 1)
        elif kind == "torn":  # a string without its end: nobody reads on from here
            return


def _check_key(text: str, token: re.Match[str]) -> None:
    parts = _PART.findall(token.group())
    if len(parts) > MAX_PARTS:
        raise _refusal(text, token.start(), f"a key of more than {MAX_PARTS} parts: {len(parts)}")
    for part in parts:
        if len(part) > MAX_WORD and part[0] not in "\"'":
            raise _refusal(text, token.start(), f"not TOML: a word of {len(part)} characters")


def _refusal(text: str, at: int, what: str) -> MalformedTomlError:
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return MalformedTomlError(what, line=line, column=column, hint=_FLAT)


def _end_of(text: str) -> tuple[int, int]:
    return text.count("\n") + 1, len(text) - text.rfind("\n")


# --- where the keys of a document stand: `tomllib` tells no positions, and a problem needs its line

KeyPath = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY_PART = re.compile(r"""[ \t]*("(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*""")
_VALUE_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'{3}.*?\'{3,5}|"(?:\\.|[^"\\])*"|\'[^\']*\'|#[^\n]*|[\[{]|[\]}]|\n', re.DOTALL
)


class Positions:
    """The line of every key and table header of one document, counted from 1.

    The scan runs on text that `tomllib` has already accepted, so it needs to know only where headers, keys and
    values begin and end. Keys inside inline tables count as standing where the table's own key stands.
    """

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
        at = _end_of_match(_BLANK.match(text), 0)
        while at < len(text):
            start = at
            if text[at] == "[":
                double = text.startswith("[[", at)
                keys, at = _read_key(text, at + 1 + double)
                table = self._header(keys, double=double)
                for end in range(1, len(table) + 1):
                    self._lines.setdefault(table[:end], self._line_at(start))
                at = text.find("]", at) + 1 + double
            else:
                keys, at = _read_key(text, at)
                self._note(table, keys, self._line_at(start))
                at = _skip_value(text, text.find("=", at) + 1)
            at = _end_of_match(_BLANK.match(text, at), at)

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


def _end_of_match(match: re.Match[str] | None, otherwise: int) -> int:
    return match.end() if match else otherwise


def _read_key(text: str, at: int) -> tuple[list[str], int]:
    """A bare, quoted or dotted key and the offset behind it."""
    keys: list[str] = []
    while match := _KEY_PART.match(text, at):
        keys.append(_plain_key(match.group(1)))
        at = match.end()
        if not text.startswith(".", at):
            break
        at += 1
    return keys, at


def _plain_key(part: str) -> str:
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
