"""A small ELF64 shared object, written by hand: a dynamic section and nothing to run."""

from __future__ import annotations

import struct
from collections.abc import Sequence

NEEDED, SONAME, RPATH, RUNPATH, STRTAB, STRSZ, NULL = 1, 14, 15, 29, 5, 10, 0


def shared_object(needed: Sequence[str], *, soname: str = "", runpath: str = "", rpath: str = "") -> bytes:
    """The file's bytes; every string stands in one table that both program headers cover."""
    wanted = [(NEEDED, n) for n in needed]
    wanted += [(tag, text) for tag, text in ((SONAME, soname), (RUNPATH, runpath), (RPATH, rpath)) if text]
    table, entries = b"\0", []
    for tag, text in wanted:
        entries.append((tag, len(table)))
        table += text.encode() + b"\0"
    start = 64 + 2 * 56
    dynamic_at = start + len(table) + (-len(table)) % 8
    entries += [(STRTAB, start), (STRSZ, len(table)), (NULL, 0)]
    dynamic = b"".join(struct.pack("<qQ", *entry) for entry in entries)
    end = dynamic_at + len(dynamic)
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 4, 0, 0, 0, end, end, 0x1000)
    place = struct.pack("<IIQQQQQQ", 2, 4, dynamic_at, dynamic_at, dynamic_at, len(dynamic), len(dynamic), 8)
    return header + load + place + table + bytes((-len(table)) % 8) + dynamic
