"""Values at places inside strictly read JSON, each of the type that is expected there or a MalformedRecordError."""

from __future__ import annotations

from supplytrust.errors import MalformedRecordError
from supplytrust.formats.json_reader import Json, read_base64


def value_at(value: Json, *names: str) -> Json:
    """The value inside objects by their names; None when there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def list_at(value: Json, *names: str) -> list[Json]:
    """The list inside; empty when there is none."""
    listed = value_at(value, *names)
    return listed if isinstance(listed, list) else []


def only_at(value: Json, *names: str) -> Json:
    """The one element of a list inside. MalformedRecordError when it is no list of exactly one."""
    listed = list_at(value, *names)
    if len(listed) != 1:
        raise MalformedRecordError(f"{names[-1]} has {len(listed)} elements, not one", reason="malformed")
    return listed[0]


def object_at(value: Json, *names: str) -> dict[str, Json]:
    """The object inside. MalformedRecordError."""
    found = value_at(value, *names)
    if not isinstance(found, dict):
        raise MalformedRecordError(f"{names[-1]} is no object", reason="malformed")
    return found


def text_at(value: Json, *names: str) -> str:
    """The text inside. MalformedRecordError."""
    found = value_at(value, *names)
    if not isinstance(found, str):
        raise MalformedRecordError(f"{names[-1]} is no text", reason="malformed")
    return found


def bytes_at(value: Json, *names: str) -> bytes:
    """The bytes that a text inside stands for in base64. MalformedRecordError."""
    return read_base64(text_at(value, *names))


def number_at(value: Json, *names: str) -> int:
    """The number that a text of decimal digits inside stands for. MalformedRecordError."""
    digits = text_at(value, *names)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 16):
        raise MalformedRecordError(f"{names[-1]} is no number", reason="malformed")
    return int(digits)
