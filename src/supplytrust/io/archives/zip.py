"""The members of a zip file as an installer sees them, its structure as other readers see it, and where they differ.

Two views are compared, the central directory and the local headers in stored order: what only one of them shows, or
what they say differently, is a problem of the container (`claims.ContainerAudit`).
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from supplytrust.errors import MalformedError, TooLargeError
from supplytrust.io.archives.collector import Collector, Entry, Limits

CHUNK = 256 * 1024
WINDOW = 64 * 1024  # of packed bytes that go into the inflater at once
STORED, DEFLATED = 0, 8


def walk(data: bytes, collector: Collector) -> tuple[list[Entry], list[str]]:
    """All regular members in directory order, and what is odd about the container."""
    structure = view(data, most=collector.limits.members)
    _refuse_bombs(structure, collector.limits)
    collector.problems.extend(problems(structure))
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


# --- The structure of a zip file as its bytes say it: central directory, local headers, what lies between

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
ENCRYPTED, DESCRIPTOR, UTF8 = 0x1, 0x8, 0x800


@dataclass(frozen=True, slots=True)
class LocalHeader:
    """What stands in front of a member's bytes, and where those begin and all of it ends."""

    name: bytes
    flags: int
    method: int
    crc: int
    compressed: int
    size: int
    extra: bytes
    data_start: int
    end: int


@dataclass(frozen=True, slots=True)
class ZipMember:
    """One entry of the central directory with its local header. Sizes are the central directory's."""

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    compressed: int
    size: int
    extra: bytes
    comment: bytes
    create_system: int
    attributes: int
    start: int  # of the local header, in the file
    local: LocalHeader

    @property
    def mode(self) -> int:
        """Unix mode bits, 0 when the writer gave none."""
        return self.attributes >> 16


@dataclass(frozen=True, slots=True)
class ZipView:
    """A zip file's structure; `directory_start` and `end` are positions, `shift` is what precedes it."""

    members: tuple[ZipMember, ...]
    directory_start: int
    shift: int
    end: int
    comment: bytes
    size: int


@dataclass(frozen=True, slots=True)
class _End:
    count: int
    size: int
    offset: int
    position: int  # where the central directory ends
    end: int
    comment: bytes


def view(data: bytes, *, most: int = 100_000) -> ZipView:
    """Parse the structure. MalformedError, or TooLargeError for more than `most` members."""
    try:
        return _view(data, most)
    except (struct.error, IndexError, ValueError) as error:
        raise MalformedError(f"zip structure is broken: {error}") from error


def _view(data: bytes, most: int) -> ZipView:
    end = _end(data)
    if end.count > most:
        raise TooLargeError(f"{end.count} members, more than {most}")
    start = end.position - end.size
    shift = start - end.offset
    if start < 0 or shift < 0:
        raise MalformedError("zip central directory does not fit into the file")
    members: list[ZipMember] = []
    at = start
    for _ in range(end.count):
        member, at = _central(data, at, shift)
        members.append(member)
    if at != end.position:
        raise MalformedError("zip central directory is not as long as announced")
    return ZipView(tuple(members), start, shift, end.end, end.comment, len(data))


def _end(data: bytes) -> _End:
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - 22 - 65535))
    if at < 0 or at + 22 > len(data):
        raise MalformedError("not a zip archive, or cut off before its end")
    _, disk, first_disk, here, count, size, offset, comment_size = _END.unpack_from(data, at)
    comment = data[at + 22 : at + 22 + comment_size]
    position, end = at, at + 22 + comment_size
    if end > len(data):
        raise MalformedError("zip archive comment is cut off")
    if 0xFFFF in (here, count) or 0xFFFFFFFF in (size, offset):
        big = _end64(data, at)
        if big is not None:
            count, size, offset, position = big
    if disk or first_disk:
        raise MalformedError("zip archives in several parts are not read")
    return _End(count, size, offset, position, end, comment)


def _end64(data: bytes, at: int) -> tuple[int, int, int, int] | None:
    if at < 20 or data[at - 20 : at - 16] != b"PK\x06\x07":
        return None
    stated = _LOCATOR64.unpack_from(data, at - 20)[2]
    for position in (stated, at - 20 - _END64.size):
        if data[position : position + 4] == b"PK\x06\x06":
            fields = _END64.unpack_from(data, position)
            return fields[7], fields[8], fields[9], position
    raise MalformedError("zip64 end record is missing")


def _central(data: bytes, at: int, shift: int) -> tuple[ZipMember, int]:
    fields = _CENTRAL.unpack_from(data, at)
    if fields[0] != b"PK\x01\x02":
        raise MalformedError("zip central directory entry is broken")
    flags, method, crc, packed, size = fields[3], fields[4], fields[7], fields[8], fields[9]
    name_size, extra_size, comment_size, attributes, offset = (
        fields[10],
        fields[11],
        fields[12],
        fields[15],
        fields[16],
    )
    body = at + _CENTRAL.size
    raw, extra = data[body : body + name_size], data[body + name_size : body + name_size + extra_size]
    comment = data[body + name_size + extra_size : body + name_size + extra_size + comment_size]
    size, packed, offset = _zip64(extra, size, packed, offset)
    local = _local(data, offset + shift, packed, flags)
    name = raw.decode("utf-8" if flags & UTF8 else "cp437", "backslashreplace")
    member = ZipMember(
        name,
        raw,
        flags,
        method,
        crc,
        packed,
        size,
        extra,
        comment,
        fields[1] >> 8,
        attributes,
        offset + shift,
        local,
    )
    return member, body + name_size + extra_size + comment_size


