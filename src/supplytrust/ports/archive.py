"""Archives, read from memory under limits; nothing is ever written or followed.

A zip or tar is read once. Every member is hashed as it passes by; the bytes of small textual members are
kept. What is odd about the container is told in `problems`, with the codes of `claims.ContainerAudit`; what
cannot be read at all raises `MalformedError`, what is too much `TooLargeError`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from supplytrust.errors import MalformedError, TooLargeError
from supplytrust.model.claims.artifact import MemberKind
from supplytrust.ports.paths import collisions, escape
from supplytrust.ports.sniff import kind_of

HEAD = 4096
Keep = Callable[[str, bytes], bool]


@dataclass(frozen=True, slots=True)
class Limits:
    """Counts and bytes. `ratio` binds once more than `floor` bytes came out; `keep_*` bound memory."""

    members: int = 100_000
    total: int = 2 * 2**30
    ratio: int = 100
    floor: int = 64 * 2**20
    depth: int = 64
    path: int = 1024
    keep_member: int = 4 * 2**20
    keep_total: int = 96 * 2**20
    keep_reserve: int = 16 * 2**20  # on top, for a wheel's own records, which come last in the file


@dataclass(frozen=True, slots=True)
class Entry:
    """One member that is a regular file, or a link to one (`link` is its target as stored).

    `data` is None when the bytes were not kept; `head` holds the first ones always.
    """

    path: str
    size: int
    sha256: str
    head: bytes
    data: bytes | None
    mode: int = 0
    link: str = ""

    @property
    def kind(self) -> MemberKind:
        """What the member is by content first, name second."""
        return kind_of(self.path, self.head)[0]


@dataclass(frozen=True, slots=True)
class Archive:
    """A read archive, members in stored order. `problems` are `<code>: <detail>`."""

    format: str  # zip | tar
    entries: tuple[Entry, ...]
    problems: tuple[str, ...]


def textual(path: str, head: bytes) -> bool:
    """Keep what is read as text; the default of `read`."""
    kept = (MemberKind.PYTHON, MemberKind.TEXT, MemberKind.METADATA, MemberKind.SCRIPT, MemberKind.SOURCE)
    return kind_of(path, head)[0] in kept


def everything(_path: str, _head: bytes) -> bool:
    """Keep every member within the limits."""
    return True


def read(data: bytes, name: str, *, limits: Limits | None = None, keep: Keep = textual) -> Archive:
    """Read the archive that an installer would see under this file name: `.whl` and `.zip` as zip, else tar.

    The name decides, as it does for installers: one file can be a zip to one reader and a tar to another.
    """
    from supplytrust.ports import tar_walk, zip_walk

    bounds = limits or Limits()
    zipped = name.lower().endswith((".whl", ".zip", ".egg"))
    walk = zip_walk.walk if zipped else tar_walk.walk
    entries, problems = walk(data, bounds, keep)
    return Archive("zip" if zipped else "tar", tuple(entries), _told(problems, entries))


def _told(problems: Iterable[str], entries: Iterable[Entry]) -> tuple[str, ...]:
    paths = [entry.path for entry in entries]
    return tuple(sorted({*problems, *collisions(paths)}))


@dataclass(slots=True)
class Collector:
    """Turns member streams into entries while it watches the limits. One per archive."""

    limits: Limits
    keep: Keep
    compressed: int
    entries: list[Entry] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _out: int = 0
    _kept: int = 0

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

    def member(self, path: str, chunks: Iterable[bytes], size: int, mode: int = 0) -> None:
        """Read one member to its end. MalformedError when it is not as long as announced."""
        digest, parts, seen, head = hashlib.sha256(), list[bytes](), 0, b""
        room = self.limits.keep_total + (self.limits.keep_reserve if ".dist-info/" in path else 0)
        wanted = size <= self.limits.keep_member and self._kept + size <= room
        for chunk in chunks:
            self.count(len(chunk))
            digest.update(chunk)
            seen += len(chunk)
            if len(head) < HEAD:
                head += chunk[: HEAD - len(head)]
            if wanted and seen <= size:
                parts.append(chunk)
        if seen != size:
            raise MalformedError(f"member {path[:80]!r} has {seen} bytes, {size} were announced")
        kept = b"".join(parts) if wanted and self.keep(path, head) else None
        self._kept += len(kept or b"")
        self.entries.append(Entry(path, size, digest.hexdigest(), head, kept, mode))

    def link(self, path: str, target: str, mode: int = 0) -> None:
        """Record a link without following it."""
        self.entries.append(Entry(path, 0, "", b"", None, mode, target))
