"""The members of a zip file, inflated under limits and checked against length and checksum."""

from __future__ import annotations

import stat
import zlib
from collections.abc import Iterator

from supplytrust.errors import MalformedError, TooLargeError
from supplytrust.io.archives import zip_audit
from supplytrust.io.archives.reader import Collector, Entry, Limits
from supplytrust.io.archives.zip_structure import ENCRYPTED, ZipMember, ZipView, view

CHUNK = 256 * 1024
WINDOW = 64 * 1024  # of packed bytes that go into the inflater at once
STORED, DEFLATED = 0, 8


def walk(data: bytes, collector: Collector) -> tuple[list[Entry], list[str]]:
    """All regular members in directory order, and what is odd about the container."""
    structure = view(data, most=collector.limits.members)
    _refuse_bombs(structure, collector.limits)
    collector.problems.extend(zip_audit.problems(structure))
    for member in structure.members:
        collector.check_path(member.name)
        if member.name.endswith("/") and member.size == 0:
            collector.folders.append(member.name)
            continue
        target = _link_target(data, member) if stat.S_ISLNK(member.mode) else ""
        collector.member(member.name, _chunks(data, member), member.size, member.mode, target)
    return collector.entries, collector.problems


def _link_target(data: bytes, member: ZipMember) -> str:
    """Where a symbolic link leads; installers write this text into a file, other readers make the link."""
    return next(_chunks(data, member), b"")[:4096].decode("utf-8", "backslashreplace")


def _refuse_bombs(structure: ZipView, limits: Limits) -> None:
    total = sum(member.size for member in structure.members)
    if total > limits.total or total > max(limits.floor, limits.ratio * structure.size):
        raise TooLargeError(f"announces {total} bytes out of {structure.size}")
    at = 0
    for member in sorted(structure.members, key=lambda m: m.start):
        if member.start < at:
            raise MalformedError(f"zip members overlap at {member.name[:80]!r}")
        at = member.local.data_start + member.compressed


def _chunks(data: bytes, member: ZipMember) -> Iterator[bytes]:
    """The member's bytes; stops one byte after its announced size, and checks the checksum at its end."""
    if member.flags & ENCRYPTED or member.method not in (STORED, DEFLATED):
        raise MalformedError(f"member {member.name[:80]!r} is encrypted or packed in an unusual way")
    start = member.local.data_start
    packed = memoryview(data)[start : start + member.compressed]
    crc, out = 0, 0
    for chunk in _inflate(packed, member) if member.method == DEFLATED else _slices(packed):
        crc = zlib.crc32(chunk, crc)
        out += len(chunk)
        yield chunk
        if out > member.size:
            return
    if out == member.size and crc != member.crc:
        raise MalformedError(f"member {member.name[:80]!r} does not have its checksum")


def _slices(packed: memoryview) -> Iterator[bytes]:
    for at in range(0, len(packed), CHUNK):
        yield bytes(packed[at : at + CHUNK])


def _inflate(packed: memoryview, member: ZipMember) -> Iterator[bytes]:
    """The inflated bytes. Input goes in by windows: zlib hands back a copy of what it has not used yet, which with
    the whole member as input would make the work grow with the square of its size."""
    inflater = zlib.decompressobj(-15)
    at = 0
    try:
        while at < len(packed) and not inflater.eof:
            pending: bytes | memoryview = packed[at : at + WINDOW]
            at += len(pending)
            yield from _drain(inflater, pending)
    except zlib.error as error:
        raise MalformedError(f"member {member.name[:80]!r} cannot be inflated") from error
    if not inflater.eof or inflater.unused_data or at < len(packed):
        raise MalformedError(f"member {member.name[:80]!r} does not end where it should")


def _drain(inflater: zlib._Decompress, pending: bytes | memoryview) -> Iterator[bytes]:
    """All that one window of input gives, in chunks; a full chunk may leave output behind without unused input."""
    while chunk := inflater.decompress(pending, CHUNK):
        yield chunk
        pending = inflater.unconsumed_tail
        if inflater.eof or (not pending and len(chunk) < CHUNK):
            return
