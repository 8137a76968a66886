"""The body of a crev proof: keys, indented keys, lists and block texts of YAML, and nothing else of it.

Whatever is outside this small part makes the body unusable: two readers must not see two statements in one
signed text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from supplytrust.errors import MalformedRecordError
from supplytrust.evidence.reviews.reading import SkippedEntryError
from supplytrust.formats.json_reader import read_json

_PAIR = re.compile(r"([a-z][a-z0-9-]*):(?: (.*))?")
_PLAIN = re.compile(r"[^\s\"'\[\]{}>|*&!%#`@,?:-][^\"'\[\]{}\\]*|-?\d[\w.+:-]*")
_BLOCK = re.compile(r"[|>][+-]?")
_EMPTY = frozenset(["[]", "{}"])


@dataclass(slots=True)
class Body:
    """`texts` by key, `section.key` inside a section; `lists` counts the entries of a list."""

    texts: dict[str, str] = field(default_factory=dict)
    lists: dict[str, int] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """The text of a key, '' when it is not there."""
        return self.texts.get(key, "")


def parse(text: str) -> Body:
    """The body as keys; UnusableError('bad-body') when it is not of this form."""
    if any(c in text for c in "\t\r\u0085\u2028\u2029"):
        raise SkippedEntryError("bad-body")
    body, section, seen = Body(), "", set[str]()
    lines = [line for line in text.split("\n") if line.strip() and line != "---"]
    at = 0
    while at < len(lines):
        line = lines[at]
        indent = len(line) - len(line.lstrip(" "))
        found = _PAIR.fullmatch(line.strip())
        if indent not in (0, 2) or (indent and not section):
            raise SkippedEntryError("bad-body")
        if line.lstrip().startswith("- ") and section:
            at = _list(body, section, lines, at, indent)
            continue
        if not found:
            raise SkippedEntryError("bad-body")
        key = f"{section}.{found.group(1)}" if indent else found.group(1)
        if key in seen:
            raise SkippedEntryError("bad-body")
        seen.add(key)
        value = (found.group(2) or "").strip()
        section = found.group(1) if not indent and not value else section if indent else ""
        at = _value(body, key, value, lines, at, indent)
    return body


def _list(body: Body, section: str, lines: list[str], at: int, indent: int) -> int:
    """Count the entries of a list and pass over what is in them."""
    while at < len(lines) and _indent(lines[at]) >= indent:
        if _indent(lines[at]) == indent:
            if not lines[at].lstrip().startswith("- "):
                break
            body.lists[section] = body.lists.get(section, 0) + 1
        at += 1
    return at


def _value(body: Body, key: str, value: str, lines: list[str], at: int, indent: int) -> int:
    """Keep a text; pass over a block. The number of the next line."""
    if _BLOCK.fullmatch(value):
        at += 1
        while at < len(lines) and _indent(lines[at]) > indent:
            at += 1
        return at
    if value and value not in _EMPTY:
        body.texts[key] = _scalar(value)
    return at + 1


def _scalar(value: str) -> str:
    if value.startswith('"'):
        try:
            read = read_json(value.encode())
        except MalformedRecordError as error:
            raise SkippedEntryError("bad-body") from error
        return str(read)
    if value.startswith("'") and value.endswith("'") and len(value) > 1 and "'" not in value[1:-1]:
        return value[1:-1]
    if not _PLAIN.fullmatch(value) or " #" in value or ": " in value:
        raise SkippedEntryError("bad-body")
    return value


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
