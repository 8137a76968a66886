"""Small ELF64 shared objects, written by hand: a dynamic section and nothing to run."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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


@dataclass(frozen=True)
class Library:
    """A shared library with section headers, as a compiler leaves it. Its code is so many bytes that nobody runs."""

    exports: Sequence[str] = ("PyInit__x",)
    weak: Sequence[str] = ()
    imports: Sequence[str] = ("PyModule_Create2",)
    needed: Sequence[str] = ("libc.so.6",)
    runpath: str = ""
    code: bytes = b"\xc3" * 64
    starters: int = 1
    comment: str = "GCC: (made) 12.2.0"
    build_id: bytes = b"\x01" * 20
    sections: Mapping[str, bytes] = field(default_factory=dict)  # more of them, none loaded
    debug: bytes = b""
    stack_runs: bool = False
    tail: bytes = b""

    def pack(self) -> bytes:
        """The file's bytes: one segment with all that is loaded, then what is not, then the section headers."""
        strings, symbols = b"\0", bytes(24)
        for names, where, info in ((self.imports, 0, 0x12), (self.exports, 5, 0x12), (self.weak, 5, 0x22)):
            for name in names:
                symbols += struct.pack("<IBBHQQ", len(strings), info, 0, where, 0x1000 if where else 0, 8)
                strings += name.encode() + b"\0"
        wanted = [(NEEDED, name) for name in self.needed] + [(RUNPATH, self.runpath)] * bool(self.runpath)
        entries = []
        for tag, text in wanted:
            entries.append((tag, len(strings)))
            strings += text.encode() + b"\0"
        note = struct.pack("<III4s", 4, len(self.build_id), 3, b"GNU\0") + self.build_id
        start = 64 + 3 * 56
        at: dict[str, tuple[int, int]] = {}
        body = b""

        def put(name: str, data: bytes) -> None:
            nonlocal body
            body += bytes(-len(body) % 8)
            at[name] = (start + len(body), len(data))
            body += data

        put(".note.gnu.build-id", note)
        put(".dynsym", symbols)
        put(".dynstr", strings)
        put(".text", self.code)
        put(".init_array", bytes(8 * self.starters))
        entries += [(STRTAB, at[".dynstr"][0]), (STRSZ, len(strings)), (NULL, 0)]
        put(".dynamic", b"".join(struct.pack("<qQ", *entry) for entry in entries))
        end = start + len(body)
        loaded = list(at)
        put(".comment", self.comment.encode() + b"\0")
        for name, data in (({".debug_info": self.debug} if self.debug else {}) | dict(self.sections)).items():
            put(name, data)
        names = b"\0" + b"".join(name.encode() + b"\0" for name in (*at, ".shstrtab"))
        put(".shstrtab", names)
        kinds = {".dynsym": 11, ".dynstr": 3, ".dynamic": 6, ".init_array": 14, ".note.gnu.build-id": 7, ".shstrtab": 3}
        order = list(at)
        heads = bytes(64)
        for name, (place, size) in at.items():
            flags = (6 if name == ".text" else 2) if name in loaded else 0
            link = order.index(".dynstr") + 1 if name in {".dynsym", ".dynamic"} else 0
            width = {".dynsym": 24, ".dynamic": 16}.get(name, 0)
            named = names.index(b"\0" + name.encode() + b"\0") + 1
            address = place if flags else 0
            heads += struct.pack(
                "<IIQQQQIIQQ", named, kinds.get(name, 1), flags, address, place, size, link, 1, 8, width
            )
        table = start + len(body)
        header = b"\x7fELF\x02\x01\x01" + bytes(9)
        header += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, table, 0, 64, 56, 3, 64, len(at) + 1, len(at))
        dynamic = at[".dynamic"]
        segments = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, end, end, 0x1000)
        segments += struct.pack("<IIQQQQQQ", 2, 4, dynamic[0], dynamic[0], dynamic[0], dynamic[1], dynamic[1], 8)
        segments += struct.pack("<IIQQQQQQ", 0x6474E551, 7 if self.stack_runs else 6, 0, 0, 0, 0, 0, 16)
        return header + segments + body + heads + self.tail
