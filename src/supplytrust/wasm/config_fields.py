"""Strict reading of parsed TOML: every key is known and of its type, and all problems are told at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from supplytrust.errors import ConfigError, MalformedTomlError, Problem
from supplytrust.formats.toml import read_toml


def parse(data: bytes, name: str, largest: int) -> tuple[Table, list[Problem]]:
    """The root table of a TOML document and the list its problems will be put into.

    Raises ConfigError when the bytes are too many, not UTF-8 or not TOML (which refuses duplicate keys).
    """
    try:
        document = read_toml(data, largest=largest)
    except MalformedTomlError as error:
        raise ConfigError(f"{name}:{error.line}:{error.column}: {error.message}", hint=error.hint) from None
    problems: list[Problem] = []
    return Table(document, name, problems), problems


class Table:
    """One table. Each question marks its key as known; `finish` complains about the rest."""

    __slots__ = ("_asked", "_values", "problems", "where")

    def __init__(self, values: Mapping[str, object], where: str, problems: list[Problem]) -> None:
        self._values = values
        self._asked: set[str] = set()
        self.where = where
        self.problems = problems

    def has(self, key: str) -> bool:
        """Whether the key is there; asking this does not make it known."""
        return key in self._values

    def keys(self) -> tuple[str, ...]:
        """All keys; asking for them makes them known."""
        self._asked.update(self._values)
        return tuple(self._values)

    def complain(self, key: str, text: str) -> None:
        """Note a problem at a key of this table."""
        self.problems.append(Problem(f"{self.where}: {key}", text))

    def text(self, key: str, default: str | None = None) -> str:
        """A string; a problem when it is absent and there is no default."""
        value = self._get(key, str, "text", default)
        return value if isinstance(value, str) else ""

    def integer(self, key: str, default: int | None = None, *, least: int = 0, most: int = 2**53 - 1) -> int:
        """An integer within bounds."""
        value = self._get(key, int, "an integer", default)
        if not isinstance(value, int):
            return least
        if not least <= value <= most:
            self.complain(key, f"{value} is not within {least} to {most}")
            return least
        return value

    def flag(self, key: str, default: bool | None = None) -> bool:  # noqa: FBT001 - a value, not a switch
        """True or false."""
        return self._get(key, bool, "true or false", default) is True

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; empty when absent."""
        value = self._get(key, list, "a list of texts", [])
        if isinstance(value, list) and all(isinstance(v, str) for v in value):
            return tuple(value)
        self.complain(key, "is not a list of texts")
        return ()

    def integers(self, key: str) -> tuple[int, ...]:
        """A list of integers; empty when absent."""
        value = self._get(key, list, "a list of integers", [])
        if isinstance(value, list) and all(type(v) is int for v in value):
            return tuple(value)
        self.complain(key, "is not a list of integers")
        return ()

    def fraction(self, key: str) -> float | None:
        """A number from 0 to 1, as a number or a decimal text; None after a problem."""
        self._asked.add(key)
        value = self._values.get(key)
        try:
            number = float(value) if isinstance(value, str | int | float) else -1.0
        except ValueError:
            number = -1.0
        if isinstance(value, bool) or not 0 <= number <= 1:
            self.complain(key, "is not a number from 0 to 1")
            return None
        return number

    def moment(self, key: str) -> datetime | None:
        """A date-time with a zone; None when absent."""
        self._asked.add(key)
        value = self._values.get(key)
        if value is None or (isinstance(value, datetime) and value.tzinfo is not None):
            return value
        self.complain(key, "is not a date-time with a zone")
        return None

    def table(self, key: str) -> Table:
        """A sub-table; empty when absent."""
        value = self._get(key, dict, "a table", {})
        return Table(value if isinstance(value, dict) else {}, f"{self.where}: {key}", self.problems)

    def tables(self, key: str) -> list[Table]:
        """An array of tables; empty when absent."""
        value = self._get(key, list, "an array of tables", [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            self.complain(key, "is not an array of tables")
            return []
        return [Table(v, f"{self.where}: {key}[{n}]", self.problems) for n, v in enumerate(value)]

    def entries(self, key: str) -> list[str | Table]:
        """A list whose items are strings or tables; empty when absent."""
        value = self._get(key, list, "a list", [])
        found: list[str | Table] = []
        for n, item in enumerate(value if isinstance(value, list) else []):
            if isinstance(item, dict):
                found.append(Table(item, f"{self.where}: {key}[{n}]", self.problems))
            elif isinstance(item, str):
                found.append(item)
            else:
                self.complain(key, "holds neither text nor table")
        return found

    def ignore(self, key: str) -> None:
        """The key is known and of no interest."""
        self._asked.add(key)

    def finish(self) -> None:
        """Unknown keys are problems: a misspelt rule must not silently be no rule."""
        for key in self._values:
            if key not in self._asked:
                self.complain(key, "is not known")

    def _get(self, key: str, kind: type, words: str, default: object) -> object:
        self._asked.add(key)
        value = self._values.get(key, default)
        if value is None:
            self.complain(key, "is missing")
        elif type(value) is not kind:
            self.complain(key, f"is not {words}")
            return default
        return value


def refuse(problems: list[Problem]) -> None:
    """Raise ConfigError with everything that was found, if anything was."""
    if problems:
        raise ConfigError("; ".join(str(p) for p in problems))
