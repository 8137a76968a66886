"""Reading TOML strictly: keys are asked for by name, what is left over is a problem, nothing stops early.

A `Document` is the parsed file with a collector of problems; a `Table` is one table of it. Each question to a
table answers with a usable value even when the file holds a wrong one, so that one run finds all problems.
Whoever reads raises at the end (`Document.problems`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast

from supplytrust.errors import MalformedTomlError, Problem
from supplytrust.formats.toml import MAX_BYTES, KeyPath, Positions, decode_toml, parse_toml

MAX_PROBLEMS = 1000  # told one by one; the rest as their number
_DURATION = re.compile(r"([0-9]{1,6})(h|d|w)")
_HOURS = {"h": 1, "d": 24, "w": 168}


class UnreadableFileError(Exception):
    """A file cannot be read at all. Kept inside this package: loaders turn it into their own error."""

    def __init__(self, text: str, hint: str) -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file of at most `MAX_BYTES`; raises `UnreadableFileError`."""
    try:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "does not exist or is not a regular file"
            raise UnreadableFileError(f"'{path}' {what}", "name a TOML file")
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UnreadableFileError(f"'{path}' cannot be read: {error}", "check its permissions") from error
    if len(raw) > MAX_BYTES:
        raise UnreadableFileError(f"'{path}' is larger than {MAX_BYTES} bytes", "split or shorten it")
    return raw


