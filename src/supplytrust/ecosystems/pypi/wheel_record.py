"""RECORD of a wheel: rows of path, digest and size, held against the members it speaks of.

https://packaging.python.org/specifications/recording-installed-packages/#the-record-file: CSV in UTF-8, digests as
`algorithm=` and unpadded urlsafe base64, of SHA-256 or better; every file is listed with one, except RECORD itself and
its signatures. What is written otherwise is read as far as it has one meaning, and checked. What cannot be read says
nothing about a member, neither good nor bad: it is `unread`, with its reason.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import posixpath
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from supplytrust.ecosystems.contents import Contents
from supplytrust.ecosystems.pypi.contents import dist_info
from supplytrust.errors import TooLargeError
from supplytrust.io.archives.collector import Entry
from supplytrust.model.claims.artifact import RecordCheck

MOST = 200  # of each kind that is told


@dataclass(frozen=True, slots=True)
class _Files:
    """The members of a read wheel."""

    by_path: Mapping[str, Entry]

    def __contains__(self, path: object, /) -> bool:
        return path in self.by_path

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_path)

    def measure(self, path: str, algorithm: str) -> tuple[int | None, str | None]:
        file = self.by_path[path]
        if algorithm in ("", "sha256"):
            return file.size, file.sha256
        data = file.data
        return file.size, None if data is None else digest_of(data, algorithm)


def check(contents: Contents) -> RecordCheck:
    """The claim about a read wheel.

    TooLargeError: there is a RECORD, but its bytes were not kept; that says nothing about the members.
    """
    path = dist_info(contents) + "RECORD"
    found = contents.file(path) if dist_info(contents) else None
    if found is None:
        return RecordCheck(contents.file_name, present=False, mismatched=(), unlisted=(), absent=())
    data = found.data
    if data is None:
        raise TooLargeError(f"{contents.file_name}: its RECORD is beyond the limits of what is read")
    compared = compare_record(data, path, _Files({file.path: file for file in contents.files}))
    return RecordCheck(
        contents.file_name,
        present=True,
        mismatched=compared.mismatched,
        unlisted=compared.unlisted,
        absent=compared.absent,
        unread=compared.unread[:MOST],
    )


# --- RECORD of a wheel: rows of path, digest and size, held against the members it speaks of.

SIGNATURES = ("RECORD", "RECORD.jws", "RECORD.p7s")
STRONG = frozenset({"sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512", "blake2b", "blake2s"})
WEAK = frozenset({"md5", "sha1", "sha224", "sha3_224"})
_BASE64 = re.compile(r"[A-Za-z0-9_-]+={0,2}")
_NUMBER = re.compile(r"[0-9]{1,18}")


class Members(Protocol):
    """The files of a wheel by path."""

    def __contains__(self, path: object, /) -> bool: ...

    def __iter__(self) -> Iterator[str]: ...

    def measure(self, path: str, algorithm: str) -> tuple[int | None, str | None]:
        """Length in bytes and digest in hex ('' as algorithm: not asked for); None for what is not at hand."""
        ...


@dataclass(frozen=True, slots=True)
class RecordComparison:
    """Paths, sorted; `unread` are `<path or line>: <why>`."""

    mismatched: tuple[str, ...]
    unlisted: tuple[str, ...]
    absent: tuple[str, ...]
    unread: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether every member is listed with its digest, and nothing else is."""
        return not (self.mismatched or self.unlisted or self.absent or self.unread)


@dataclass(frozen=True, slots=True)
class BytesMembers:
    """Members whose bytes are at hand; None for those that were not read."""

    by_path: Mapping[str, bytes | None]

    def __contains__(self, path: object, /) -> bool:
        return path in self.by_path

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_path)

    def measure(self, path: str, algorithm: str) -> tuple[int | None, str | None]:
        """Length and digest."""
        data = self.by_path[path]
        return (None, None) if data is None else (len(data), digest_of(data, algorithm))


def digest_of(data: bytes, algorithm: str) -> str | None:
    """A digest in hex; None without an algorithm."""
    return hashlib.new(algorithm, data, usedforsecurity=False).hexdigest() if algorithm else None


def compare_record(data: bytes, record: str, members: Members) -> RecordComparison:
    """Compare in both directions the RECORD at the path `record`, which has these bytes, with the members."""
    rows, unread = _rows(data)
    lost = bool(unread)
    names = _spellings(members)
    listed: set[str] = set()
    absent: set[str] = set()
    mismatched: set[str] = set()
    exempt = {posixpath.join(posixpath.dirname(record), name) for name in SIGNATURES}
    for line, row in rows:
        path, mark, size = _fields(row, names)
        if path is None:
            unread.append(f"line {line}: not three fields")
            lost = True
            continue
        member = _name_of_row(path, names)
        if member is None:
            absent.add(path)
        elif member in listed:
            unread.append(f"{member}: listed twice")
        if member is not None and member not in exempt:
            verdict = _differs(member, mark, size, members)
            mismatched.update([member] if verdict is True else ())
            unread.extend([f"{member}: {verdict}"] if isinstance(verdict, str) else ())
        listed.update([member] if member is not None else ())
    unlisted = set(members) - listed - exempt
    if lost:  # a line that cannot be read may be about any of them
        unread.extend(f"{path}: in no line that can be read" for path in unlisted)
        unlisted = set()
    return RecordComparison(*(tuple(sorted(found)) for found in (mismatched, unlisted, absent - exempt, set(unread))))


