"""The one door through which JSON comes in: bytes either mean one thing to every reader, or are refused.

Parsers disagree on documents that stretch RFC 8259: duplicate names (first, last or both), numbers beyond
a double, lone surrogates, byte order marks, deep nesting. Whatever is refused here cannot be read one way
by us and another way by a library behind us, so this page stands in front of every parser, also of
third-party ones. The profile is I-JSON (RFC 7493) without floats unless asked for.

Standard library only: the gate reads through this page.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from supplytrust.errors import MalformedRecordError

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

PairsHook: TypeAlias = "Callable[[list[tuple[str, Any]]], object]"

MIB = 1 << 20
MAX_INTEGER = 2**53 - 1  # the largest n for which n and n + 1 are both exact doubles (RFC 7493, 2.2)
_INTEGER_DIGITS = len(str(MAX_INTEGER)) + 1  # with its sign
_STRUCTURE = b'"[]{},'
_NOT_STRUCTURE = bytes(set(range(256)) - set(_STRUCTURE))
_TO_SQUARE = bytes.maketrans(b"{}", b"[]")
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read. `size` in bytes; `depth` counts nested arrays and objects; `values` bounds memory."""

    size: int = 8 * MIB
    depth: int = 32
    values: int = 250_000
    floats: bool = False


DEFAULT = Limits()
FOREIGN = Limits(size=96 * MIB, depth=64, values=8_000_000, floats=True)