def nearest(word: str, known: Collection[str]) -> str:
    """A hint for a word outside a vocabulary: the closest known one, else what there is."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    listed = sorted(known)
    tail = ", ..." if len(listed) > 12 else ""
    return f"known: {', '.join(listed[:12])}{tail}" if listed else ""


class Document:
    """A TOML file and what is wrong with it. `name` leads every problem's place (`name:line`)."""

    def __init__(self, raw: bytes | str, name: str) -> None:
        self.name = name
        self.data: dict[str, object] = {}
        self._problems: list[tuple[int, Problem]] = []
        self._untold = 0
        self._positions = Positions("")
        try:
            text = decode_toml(raw)
            self.data = parse_toml(text)
        except MalformedTomlError as error:
            self.add_at(error.line, error.message, error.hint)
        else:
            self._positions = Positions(text)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems so far, in the order of the file."""
        told = tuple(p for _, p in sorted(self._problems, key=lambda item: item[0]))
        return (*told, Problem(self.name, f"and {self._untold} more")) if self._untold else told

    @property
    def full(self) -> bool:
        """Whether further problems are only counted."""
        return len(self._problems) >= MAX_PROBLEMS

    @property
    def root(self) -> Table:
        """The top table."""
        return Table(self.data, (), self)

    def add(self, path: KeyPath, text: str, hint: str = "") -> None:
        """Note a problem at a key."""
        self.add_at(self._positions.line(path), text, hint)

    def add_at(self, line: int, text: str, hint: str = "") -> None:
        """Note a problem at a line."""
        if self.full:
            self._untold += 1
            return
        self._problems.append((line, Problem(f"{self.name}:{line}", text, hint)))


class Table:
    """One table of a document. `close` reports the keys nobody asked for."""

    def __init__(self, data: Mapping[str, object], path: KeyPath, document: Document) -> None:
        self.data = data
        self.path = path
        self.document = document
        self._asked: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self.data

    @property
    def label(self) -> str:
        """How the table is called in messages."""
        return f"[{'.'.join(str(p) for p in self.path)}]" if self.path else "the file"

    def problem(self, key: str, text: str, hint: str = "") -> None:
        """Note a problem at a key of this table."""
        self.document.add((*self.path, key), text, hint)

    def close(self) -> None:
        """Every key that was not asked for is unknown."""
        known = dict.fromkeys(self._asked)
        for key in self.data:
            if key not in known:
                hint = "" if self.document.full else nearest(key, known)
                self.problem(key, f"unknown key '{key}' in {self.label}", hint)

    def value(self, key: str, *, required: bool = False, hint: str = "") -> object:
        """The raw value, None when absent (noted if it is required)."""
        self._asked.append(key)
        if required and key not in self.data:
            self.document.add(self.path, f"'{key}' is missing in {self.label}", hint)
        return self.data.get(key)

    def text(self, key: str, *, required: bool = False, form: str = "", hint: str = "", limit: int = 300) -> str:
        """A printable one-line text, '' when absent. `form` is a regular expression it must match whole."""
        found = self.value(key, required=required, hint=hint)
        return "" if found is None else self.as_text(key, found, form=form, hint=hint, limit=limit)

    def as_text(self, key: str, found: object, *, form: str = "", hint: str = "", limit: int = 300) -> str:
        """A value of this table as text, '' (and a problem) when it is none."""
        if not isinstance(found, str):
            self.problem(key, f"'{key}' must be a text, not {_kind(found)}", hint)
        elif not found.strip() or len(found) > limit:
            self.problem(key, f"'{key}' must have 1 to {limit} characters", hint)
        elif not found.isprintable():
            self.problem(key, f"'{key}' holds characters that cannot be printed", "plain text on one line")
        elif form and not re.fullmatch(form, found):
            self.problem(key, f"'{key}' = '{found}' has not the right form", hint)
        else:
            return found
        return ""

    def texts(self, key: str, *, required: bool = False, hint: str = "") -> tuple[str, ...]:
        """An array of texts, each once; () when absent."""
        found = self.value(key, required=required, hint=hint)
        if found is None:
            return ()
        if not isinstance(found, list):
            self.problem(key, f"'{key}' must be an array of texts, not {_kind(found)}", hint)
            return ()
        read = [self.as_text(key, item, hint=hint) for item in cast("list[object]", found)]
        for item in sorted({t for t in read if t and read.count(t) > 1}):
            self.problem(key, f"'{item}' stands twice in '{key}'")
        return tuple(dict.fromkeys(t for t in read if t))

    def choice(self, key: str, known: Collection[str], default: str) -> str:
        """One word of a closed vocabulary."""
        found = self.text(key)
        return found if found and self._check_word(key, (found,), known) else default

    def choices(self, key: str, known: Collection[str], *, required: bool = False, hint: str = "") -> tuple[str, ...]:
        """An array of words of a closed vocabulary, in the order given."""
        return self._check_word(key, self.texts(key, required=required, hint=hint), known)

    def number(
        self, key: str, default: float, *, above: float, below: float, hint: str = "", closed: bool = False
    ) -> float:
        """A finite number in (above, below) or, `closed`, [above, below]; `default` when absent or wrong."""
        found = self.value(key)
        if found is None:
            return default
        if isinstance(found, bool) or not isinstance(found, int | float):
            self.problem(key, f"'{key}' must be a number, not {_kind(found)}", hint)
            return default
        inside = above <= found <= below if closed else above < found < below
        if not inside:
            left, right = ("[", "]") if closed else ("(", ")")
            self.problem(key, f"'{key}' = {found} is outside {left}{above:g}, {below:g}{right}", hint)
            return default
        return float(found)

    def integer(self, key: str, default: int, *, low: int, high: int) -> int:
        """A whole number in [low, high]; `default` when absent or wrong."""
        found = self.value(key)
        if found is None:
            return default
        if isinstance(found, bool) or not isinstance(found, int) or not low <= found <= high:
            self.problem(key, f"'{key}' must be a whole number from {low} to {high}")
            return default
        return found

    def hours(self, key: str, default: int, *, low: int, high: int) -> int:
        """A duration such as "72h", "30d" or "2w", in hours within [low, high]."""
        hint = f'write "{default}h" or "{max(1, default // 24)}d"'
        found = self.text(key, hint=hint)
        if not found:
            return default
        match = _DURATION.fullmatch(found)
        hours = int(match.group(1)) * _HOURS[match.group(2)] if match else -1
        if not match or not low <= hours <= high:
            self.problem(key, f"'{key}' = '{found}' is not a duration from {low} to {high} hours", hint)
            return default
        return hours

    def moment(self, key: str, *, required: bool = False, hint: str = "") -> datetime | None:
        """A TOML date (its first instant in UTC) or date-time with an offset; None when absent or wrong."""
        found = self.value(key, required=required, hint=hint)
        if isinstance(found, datetime):
            if found.tzinfo is not None:
                return found.astimezone(UTC)
            self.problem(key, f"'{key}' has no offset from UTC", "write 2027-01-31 or 2027-01-31T00:00:00Z")
        elif isinstance(found, date):
            return datetime(found.year, found.month, found.day, tzinfo=UTC)
        elif found is not None:
            self.problem(key, f"'{key}' must be a date, not {_kind(found)}", "write 2027-01-31 without quotes")
        return None

    def table(self, key: str, *, required: bool = False, hint: str = "") -> Table:
        """A sub-table; an empty one when absent or of another kind."""
        found = self.value(key, required=required, hint=hint)
        return self._as_table(key, (*self.path, key), found)

    def tables(self, key: str) -> Iterable[Table]:
        """An array of tables."""
        found = self.value(key)
        if found is None:
            return []
        if not isinstance(found, list):
            self.problem(key, f"'{key}' must be an array of tables ([[{key}]]), not {_kind(found)}")
            return []
        items = cast("list[object]", found)
        return [self._as_table(key, (*self.path, key, n), item) for n, item in enumerate(items)]

    def _as_table(self, key: str, path: KeyPath, found: object) -> Table:
        if found is not None and not isinstance(found, dict):
            self.document.add(path, f"'{key}' must be a table, not {_kind(found)}")
        data = cast("dict[str, object]", found) if isinstance(found, dict) else {}
        return Table(data, path, self.document)

    def _check_word(self, key: str, words: tuple[str, ...], known: Collection[str]) -> tuple[str, ...]:
        for word in words:
            if word not in known:
                self.problem(key, f"'{word}' is not known for '{key}'", nearest(word, known))
        return tuple(w for w in words if w in known)


def _kind(found: object) -> str:
    names = {
        bool: "a truth value",
        str: "a text",
        int: "a number",
        float: "a number",
        list: "an array",
        dict: "a table",
    }
    return names.get(type(found), "a date or time")