def _zip64(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    values = dict(extras(extra)).get(0x0001, b"")
    numbers = list(struct.unpack(f"<{len(values) // 8}Q", values[: len(values) // 8 * 8]))
    out = [size, packed, offset]
    for index, value in enumerate(out):
        if value == 0xFFFFFFFF and numbers:
            out[index] = numbers.pop(0)
    return out[0], out[1], out[2]


def extras(extra: bytes) -> list[tuple[int, bytes]]:
    """The extra field as (tag, value); a rest that does not fit is told as tag -1."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at + 4 <= len(extra):
        tag, size = struct.unpack_from("<HH", extra, at)
        if at + 4 + size > len(extra):
            break
        found.append((tag, extra[at + 4 : at + 4 + size]))
        at += 4 + size
    return [*found, (-1, extra[at:])] if at < len(extra) else found


def _local(data: bytes, at: int, packed: int, central_flags: int) -> LocalHeader:
    fields = _LOCAL.unpack_from(data, at)
    if fields[0] != b"PK\x03\x04":
        raise MalformedError("zip local header is missing")
    name_size, extra_size = fields[9], fields[10]
    body = at + _LOCAL.size
    extra = data[body + name_size : body + name_size + extra_size]
    start = body + name_size + extra_size
    end = start + packed
    if end > len(data):
        raise MalformedError("zip member is cut off")
    if (fields[2] | central_flags) & DESCRIPTOR:
        end += _descriptor_size(data, end, packed)
    size, shown_packed, _ = _zip64(extra, fields[8], fields[7], 0)
    return LocalHeader(
        data[body : body + name_size], fields[2], fields[3], fields[6], shown_packed, size, extra, start, end
    )


def _descriptor_size(data: bytes, at: int, packed: int) -> int:
    """Length of the data descriptor: with or without signature, 32 or 64 bit sizes."""
    for signature in (b"PK\x07\x08", b""):
        if data[at : at + len(signature)] != signature:
            continue
        body = at + len(signature)
        if data[body + 4 : body + 8] == packed.to_bytes(8, "little")[:4]:
            wide = data[body + 4 : body + 12] == packed.to_bytes(8, "little") and not _starts(data, body + 12)
            return len(signature) + (20 if wide else 12)
    return 0


def _starts(data: bytes, at: int) -> bool:
    return data[at : at + 4] in (b"PK\x03\x04", b"PK\x01\x02", b"PK\x06\x08")


# --- Where two readers could see two archives in one zip file. Pure; codes of `claims.ContainerAudit`

# zip64, NTFS and Unix times, Unix owners (old and new): they say nothing about name or content
_KNOWN_EXTRAS = frozenset({0x0001, 0x000A, 0x5455, 0x5855, 0x7855, 0x7875})


def problems(view: ZipView) -> Iterator[str]:
    """Everything odd about the container, in file order."""
    yield from _layout(view)
    for member in view.members:
        yield from _agreement(member)
        yield from _form(member)


def _layout(view: ZipView) -> Iterator[str]:
    at = 0
    for member in sorted(view.members, key=lambda m: m.start):
        if member.start != at:
            where = "prefix" if at == 0 and member.start > 0 else "gap"
            yield f"{where}: {abs(member.start - at)} bytes before {member.name}"
        at = max(at, member.local.end)
    if at != view.directory_start:
        yield f"gap: {abs(view.directory_start - at)} bytes before the central directory"
    if view.end != view.size:
        yield f"trailing: {view.size - view.end} bytes after the end record"
    if view.comment:
        yield f"comment: {len(view.comment)} bytes of archive comment"


def _agreement(member: ZipMember) -> Iterator[str]:
    local = member.local
    if local.name != member.raw_name:
        yield f"name-mismatch: {member.name} is {local.name[:80]!r} in its local header"
    if local.flags != member.flags or local.method != member.method:
        yield f"flag-mismatch: {member.name}"
    told_later = local.flags & DESCRIPTOR and not (local.crc or local.compressed or local.size)
    stated = (local.crc, local.compressed, local.size)
    if not told_later and stated != (member.crc, member.compressed, member.size):
        yield f"size-mismatch: {member.name} differs between its two headers"


def _form(member: ZipMember) -> Iterator[str]:
    tags = {tag for tag, _ in (*extras(member.extra), *extras(member.local.extra))}
    if tags - _KNOWN_EXTRAS:
        shown = ", ".join(f"{tag:#06x}" for tag in sorted(tags - _KNOWN_EXTRAS))
        yield f"extra-field: {member.name} ({shown})"
    if member.comment:
        yield f"comment: on member {member.name}"
    if "\\" in member.name or "\x00" in member.name:
        yield f"name-mismatch: {member.name!r} is another path on other systems"
    kind = stat.S_IFMT(member.mode)
    if kind == stat.S_IFLNK:
        yield f"link: {member.name}"
    elif kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        yield f"device: {member.name}"
