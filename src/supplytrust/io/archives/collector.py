"""Members of archives turned into entries under limits: hashed as they pass by, kept where small and asked for.

What is kept lies in memory, or beyond a few members in a spool when one is given. Paths that lead out of the archive,
or that are one path on some systems, are noted.
"""

from __future__ import annotations

import hashlib
import io
import os
import posixpath
import re
import tempfile
import threading
import unicodedata
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from supplytrust.errors import MalformedError, TooLargeError
from supplytrust.io.archives.file_type import kind_of
from supplytrust.model.claims.artifact import MemberKind

HEAD = 4096
RESIDENT = 2**20  # bytes of members of one archive that stay in memory when there is a spool
ELF = b"\x7fELF"
Keep = Callable[[str, bytes], bool]


@dataclass(frozen=True, slots=True)
class Limits:
    """Counts and bytes. `ratio` binds once more than `floor` bytes came out; `keep_*` bound what is kept.

    `elf_*` are for ELF files: they have their own bounds, so that they take no room from text.
    """

    members: int = 100_000
    total: int = 2 * 2**30
    ratio: int = 100
    floor: int = 64 * 2**20
    depth: int = 64
    path: int = 1024
    keep_member: int = 4 * 2**20
    keep_total: int = 96 * 2**20
    keep_reserve: int = 16 * 2**20  # on top, for a wheel's own records, which come last in the file
    elf_member: int = 48 * 2**20
    elf_total: int = 96 * 2**20


@dataclass(frozen=True, slots=True)
class Entry:
    """One member that is a regular file, or a link (`link` is its target as stored; of a `hard` link of a tar, which
    is stored from the root, as seen from its folder).

    `stored` is None when the bytes were not kept, and where they are when they were; `head` holds the first ones
    always. `kind` and `language` are what the member is, by content first and name second.
    """

    path: str
    size: int
    sha256: str
    head: bytes
    stored: bytes | Piece | None
    mode: int = 0
    link: str = ""
    hard: bool = False
    kind: MemberKind = field(init=False, compare=False, repr=False)
    language: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        kind, language = kind_of(self.path, self.head)
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "language", language)

    @property
    def data(self) -> bytes | None:
        """The member's bytes, None when they were not kept. May read a file: ask once."""
        return self.stored.read() if isinstance(self.stored, Piece) else self.stored

    @property
    def kept(self) -> bool:
        """Whether the bytes were kept."""
        return self.stored is not None

    def open(self) -> BinaryIO | None:
        """A file over the bytes, for readers that need little of them; None when they were not kept."""
        if isinstance(self.stored, Piece):
            return self.stored.open()
        return None if self.stored is None else io.BytesIO(self.stored)


@dataclass(slots=True)
class Collector:
    """Turns member streams into entries while it watches the limits. One per archive."""

    limits: Limits
    keep: Keep
    compressed: int
    spool: Spool | None = None
    entries: list[Entry] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    _out: int = 0
    _kept: int = 0
    _kept_elf: int = 0
    _resident: int = 0

    def check_path(self, path: str) -> None:
        """Note an escaping path; refuse absurd ones."""
        if len(path) > self.limits.path or path.count("/") > self.limits.depth:
            raise TooLargeError(f"a member's path is too long or too deep: {path[:60]!r}...")
        if len(self.entries) >= self.limits.members:
            raise TooLargeError(f"more than {self.limits.members} members")
        if escape(path):
            self.problems.append(f"path-escape: {path[:120]!r}")

    def count(self, size: int) -> None:
        """Account for decompressed bytes."""
        self._out += size
        if self._out > self.limits.total:
            raise TooLargeError(f"more than {self.limits.total} bytes when unpacked")
        if self._out > max(self.limits.floor, self.limits.ratio * self.compressed):
            raise TooLargeError(f"unpacks to more than {self.limits.ratio} times its size")

    def member(self, path: str, chunks: Iterable[bytes], size: int, mode: int = 0, link: str = "") -> None:
        """Read one member to its end. MalformedError when it is not as long as announced."""
        watched = _HashedMember(self, chunks, size)
        head = watched.first()
        stored: bytes | Piece | None = None
        if self._takes(path, head, size):
            stored = self._store(watched, size)
        else:
            for _ in watched:
                pass
        if watched.seen != size:
            raise MalformedError(f"member {path[:80]!r} has {watched.seen} bytes, {size} were announced")
        self.entries.append(Entry(path, size, watched.digest.hexdigest(), head, stored, mode, link))

    def link(self, path: str, target: str, mode: int = 0, *, hard: bool = False) -> None:
        """Record a link without following it."""
        self.entries.append(Entry(path, 0, "", b"", None, mode, target, hard))

    def _takes(self, path: str, head: bytes, size: int) -> bool:
        """Whether the member is asked for and there is room for it, which it then takes."""
        if not self.keep(path, head):
            return False
        if head.startswith(ELF):
            fits = size <= self.limits.elf_member and self._kept_elf + size <= self.limits.elf_total
            self._kept_elf += size if fits else 0
            return fits
        room = self.limits.keep_total + (self.limits.keep_reserve if ".dist-info/" in path else 0)
        fits = size <= self.limits.keep_member and self._kept + size <= room
        self._kept += size if fits else 0
        return fits

    def _store(self, chunks: Iterable[bytes], size: int) -> bytes | Piece:
        if self.spool is not None and self._resident + size > RESIDENT:
            return self.spool.put(chunks)
        self._resident += size
        return b"".join(chunks)


