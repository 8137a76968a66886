"""The zip around equal members: what differs, and the proof that nothing else does.

Replay: the *rebuilt* members are packed again with the *published* order, stamps, modes and header fields.
If that gives the published bytes, the published digest is tied to the rebuilt contents. Format: PKWARE
APPNOTE 6.3.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final

LOCAL: Final = struct.Struct("<4s5H3I2H")
CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
END: Final = struct.Struct("<4s4H2IH")
LEVELS: Final = (6, 9, 1)  # zlib's default is 6
DESCRIPTOR: Final = 0x08
SIZE_LIMIT: Final = 0xFFFFFFFF


def differences(published: bytes, rebuilt: bytes, names: tuple[str, str] = ("", "")) -> tuple[str, ...]:
    """What differs between the containers of two wheels with equal members: short codes, sorted.

    `names` are the two file names; a differing name is `tag-name`.
    """
    with zipfile.ZipFile(io.BytesIO(published)) as one, zipfile.ZipFile(io.BytesIO(rebuilt)) as other:
        left, right = one.infolist(), other.infolist()
    codes = {"tag-name"} if names[0] != names[1] else set()
    files = [[i for i in infos if not i.is_dir()] for infos in (left, right)]
    if len(files[0]) != len(left) or len(files[1]) != len(right):
        codes.add("zip-direntries")
    if [i.filename for i in files[0]] != [i.filename for i in files[1]]:
        codes.add("zip-order")
    theirs = {i.filename: i for i in files[1]}
    for info in files[0]:
        codes |= _entry(info, theirs[info.filename])
    if not codes and published != rebuilt:
        codes.add("zip-misc")
    return tuple(sorted(codes))


def _entry(one: zipfile.ZipInfo, other: zipfile.ZipInfo) -> set[str]:
    codes = set()
    if one.date_time != other.date_time:
        codes.add("zip-mtime")
    if one.external_attr != other.external_attr:
        codes.add("zip-mode")
    if one.create_system != other.create_system:
        codes.add("zip-create_system")
    if one.compress_type != other.compress_type:
        codes.add("zip-compress-type")
    elif one.compress_size != other.compress_size:
        codes.add("zip-deflate-level")
    if (one.extra, one.comment, one.flag_bits, one.create_version) != (
        other.extra, other.comment, other.flag_bits, other.create_version,
    ):  # fmt: skip
        codes.add("zip-misc")
    return codes


def replays(published: bytes, members: Mapping[str, bytes]) -> bool:
    """Whether the rebuilt members in the published container are the published bytes.

    `published` has passed the container audit (no gaps, no duplicate names). False also when the stream was
    deflated by another implementation than zlib, or the archive needs zip64.
    """
    if len(published) >= SIZE_LIMIT:
        return False
    with zipfile.ZipFile(io.BytesIO(published)) as archive:
        infos, comment = archive.infolist(), archive.comment
    if {i.filename for i in infos if not i.is_dir()} != set(members):
        return False
    return any(_replay(published, infos, comment, (members, level)) for level in LEVELS)


def _replay(
    published: bytes, infos: list[zipfile.ZipInfo], comment: bytes, contents: tuple[Mapping[str, bytes], int]
) -> bool:
    members, level = contents
    out = bytearray()
    central: dict[str, bytes] = {}
    for info in sorted(infos, key=lambda i: i.header_offset):
        data = members.get(info.filename, b"")
        packed = _pack(info, data, level)
        if packed is None:
            return False
        start = len(out)
        out += _local(published, info, data, packed)
        central[info.filename] = _central(info, data, packed, start)
        if published[start : len(out)] != out[start:]:
            return False
    directory = b"".join(central[info.filename] for info in infos)
    where = len(out)
    end = END.pack(b"PK\5\6", 0, 0, len(infos), len(infos), len(directory), where, len(comment))
    return bytes(out + directory + end + comment) == published


def _pack(info: zipfile.ZipInfo, data: bytes, level: int) -> bytes | None:
    if info.compress_type == zipfile.ZIP_STORED:
        return data
    if info.compress_type != zipfile.ZIP_DEFLATED:
        return None
    deflate = zlib.compressobj(level, zlib.DEFLATED, -15)
    return deflate.compress(data) + deflate.flush()


def _local(published: bytes, info: zipfile.ZipInfo, data: bytes, packed: bytes) -> bytes:
    """The local entry: published version, flags, stamp, name and extra; our digest, sizes and content."""
    at = info.header_offset
    fields = LOCAL.unpack(published[at : at + LOCAL.size])
    tail = published[at + LOCAL.size : at + LOCAL.size + fields[9] + fields[10]]
    crc, sizes = zlib.crc32(data), (len(packed), len(data))
    later = bool(info.flag_bits & DESCRIPTOR)
    blank = later and not any(fields[6:9])
    head = LOCAL.pack(*fields[:6], *((0, 0, 0) if blank else (crc, *sizes)), *fields[9:])
    descriptor = b""
    if later:
        end = at + len(head) + len(tail) + len(packed)
        signed = published[end : end + 4] == b"PK\7\10"
        descriptor = (b"PK\7\10" if signed else b"") + struct.pack("<3I", crc, *sizes)
    return head + tail + packed + descriptor


def _central(info: zipfile.ZipInfo, data: bytes, packed: bytes, offset: int) -> bytes:
    year, month, day, hour, minute, second = info.date_time
    date, time = (year - 1980) << 9 | month << 5 | day, hour << 11 | minute << 5 | second // 2
    name = info.filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437")
    made = info.create_system << 8 | info.create_version
    needs = info.reserved << 8 | info.extract_version
    sizes = (zlib.crc32(data), len(packed), len(data))
    lengths = (len(name), len(info.extra), len(info.comment))
    kinds = (made, needs, info.flag_bits, info.compress_type, time, date)
    rest = (info.volume, info.internal_attr, info.external_attr, offset)
    head = CENTRAL.pack(b"PK\1\2", *kinds, *sizes, *lengths, *rest)
    return head + name + info.extra + info.comment
