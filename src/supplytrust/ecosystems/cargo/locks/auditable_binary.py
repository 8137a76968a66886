"""The crates that a native program or library says it was built from: the section `.dep-v0` of ELF, PE and Mach-O.

Written by cargo-auditable (PARSING.md); the same bytes stand in WebAssembly modules. There are no digests in it and
nobody signs it: names and versions are the builder's word, and a file without the section says nothing. Formats: gABI
chapter 4; "PE Format" (Microsoft); `mach-o/loader.h` and `mach-o/fat.h` (Apple). Of a file for several machines each
part is read, and only one list that all of them have is believed.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from supplytrust.ecosystems import listing
from supplytrust.ecosystems.cargo.address import TYPE, is_public
from supplytrust.ecosystems.inventory import Inventory, ListedPackage, inventory
from supplytrust.errors import InputError
from supplytrust.formats.list_file import Field
from supplytrust.model.evidence import Edge
from supplytrust.model.vocabulary import EdgeKind
from supplytrust.wasm.custom_sections import CRATES, Crate, parse_crates

FILE_NAMES: tuple[str, ...] = ()
_ELF, _PE = b"\x7fELF", b"MZ"
_THIN = {b"\xce\xfa\xed\xfe": "<", b"\xcf\xfa\xed\xfe": "<", b"\xfe\xed\xfa\xce": ">", b"\xfe\xed\xfa\xcf": ">"}
_FAT = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
_MOST_SECTIONS, _MOST_PARTS = 100_000, 64
_LARGEST = 2 * 2**20  # of a section, compressed
_LOCAL = "local"  # read from a path: a part of the project's own source tree


def recognises(path: Path, head: bytes) -> bool:  # noqa: ARG001
    """By its first bytes; what is no program or library, and only begins like one, is told when it is read."""
    fat = head[:4] in _FAT and 0 < int.from_bytes(head[4:8], "big") <= _MOST_PARTS  # Java classes begin so, too
    return head.startswith((_ELF, _PE)) or head[:4] in _THIN or fat


def read(path: Path) -> Inventory:
    """The crates of the section, the root crate and local ones left out; InputError when there is no one list."""
    top = Field(path.name, path, "")
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found = list(dict.fromkeys(islice(_sections(data, data[:4]), _MOST_PARTS)))
    except (OSError, ValueError, IndexError, OverflowError, struct.error):
        raise top.wrong("is no program that can be read whole") from None
    if not found:
        raise InputError(
            f"{path}: names no crates: it has no section {CRATES}",
            hint="build it with cargo-auditable, or audit its lock",
        )
    crates = parse_crates(found[0]) if len(found) == 1 else None
    if crates is None:
        raise top.wrong(f"the section {CRATES} cannot be read, or its parts have different ones")
    return _list_crates(path, crates)


def _list_crates(path: Path, crates: tuple[Crate, ...]) -> Inventory:
    judged = {n: _package(path, n, c) for n, c in enumerate(crates) if not c.root and c.source != _LOCAL}
    pairs = [(n, to) for n, crate in enumerate(crates) for to in crate.dependencies if to in judged]
    kinds = [EdgeKind.BUILD if crate.kind == "build" else EdgeKind.LINK for crate in crates]
    edges = [Edge(judged[n].purl, judged[to].purl, kinds[to], "static", CRATES) for n, to in pairs if n in judged]
    roots = [judged[to].purl for n, to in pairs if n not in judged]
    own = {c.name for n, c in enumerate(crates) if n not in judged}
    build = {crates[n].name for n in judged if crates[n].kind == "build"}
    notes = [
        f"crates by the word of who built it ({CRATES}); no digests are named",
        _note("the project's own, not judged", own),
        _note("used by its build only", build),
    ]
    return inventory(path, judged.values(), edges, roots, [note for note in notes if note])


def _note(what: str, names: set[str]) -> str:
    shown = [listing.escape_text(name, 80) for name in sorted(names)[:12]]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return f"{what}: {', '.join(shown)}{more}" if names else ""


def _package(path: Path, number: int, crate: Crate) -> ListedPackage:
    field = Field({"name": crate.name, "version": crate.version}, path, f"{CRATES} package {number}")
    source = listing.escape_text(crate.source, 80)
    unknown = "" if is_public(crate.source) else f"from elsewhere than the public registry: {source}"
    read_package = partial(listing.package, field, crate.name, crate.version, purl_type=TYPE, unknown=unknown)
    return listing.entry(field, read_package)


# --- where the section lies


def _sections(data: mmap.mmap, magic: bytes) -> Iterator[bytes]:
    """The contents of every section of the name."""
    if magic == _ELF:
        yield from _of_elf(data)
    elif magic[:2] == _PE:
        yield from _of_pe(data)
    elif magic in _THIN:
        yield from _of_mach_o(data, 0)
    elif magic in _FAT:
        for place in _parts_of_fat(data, wide=magic == _FAT[1]):
            yield from _of_mach_o(data, place)


def _cut(data: mmap.mmap, start: int, size: int) -> bytes:
    """So many bytes; ValueError when they are not all there, or more than a list of crates has."""
    if not 0 <= start <= start + size <= len(data) or size > _LARGEST:
        raise ValueError("beyond the end")
    return data[start : start + size]


def _unpack(form: str, data: mmap.mmap, at: int) -> tuple[int, ...]:
    return struct.unpack(form, _cut(data, at, struct.calcsize(form)))


def _of_elf(data: mmap.mmap) -> Iterator[bytes]:
    wide, order = data[4] == 2, "<" if data[5] == 1 else ">"
    table, size, count, names = (
        (*_unpack(f"{order}Q", data, 40), *_unpack(f"{order}HHH", data, 58))
        if wide
        else (*_unpack(f"{order}I", data, 32), *_unpack(f"{order}HHH", data, 46))
    )
    form = f"{order}IIQQQQ" if wide else f"{order}IIIIII"
    headers = [_unpack(form, data, table + n * size) for n in range(count)]
    if not headers:
        return
    strings = headers[names][4]
    for name, _kind, _flags, _address, start, length in headers:
        if _name_at(data, strings + name) == CRATES:
            yield _cut(data, start, length)


def _name_at(data: mmap.mmap, at: int) -> str:
    return data[at : at + len(CRATES) + 1].partition(b"\0")[0].decode("latin-1") if 0 <= at < len(data) else ""


def _of_pe(data: mmap.mmap) -> Iterator[bytes]:
    (at,) = _unpack("<I", data, 0x3C)
    if data[at : at + 4] != b"PE\0\0":
        raise ValueError("no PE signature")
    count, optional = _unpack("<H", data, at + 6)[0], _unpack("<H", data, at + 20)[0]
    for n in range(count):
        name, virtual, raw, start = struct.unpack("<8sI4xII", _cut(data, at + 24 + optional + n * 40, 24))
        if name.rstrip(b"\0") == CRATES.encode():
            yield _cut(data, start, min(virtual or raw, raw))  # on disk it is padded to whole blocks


def _parts_of_fat(data: mmap.mmap, *, wide: bool) -> Iterator[int]:
    (count,) = _unpack(">I", data, 4)
    if count > _MOST_PARTS:
        raise ValueError("too many parts")
    for n in range(count):
        yield _unpack(">8xQ", data, 8 + n * 32)[0] if wide else _unpack(">8xI", data, 8 + n * 20)[0]


def _of_mach_o(data: mmap.mmap, base: int) -> Iterator[bytes]:
    magic = data[base : base + 4]
    order = _THIN.get(magic)
    if order is None:
        raise ValueError("no Mach-O part")
    wide = magic[0] == 0xCF or magic[3] == 0xCF
    (commands,) = _unpack(f"{order}I", data, base + 16)
    at = base + (32 if wide else 28)
    for _ in range(min(commands, _MOST_SECTIONS)):
        kind, size = _unpack(f"{order}II", data, at)
        if kind == (0x19 if wide else 0x01):
            yield from _of_segment(data, base, at, order, wide=wide)
        if size < 8:
            raise ValueError("a command without a size")
        at += size


def _of_segment(data: mmap.mmap, base: int, at: int, order: str, *, wide: bool) -> Iterator[bytes]:
    (count,) = _unpack(f"{order}I", data, at + (64 if wide else 48))
    form, first, step = (f"{order}16s16sQQI", 72, 80) if wide else (f"{order}16s16sIII", 56, 68)
    for n in range(min(count, _MOST_SECTIONS)):
        place = at + first + n * step
        name, segment, _, size, start = struct.unpack(form, _cut(data, place, struct.calcsize(form)))
        if name.rstrip(b"\0") == CRATES.encode() and segment.rstrip(b"\0") == b"__DATA":
            yield _cut(data, base + start, size)
