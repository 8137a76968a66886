"""Reading what was handed in: bytes once and up to a cap, parsed values each by name and of its one type.

Everything after works on these bytes. What is not as it must be is a denial that says where.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from datetime import datetime

from supplytrust.errors import MalformedRecordError, VerificationError
from supplytrust.formats.json_reader import Json
from supplytrust.gate.denial import Code, GateDenied, from_malformed
from supplytrust.records.envelope import VerifiedPayload, verify
from supplytrust.records.keys import VerificationKey

# --- Each input is read once, up to its cap; everything after works on these bytes.

Source = bytes | bytearray | memoryview | int | str | os.PathLike[str]
_CHUNK = 1 << 20


def take(source: Source, cap: int, field: str) -> bytes:
    """The bytes of a buffer, an open descriptor (from where it stands) or a regular file.

    Raises Denied with `size` when there are more than `cap`, OSError when they cannot be read.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        if memoryview(source).nbytes > cap:
            raise _too_large(field, cap)
        return bytes(source)  # bytes stay the same object; what could change is copied
    if isinstance(source, int):
        return _drain(source, cap, field)
    descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe must not block
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{field} is not a regular file")
        return _drain(descriptor, cap, field)
    finally:
        os.close(descriptor)


def need(source: Source, cap: int, field: str, code: Code) -> bytes:
    """Like `take`; what cannot be read is denied with this code."""
    try:
        return take(source, cap, field)
    except OSError as error:
        raise GateDenied(code, field, f"cannot be read: {error.strerror or error}") from None


def _drain(descriptor: int, cap: int, field: str) -> bytes:
    chunks: list[bytes] = []
    total = 0
    while chunk := os.read(descriptor, min(_CHUNK, cap + 1 - total)):
        chunks.append(chunk)
        total += len(chunk)
        if total > cap:
            raise _too_large(field, cap)
    return b"".join(chunks)


def _too_large(field: str, cap: int) -> GateDenied:
    return GateDenied(Code.SIZE, field, f"more than {cap} bytes")


_CODES = {"signature": Code.SIGNATURE, "keys": Code.SIGNATURE}


def open_envelope(data: bytes, keys: Iterable[VerificationKey], payload_type: str, field: str) -> VerifiedPayload:
    """The verified payload, not yet parsed. Raises Denied."""
    unique = {key.fingerprint: key for key in keys}
    try:
        return verify(data, list(unique.values()), payload_type)
    except MalformedRecordError as error:
        raise from_malformed(error, field) from None
    except VerificationError as error:
        raise GateDenied(_CODES.get(error.reason, Code.ENVELOPE), field, error.message) from None


# --- Typed reading of parsed JSON: each value by name, of its one type, or a denial that says where.

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
