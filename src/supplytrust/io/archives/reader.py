"""Archives, read from memory under limits; nothing is ever written or followed.

A zip or tar is read once. Every member is hashed as it passes by; the bytes of small textual members are
kept: in memory, or beyond a few of them in a spool when one is given. What is odd about the container is told in
`problems`, with the codes of `claims.ContainerAudit`; what cannot be read at all raises `MalformedError`, what is
too much `TooLargeError`.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from supplytrust.errors import MalformedError, TooLargeError
from supplytrust.io.archives.file_type import kind_of
from supplytrust.io.archives.member_paths import collisions, escape
from supplytrust.io.archives.spool import Piece, Spool
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
    always.
    """

    path: str
    size: int
    sha256: str
    head: bytes
    stored: bytes | Piece | None
    mode: int = 0
    link: str = ""
    hard: bool = False

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

    @property
    def kind(self) -> MemberKind:
        """What the member is by content first, name second."""
        return kind_of(self.path, self.head)[0]


@dataclass(frozen=True, slots=True)
class Archive:
    """A read archive, members in stored order. `problems` are `<code>: <detail>`; `folders` are stored by name."""

    format: str  # zip | tar
    entries: tuple[Entry, ...]
    problems: tuple[str, ...]
    folders: tuple[str, ...] = ()


def textual(path: str, head: bytes) -> bool:
    """Keep what is read as text; the default of `read`."""
    kept = (MemberKind.PYTHON, MemberKind.TEXT, MemberKind.METADATA, MemberKind.SCRIPT, MemberKind.SOURCE)
    return kind_of(path, head)[0] in kept


def everything(_path: str, _head: bytes) -> bool:
    """Keep every member within the limits."""
    return True


def read(
    data: bytes, name: str, *, limits: Limits | None = None, keep: Keep = textual, spool: Spool | None = None
) -> Archive:
    """Read the archive that an installer would see under this file name: `.whl` and `.zip` as zip, else tar.

    The name decides, as it does for installers: one file can be a zip to one reader and a tar to another. With a
    `spool` what is kept takes next to no memory, however much it is.
    """
    from supplytrust.io.archives import tar as tar_walk
    from supplytrust.io.archives import zip as zip_walk

    bounds = limits or Limits()
    zipped = name.lower().endswith((".whl", ".zip", ".egg"))
    walk = zip_walk.walk if zipped else tar_walk.walk
    collector = Collector(bounds, keep, len(data), spool)
    entries, problems = walk(data, collector)
    if not zipped and zipfile.is_zipfile(io.BytesIO(data)):
        problems.append("second-archive: it is a zip too, and pip unpacks that one")
    return Archive(
        "zip" if zipped else "tar", tuple(entries), _show_problems(problems, entries), tuple(collector.folders)
    )


def _show_problems(problems: Iterable[str], entries: Iterable[Entry]) -> tuple[str, ...]:
    paths = [entry.path for entry in entries]
    return tuple(sorted({*problems, *collisions(paths)}))


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
