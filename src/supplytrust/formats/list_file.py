"""Reading a list's file: bytes under a limit, their encoding, then typed fields that know their place in the file."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from supplytrust.errors import InputError, MalformedRecordError, MalformedTomlError
from supplytrust.formats.codec_scalars import escape_text
from supplytrust.formats.json_reader import Limits, read_json
from supplytrust.formats.toml import read_toml

MAX_JSON = 64 * 2**20
MAX_TEXT = 16 * 2**20  # TOML and plain text are read more slowly than JSON
_SHA256 = re.compile(r"([0-9a-fA-F]{64})")
_PIN = re.compile(r"([A-Za-z][A-Za-z0-9_-]{1,19})[:=](\S{1,300})")


def content(path: Path, limit: int = MAX_TEXT) -> bytes:
    """The bytes of a regular file; the size is looked at before anything is read. InputError."""
    try:
        if not path.is_file():
            raise InputError(f"{path}: does not exist or is not a regular file", hint="check the path")
        size = path.stat().st_size
        if size > limit:
            raise InputError(f"{path}: {size} bytes, at most {limit} are read", hint="split the list")
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}", hint="check its permissions") from None
    if len(data) > limit:
        raise InputError(f"{path}: more than {limit} bytes", hint="split the list")
    return data


def text(path: Path, limit: int = MAX_TEXT) -> str:
    """The file as UTF-8, without its byte order mark. InputError names the byte that is none."""
    data = content(path, limit)
    try:
        read = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}:{line}: not UTF-8 at byte {error.start}", hint="save the file as UTF-8") from None
    if "\0" in read:
        line = read.count("\n", 0, read.index("\0")) + 1
        raise InputError(f"{path}:{line}: holds a NUL character", hint="save the file as UTF-8")
    return read


def toml(path: Path) -> Field:
    """The top table of a TOML file. InputError with the line."""
    data = content(path)
    try:
        return Field(read_toml(utf8(data, path), largest=MAX_TEXT), path, "")
    except MalformedTomlError as error:
        raise InputError(f"{path}:{error.line}: {error.message}", hint=error.hint) from None


def json(path: Path) -> Field:
    """The top object of a JSON file, strictly: no name twice, bounded depth. InputError with the position."""
    data = utf8(content(path, MAX_JSON), path)
    try:
        value = read_json(data, Limits(size=MAX_JSON, depth=64, values=4_000_000, floats=True), show_halves=True)
    except MalformedRecordError as error:
        raise InputError(f"{path}: {error.message}", hint="JSON in UTF-8; was it cut off?") from None
    return Field(value, path, "")


def has_name(data: bytes, name: bytes) -> bool:
    """Whether bytes are a JSON object with such a name in it, wherever it stands: writers put long arrays first."""
    return data.lstrip().startswith(b"{") and bool(re.search(rb'"' + re.escape(name) + rb'"\s*:', data))


@dataclass(frozen=True, slots=True)
class Field:
    """A value with its place, such as `package[3].version`."""

    value: object
    path: Path
    place: str

    def wrong(self, what: str, hint: str = "") -> InputError:
        """The error to raise about this value."""
        return InputError(f"{self.path}: {self.place or 'the top'}: {what}", hint=hint)

    def get(self, key: str) -> Field | None:
        """The field of a table; None when it is absent. InputError when this is no table."""
        if not isinstance(self.value, dict):
            raise self.wrong("must be a table of names and values")
        found = cast("dict[str, object]", self.value).get(key)
        return None if found is None else Field(found, self.path, f"{self.place}.{key}".lstrip("."))

    def text(self, key: str, *, required: bool = False) -> str:
        """A text of at most 4096 printable characters; '' when absent."""
        field = self.get(key)
        if field is None:
            if required:
                raise self.wrong(f"has no '{key}'")
            return ""
        return field.as_text()

    def as_text(self) -> str:
        """This value as a text."""
        if not isinstance(self.value, str):
            raise self.wrong("must be a text")
        if len(self.value) > 4096 or not self.value.isprintable():
            raise self.wrong("must be one line of at most 4096 printable characters")
        return self.value

    def items(self, key: str) -> Iterator[Field]:
        """The values of an array; nothing when it is absent."""
        field = self.get(key)
        if field is None:
            return
        if not isinstance(field.value, list):
            raise field.wrong("must be an array")
        for number, item in enumerate(cast("list[object]", field.value)):
            yield Field(item, self.path, f"{field.place}[{number}]")

    def pairs(self, key: str) -> Iterator[tuple[str, Field]]:
        """Names and values of a table; nothing when it is absent."""
        field = self.get(key)
        if field is None:
            return
        if not isinstance(field.value, dict):
            raise field.wrong("must be a table of names and values")
        for name, value in cast("dict[str, object]", field.value).items():
            shown = name if name.isprintable() and len(name) <= 200 else repr(name[:200])
            yield name, Field(value, self.path, f"{field.place}.{shown}")


def stated_sha256(field: Field) -> str:
    """The 64 hexadecimal digits of a field that states a SHA-256, in lower case. InputError for anything else."""
    match = _SHA256.fullmatch(field.as_text().strip())
    if not match:
        raise field.wrong(f"{field.as_text()[:80]!r} is not a SHA-256 digest", hint="64 hexadecimal digits")
    return match[1].lower()


def sha256_of(field: Field, text_: str) -> str:
    """The digest in `sha256:<hex>` or `sha256=<hex>`, in lower case; '' for another algorithm.

    InputError for what is of no form at all: a pin that is cut off must not become no pin.
    """
    match = _PIN.fullmatch(text_.strip())
    if not match:
        raise field.wrong(f"{text_[:80]!r} is not a digest", hint="as sha256:<64 hexadecimal digits>")
    return stated_sha256(Field(match[2], field.path, field.place)) if match[1].lower() == "sha256" else ""


# --- The encoding of a list: what its byte order mark says, what its second line says, else UTF-8

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
