"""How single values are spelled in records: each has exactly one text, which reading insists on."""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType

from supplytrust.formats.json_reader import MAX_INTEGER, Json

_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,400})(\.[0-9]{1,400})?")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?Z")
DECIMAL_PATTERN = r"^-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$"
INSTANT_PATTERN = f"^{_INSTANT.pattern}$"


class CodecError(Exception):
    """A value that does not fit its type. Containers add where, innermost first."""

    def __init__(self, text: str, *, reason: str = "value") -> None:
        super().__init__(text)
        self.text = text
        self.reason = reason
        self.path = ""

    def inside(self, where: str) -> CodecError:
        """The same misfit, seen from one container further out."""
        self.path = where + self.path
        return self


def show_value(value: object) -> str:
    """A value in an error message, shortened."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def decimal_text(number: object) -> str:
    """The shortest decimal digits that read back to the same double, without exponent: 1, 0.1, 0.0000001."""
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise CodecError(f"{show_value(number)} has no decimal form")
    text = repr(float(number))
    if "e" in text:
        text = format(Decimal(text), "f")
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


def decimal(value: Json) -> float:
    """A double from its one decimal text."""
    if type(value) is not str or not _DECIMAL.fullmatch(value):
        raise CodecError(f"{show_value(value)} is not a decimal string")
    number = float(value)
    if decimal_text(number) != value:
        raise CodecError(f"{show_value(value)} is not the shortest decimal of its number")
    return number


def instant_text(moment: object) -> str:
    """RFC 3339 in UTC with Z; microseconds only when there are any."""
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise CodecError(f"{show_value(moment)} is not a time with a zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def instant(value: Json) -> datetime:
    """An aware datetime in UTC from its one text."""
    if type(value) is not str or not _INSTANT.fullmatch(value):
        raise CodecError(f"{show_value(value)} is not a time like 2026-01-31T12:00:00Z")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise CodecError(f"{show_value(value)} is no day of the calendar") from None
    if instant_text(moment) != value:
        raise CodecError(f"{show_value(value)} has idle zeros")
    return moment


def integer(value: object) -> int:
    """An int within 2^53 - 1, and not a bool."""
    if type(value) is not int or not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise CodecError(f"{show_value(value)} is not an integer within 2^53 - 1")
    return value


def text(value: object) -> str:
    """A string."""
    if type(value) is not str:
        raise CodecError(f"{show_value(value)} is not a string")
    return value


def boolean(value: object) -> bool:
    """True or False."""
    if type(value) is not bool:
        raise CodecError(f"{show_value(value)} is neither true nor false")
    return value


def name(value: object) -> str:
    """A member name; beyond U+FFFF the two orders of canonical JSON would differ."""
    if not isinstance(value, str) or (not value.isascii() and max(value) > "\uffff"):
        raise CodecError(f"{show_value(value)} cannot be a name")
    return str(value)


def enum_text(kind: type[enum.Enum], value: object) -> str:
    """A StrEnum by value, an IntEnum by name."""
    if not isinstance(value, kind):
        raise CodecError(f"{show_value(value)} is not a {kind.__name__}")
    return str(value.value) if issubclass(kind, str) else value.name


def plain(value: object) -> Json:
    """Free-form JSON out of frozen values; floats are refused."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return integer(value)
    if isinstance(value, Mapping):
        return {name(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [plain(inner) for inner in value]
    raise CodecError(f"{show_value(value)} is not plain JSON without floats")


def frozen(value: Json) -> object:
    """Free-form JSON as values nobody can change."""
    if isinstance(value, dict):
        return MappingProxyType({name(key): frozen(inner) for key, inner in value.items()})
    if isinstance(value, list):
        return tuple(frozen(inner) for inner in value)
    if isinstance(value, float):
        raise CodecError(f"{value} is a float")
    return value


# Texts of others as they may be shown and written: what cannot be printed or has no UTF-8 form stands as an escape.


def escape_text(text: str, limit: int) -> str:
    """A text with what cannot be printed or written as UTF-8 shown as escapes, cut to a length."""
    cut = text[:limit]
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cut)