# any escape that is no surrogate, a whole pair (kept), or half of one
_HALF = re.compile(
    r"\\[^u]|(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)


def read_json(data: bytes, limits: Limits = DEFAULT, *, show_halves: bool = False) -> Json:
    """The one value in `data`. With `show_halves`, the escape of half a surrogate pair is the text that it is.

    Raises MalformedRecordError; its reason is size, encoding, depth, count, duplicate-key, number, surrogate,
    trailing-data or syntax. Time and memory are linear in the size, whatever the bytes are.
    """
    if len(data) > limits.size:
        raise MalformedRecordError(f"{len(data)} bytes, at most {limits.size} are read", reason="size")
    text = _decode(data)
    _check_structure(data, limits)
    if show_halves and _SURROGATE_ESCAPE.search(data):
        text = _replace_halves(text, lambda escape: "\\" + escape)
    value = _parse(text, floats=limits.floats)
    if _SURROGATE_ESCAPE.search(data):
        _check_surrogates(value)
    return value


def read_object(data: bytes, limits: Limits = DEFAULT) -> dict[str, Json]:
    """Like `read_json`, for documents that are one object; any other value is refused with reason type."""
    value = read_json(data, limits)
    if not isinstance(value, dict):
        raise MalformedRecordError("the document is not an object", reason="type")
    return value


def read_foreign_json(data: bytes | str, limits: Limits = FOREIGN, *, hook: PairsHook | None = None) -> Json:
    """What an index, a service or a tool wrote as JSON: bounded like `read_json`, but as readers out there take it.

    One byte order mark is passed over (RFC 8259, 8.1 allows it), of a name that stands twice the last value counts,
    numbers may be of any form, and half a surrogate pair becomes U+FFFD, so that every text has a UTF-8 form. `hook`
    makes objects from their pairs. Raises MalformedRecordError as `read_json` does.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    raw = raw.removeprefix(codecs.BOM_UTF8)
    if len(raw) > limits.size:
        raise MalformedRecordError(f"{len(raw)} bytes, at most {limits.size} are read", reason="size")
    text = _decode(raw)
    _check_structure(raw, limits)
    if _SURROGATE_ESCAPE.search(raw):
        text = _replace_halves(text, lambda _escape: "\\ufffd")
    try:
        parsed = json.loads(text, object_pairs_hook=hook, parse_int=_any_integer, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise MalformedRecordError(f"not JSON at character {error.pos}: {error.msg}", reason="syntax") from None
    return cast("Json", parsed)


def _replace_halves(text: str, spell: Callable[[str], str]) -> str:
    """Every escape of half a surrogate pair written in another way; whole pairs and other escapes stay."""
    return _HALF.sub(lambda match: match[1] or (match[0] if match[0][1] != "u" else spell(match[0])), text)


def read_base64(text: str) -> bytes:
    """Bytes of standard, padded base64 (RFC 4648, 4) in its one canonical spelling; reason base64 otherwise.

    Lenient decoders skip foreign characters and ignore the unused last bits, so that many texts mean the
    same bytes; encoding the result again must give the text back.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedRecordError(f"not base64: {error}", reason="base64") from None
    if base64.b64encode(raw).decode("ascii") != text:
        raise MalformedRecordError("base64 is not in its canonical spelling", reason="base64")
    return raw


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8")  # refuses overlong forms and encoded surrogates
    except UnicodeDecodeError as error:
        raise MalformedRecordError(f"not UTF-8 at byte {error.start}", reason="encoding") from None
    if text.startswith("\ufeff"):
        raise MalformedRecordError("starts with a byte order mark", reason="encoding")
    return text


def _check_structure(data: bytes, limits: Limits) -> None:
    """Depth and number of values from the brackets alone, before anything recursive sees the bytes.

    Escapes, then strings, then all but brackets and commas are dropped; these are ASCII, so UTF-8 cannot
    hide them. Of what is left, each pass drops the innermost pairs: a well-formed document of depth d is
    gone after d passes, and what is not well formed is left to the parser, which then meets at most
    twice the depth before it fails.
    """
    plain = data.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in data else data
    marks = plain.translate(_TO_SQUARE, _NOT_STRUCTURE)
    if marks.count(b'"') > 4 * limits.values:  # every value has at most two strings: its name and itself
        raise MalformedRecordError(f"more than {limits.values} values", reason="count")
    marks = b"".join(marks.replace(b'""', b"").split(b'"')[::2])
    if marks.count(b",") + marks.count(b"[") >= limits.values:
        raise MalformedRecordError(f"more than {limits.values} values", reason="count")
    brackets = marks.translate(None, b",")
    for _ in range(limits.depth):
        if not brackets:
            return
        brackets = brackets.replace(b"[]", b"")
    if b"[]" in brackets or brackets.count(b"[") > limits.depth:
        raise MalformedRecordError(f"nested deeper than {limits.depth}", reason="depth")


def _parse(text: str, *, floats: bool) -> Json:
    try:
        parsed = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_float if floats else _no_float,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as error:
        reason = "trailing-data" if error.msg == "Extra data" else "syntax"
        raise MalformedRecordError(f"not JSON at character {error.pos}: {error.msg}", reason=reason) from None
    return cast("Json", parsed)


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        twice = _first_repeated([name for name, _ in pairs])
        raise MalformedRecordError(f"name {twice[:80]!r} appears twice in one object", reason="duplicate-key")
    return made


def _first_repeated(names: list[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return ""


def _integer(digits: str) -> int:
    if len(digits) > _INTEGER_DIGITS:
        raise MalformedRecordError(f"an integer of {len(digits)} digits", reason="number")
    number = int(digits)
    if not -MAX_INTEGER <= number <= MAX_INTEGER:
        raise MalformedRecordError(f"integer {number} is beyond 2^53 - 1", reason="number")
    return number


def _any_integer(digits: str) -> int:
    if len(digits) > 400:  # `int` takes time by the square of the digits
        raise MalformedRecordError(f"an integer of {len(digits)} digits", reason="number")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits) if len(digits) <= 64 else math.inf
    if not math.isfinite(number):
        raise MalformedRecordError(f"number {digits[:40]} is beyond a double", reason="number")
    return number


def _no_float(digits: str) -> float:
    raise MalformedRecordError(f"number {digits[:40]} is not an integer", reason="number")


def _no_constant(name: str) -> float:
    raise MalformedRecordError(f"{name} is not JSON", reason="number")


def _check_surrogates(value: Json) -> None:
    """One half of a surrogate pair alone has no UTF-8, and readers replace, keep or refuse it."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedRecordError("a string holds half a surrogate pair", reason="surrogate") from None
