"""Typed reading of parsed JSON: each value by name, of its one type, or a denial that says where."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from supplytrust.formats.json_reader import Json
from supplytrust.gate.denial import Code, GateDenied

Object = dict[str, Json]
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)
_DECIMAL = re.compile(r"(?:0|1)(?:\.\d{1,40})?", re.ASCII)
_HEX = {"sha256": re.compile(r"[0-9a-f]{64}"), "sha384": re.compile(r"[0-9a-f]{96}")}


def wrong(field: str, what: str) -> GateDenied:
    """The denial for a value of the wrong type."""
    return GateDenied(Code.PARSE, field, f"{field} is not {what}")


def obj(value: Json, field: str) -> Object:
    """An object."""
    if type(value) is not dict:
        raise wrong(field, "an object")
    return value


def only(value: Object, field: str, required: Iterable[str], optional: Iterable[str] = ()) -> Object:
    """The object itself, when it has all required names and none that are unknown."""
    needed = frozenset(required)
    missing = needed - value.keys()
    if missing:
        raise wrong(f"{field}.{min(missing)}", "there")
    unknown = value.keys() - needed - frozenset(optional)
    if unknown:
        raise GateDenied(Code.UNKNOWN_FIELD, f"{field}.{min(unknown)[:80]}", "a name this gate does not know")
    return value


def text(value: Json, field: str) -> str:
    """A string."""
    if type(value) is not str:
        raise wrong(field, "text")
    return value


def integer(value: Json, field: str) -> int:
    """An integer >= 0."""
    if type(value) is not int or value < 0:
        raise wrong(field, "a whole number")
    return value


def items(value: Json, field: str) -> list[Json]:
    """An array."""
    if type(value) is not list:
        raise wrong(field, "a list")
    return value


def texts(value: Json, field: str) -> tuple[str, ...]:
    """An array of strings."""
    return tuple(text(v, field) for v in items(value, field))


def instant(value: Json, field: str) -> datetime:
    """RFC 3339 in UTC, spelled with Z."""
    if type(value) is not str or not _INSTANT.fullmatch(value):
        raise wrong(field, "a time like 2026-01-31T12:00:00Z")
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise wrong(field, "a day of the calendar") from None


def fraction(value: Json, field: str) -> float:
    """A decimal string from 0 to 1."""
    if type(value) is not str or not _DECIMAL.fullmatch(value) or float(value) > 1:
        raise wrong(field, "a decimal text from 0 to 1")
    return float(value)


def digest(value: Json, field: str, algorithm: str = "sha256") -> str:
    """Lower-case hex of the right length."""
    if type(value) is not str or not _HEX[algorithm].fullmatch(value):
        raise wrong(field, f"a {algorithm} digest")
    return value


def prefixed_digest(value: Json, field: str) -> str:
    """The hex of a `sha256:<hex>` text."""
    return digest(text(value, field).removeprefix("sha256:"), field)
