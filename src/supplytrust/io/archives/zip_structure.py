"""The structure of a zip file as its bytes say it: central directory, local headers, what lies between.

Written against PKWARE's APPNOTE 6.3.10. Reading the structure ourselves is what makes it possible to say
where two readers could disagree; the standard library's reader keeps one view and hides the other.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from supplytrust.errors import MalformedError, TooLargeError

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