def _rows(data: bytes) -> tuple[list[tuple[int, list[str]]], list[str]]:
    """Rows with the line they end in, and what could not be read of the file."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return [], ["RECORD: in UTF-16"]
    unread: list[str] = []
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        unread.append(f"RECORD: no UTF-8 at byte {error.start}")
        text = data.decode("utf-8-sig", "backslashreplace")
    reader = csv.reader(io.StringIO(text, newline=None))
    rows: list[tuple[int, list[str]]] = []
    try:
        rows.extend((reader.line_num, row) for row in reader if any(row))
    except csv.Error as error:
        unread.append(f"line {reader.line_num}: {error}")
    return rows, unread


def _fields(row: list[str], names: Mapping[str, str]) -> tuple[str | None, str, str]:
    """Path, digest and size; the path of a row with more fields has commas that nobody quoted, if there is such a
    file."""
    while len(row) > 3 and not row[-1].strip():
        row = row[:-1]
    if len(row) <= 3:
        path, mark, size = (*row, "", "")[:3]
        return (path if path and "\n" not in path else None), mark.strip(), size.strip()
    joined = ",".join(row[:-2])
    return (joined if _name_of_row(joined, names) is not None else None), row[-2].strip(), row[-1].strip()


def _spellings(members: Iterable[str]) -> dict[str, str]:
    """Members by every way in which tools write their names: composed letters, and UTF-8 that a zip did not declare."""
    names: dict[str, str] = {}
    for path in members:
        names.setdefault(path, path)
        if not path.isascii():
            names.setdefault(unicodedata.normalize("NFC", path), path)
            try:
                names.setdefault(path.encode("cp437").decode("utf-8"), path)
            except UnicodeError:
                continue
    return names


def _name_of_row(path: str, names: Mapping[str, str]) -> str | None:
    flat = posixpath.normpath(path.replace("\\", "/"))
    spellings = (path, flat, unicodedata.normalize("NFC", flat))
    return next((names[spelling] for spelling in spellings if spelling in names), None)


def _differs(member: str, mark: str, size: str, members: Members) -> bool | str:
    """Whether the member is another than the one listed; why that cannot be told."""
    algorithm, equals, encoded = mark.partition("=")
    algorithm = algorithm.strip().lower().replace("sha-", "sha").replace("-", "_")
    known = algorithm in STRONG | WEAK
    length, actual = members.measure(member, algorithm if equals and known else "")
    if _NUMBER.fullmatch(size) and length is not None and int(size) != length:
        return True
    if not equals:
        return "a digest without its algorithm" if mark else "no digest"
    if not known:
        return f"a digest by {algorithm[:20]!r}, which is not known"
    if actual is None:
        return f"its bytes were not kept for a {algorithm} digest"
    return _unlike(encoded, actual) or _unread_part(algorithm, size)


def _unlike(encoded: str, actual: str) -> bool | str:
    wanted = _hex(encoded, len(actual))
    if wanted is None or (wanted != actual and _is_damaged_digest(encoded, wanted, actual)):
        return "a digest that cannot be read"
    return wanted != actual


def _unread_part(algorithm: str, size: str) -> bool | str:
    """What keeps a row whose digest is right from being a proof."""
    if algorithm in WEAK:
        return f"a digest by {algorithm}, which is weak"
    return "a size that is no number" if size and not _NUMBER.fullmatch(size) else False


def _hex(encoded: str, length: int) -> str | None:
    """A digest in hex out of base64 (of either alphabet, padded or not) or hex; None when it is neither."""
    if len(encoded) == length and re.fullmatch(r"[0-9a-fA-F]+", encoded):
        return encoded.lower()
    plain = encoded.replace("+", "-").replace("/", "_")
    if not _BASE64.fullmatch(plain):
        return None
    body = plain.rstrip("=")
    try:
        return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).hex()
    except ValueError:
        return None


def _is_damaged_digest(encoded: str, wanted: str, actual: str) -> bool:
    """Whether it is the digest, cut off or with the case of its letters lost on the way."""
    if len(wanted) >= 16 and actual.startswith(wanted[:-2]) and len(wanted) < len(actual):
        return True
    right = base64.urlsafe_b64encode(bytes.fromhex(actual)).rstrip(b"=").decode("ascii")
    given = encoded.replace("+", "-").replace("/", "_").rstrip("=")
    return given in (right.lower(), right.upper())
