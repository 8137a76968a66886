"""The encoding of a list: what its byte order mark says, what its second line says, else UTF-8.

Editors and shells of Windows write UTF-16 with a byte order mark. Requirement files may name their encoding as Python
source does (PEP 263); what names none and is not UTF-8 is read as Latin-1, in which every byte is a character: names of
packages are ASCII, so that only comments can come out wrong. pip does the same with the encoding of the locale.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from supplytrust.errors import InputError
from supplytrust.formats.text import escape_text

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODING = re.compile(rb"coding[:=]\s*([-\w.]{1,40})")
_SLOW = frozenset({"punycode", "idna"})  # they take time by the square of the length


def utf8(data: bytes, path: Path) -> bytes:
    """The bytes in UTF-8 without a byte order mark; what has no mark is as it was. InputError."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :] if encoding == "utf-8" else _decode(data[len(mark) :], encoding, path).encode()
    return data


def list_text(data: bytes, path: Path) -> tuple[str, tuple[str, ...]]:
    """The text of a requirement file or a list of purls, and what is to be said about its encoding. InputError."""
    notes: tuple[str, ...] = ()
    named = _declared_encoding(data)
    if any(data.startswith(mark) for mark, _ in _MARKS):
        read = _decode(utf8(data, path), "utf-8", path)
    elif named:
        read = _decode(data, named, path)
    else:
        try:
            read = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            read = data.decode("latin-1")
            notes = (f"line {line} is not UTF-8, and no encoding is named: read as Latin-1",)
    if "\0" in read:
        line = read.count("\n", 0, read.index("\0")) + 1
        raise InputError(f"{path}:{line}: holds a NUL character", hint="save the file as UTF-8")
    return read, notes


def writable(text: str) -> str:
    """A text of one line that has a UTF-8 form: names of files need not, and what cannot be printed is escaped."""
    return escape_text(text, len(text))


def _declared_encoding(data: bytes) -> str:
    for row in data.split(b"\n", 2)[:2]:
        match = _CODING.search(row[:500]) if row.startswith(b"#") else None
        if match:
            return match[1].decode("ascii")
    return ""


def _decode(data: bytes, encoding: str, path: Path) -> str:
    try:
        if codecs.lookup(encoding).name in _SLOW:
            raise LookupError(encoding)
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path}:{line}: not {encoding.upper()} at byte {error.start}", hint="save the file as UTF-8"
        ) from None
    except (LookupError, ValueError):
        raise InputError(f"{path}: the encoding '{encoding}' is not read", hint="save the file as UTF-8") from None