class _HashedMember:
    """A member's chunks, counted and hashed as they pass; the first bytes can be seen before."""

    def __init__(self, collector: Collector, chunks: Iterable[bytes], size: int) -> None:
        self._collector, self._chunks, self._size = collector, iter(chunks), size
        self._before: list[bytes] = []
        self.digest, self.seen = hashlib.sha256(), 0

    def first(self) -> bytes:
        """The first `HEAD` bytes."""
        while sum(map(len, self._before)) < HEAD:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._before.append(self._count(chunk))
        return b"".join(self._before)[:HEAD]

    def __iter__(self) -> Iterator[bytes]:
        before, self._before = self._before, []
        for chunk in before:
            yield chunk[: self._size]
        for chunk in self._chunks:
            room = self._size - self.seen
            yield self._count(chunk)[: max(0, room)]

    def _count(self, chunk: bytes) -> bytes:
        self._collector.count(len(chunk))
        self.digest.update(chunk)
        self.seen += len(chunk)
        return chunk


# --- What the names of archive members may do to a reader that unpacks them. Pure

_DRIVE = re.compile(r"^[A-Za-z]:")


def escape(path: str) -> bool:
    """Whether some reader on some system would put this outside its folder, or cut the name short."""
    flat = path.replace("\\", "/")
    if not path or "\x00" in path or flat.startswith("/") or _DRIVE.match(flat):
        return True
    return ".." in flat.split("/")


def leads_out(path: str, target: str) -> bool:
    """Whether a symbolic link at `path` leads out of the archive's root folder."""
    if escape(path) or "\x00" in target or target.startswith(("/", "\\")) or _DRIVE.match(target):
        return True
    landed = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return landed == ".." or landed.startswith("../")


def collisions(paths: Iterable[str]) -> Iterator[str]:
    """Names that occur twice, or are one name on a file system without case or with composed letters."""
    exact: set[str] = set()
    folded: dict[str, str] = {}
    for path in paths:
        if path in exact:
            yield f"duplicate-member: {path}"
            continue
        exact.add(path)
        key = unicodedata.normalize("NFC", path).casefold()
        if key in folded:
            yield f"case-collision: {folded[key]} and {path}"
        folded.setdefault(key, path)


# --- Bytes that are too many to be held in memory together: written once to an unnamed file, read piece by piece


class Spool:
    """An unnamed file that only grows; safe to read from several threads, written by one."""

    def __init__(self, folder: Path) -> None:
        with tempfile.TemporaryFile(dir=folder) as file:
            self._handle = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._handle)
        self._end = 0
        self._lock = threading.Lock()

    def put(self, chunks: Iterable[bytes]) -> Piece:
        """Write the chunks, one behind the other."""
        with self._lock:
            at = self._end
            for chunk in chunks:
                self._end += os.pwrite(self._handle, chunk, self._end)
            return Piece(self, at, self._end - at)

    def read(self, at: int, size: int) -> bytes:
        """Exactly `size` bytes from a position, fewer only at the end of what was written."""
        return os.pread(self._handle, size, at)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a spool."""

    spool: Spool = field(repr=False)
    at: int
    size: int

    def read(self) -> bytes:
        """All of it."""
        return self.spool.read(self.at, self.size)

    def open(self) -> io.BufferedReader:
        """A file over it, for readers that seek."""
        return io.BufferedReader(_PieceFile(self), 64 * 1024)


class _PieceFile(io.RawIOBase):
    def __init__(self, piece: Piece) -> None:
        self._piece, self._at = piece, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._piece.size}[whence]
        if base + offset < 0:
            raise ValueError("a position before the beginning")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), max(0, self._piece.size - self._at))
        found = self._piece.spool.read(self._piece.at + self._at, wanted)
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)
