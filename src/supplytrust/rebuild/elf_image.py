"""A shared library as it is compared: what it offers, wants and brings, and what of it is loaded.

Section headers are for people and linkers, the kernel maps segments (System V gABI, chapters 4 and 5): names and
symbols are read from the first, and whether two files load the same bytes is asked of the second.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, cast

from supplytrust.errors import MalformedError
from supplytrust.io.archives import elf
from supplytrust.model.claims.artifact import NativeFile

MOST_SYMBOLS: Final = 500_000
MOST_SECTIONS: Final = 5_000
RELATIVE_BY_CALL: Final = frozenset({"R_X86_64_IRELATIVE", "R_AARCH64_IRELATIVE", "R_386_IRELATIVE"})
BUILD_PATH: Final = re.compile(
    rb"/(?:build|project|tmp|home|root|github/workspace|builds|io)/[\w./+-]{4,80}\.(?:c|cc|cpp|h|hpp|pyx|rs)\0"
)
ALLOCATED, EXECUTABLE = 2, 4  # SHF_ALLOC, SHF_EXECINSTR


@dataclass(frozen=True, slots=True)
class ElfImage:
    """One library. `exports` and `imports` are dynamic symbols without versions; `weak` are exports that are weak.

    `sections` are names with their number; `unloaded` those that no segment maps. `code` counts the bytes of
    executable sections; `starters` the functions that run when it is loaded, `resolvers` the relocations that call one.
    `loaded` are the segments a loader maps, each (kind, flags, address, size in memory, bytes), the build id blanked.
    `beyond` counts bytes after everything the headers speak of.
    """

    links: NativeFile
    machine: tuple[str, ...]
    exports: frozenset[str]
    weak: frozenset[str]
    imports: frozenset[str]
    sections: Counter[str]
    unloaded: frozenset[str]
    code: int
    starters: int
    resolvers: int
    stack_runs: bool
    loaded: tuple[tuple[str, int, int, int, bytes], ...]
    beyond: int
    build_paths: bool


def read_image(path: str, data: bytes) -> ElfImage | None:
    """The image of an ELF file; None when it is none or cannot be read."""
    if data[:4] != elf.MAGIC:
        return None
    from elftools.elf.elffile import ELFFile

    try:
        links = elf.read(path, io.BytesIO(data))
        return _image(ELFFile(io.BytesIO(data)), data, links)
    except MalformedError:
        return None
    except Exception:  # noqa: BLE001 - the parser raises whatever it meets, on bytes nobody vouches for
        return None


def _image(file: Any, data: bytes, links: NativeFile) -> ElfImage | None:
    sections = [s for s in islice(file.iter_sections(), MOST_SECTIONS) if s.header.sh_type != "SHT_NULL"]
    symbols = list(_symbols(file))
    segments = [segment.header for segment in islice(file.iter_segments(), MOST_SECTIONS)]
    if not symbols:
        return None
    head = file.header
    blank = [(h.sh_offset, h.sh_size) for h in (s.header for s in sections if s.name == ".note.gnu.build-id")]
    return ElfImage(
        links=links,
        machine=(str(head.e_machine), str(head.e_ident.EI_CLASS), str(head.e_ident.EI_DATA), str(head.e_type)),
        exports=frozenset(name for name, there, _ in symbols if there),
        weak=frozenset(name for name, there, weak in symbols if there and weak),
        imports=frozenset(name for name, there, _ in symbols if not there),
        sections=Counter(s.name for s in sections),
        unloaded=frozenset(s.name for s in sections if not s.header.sh_flags & ALLOCATED),
        code=sum(s.header.sh_size for s in sections if s.header.sh_flags & EXECUTABLE),
        starters=_starters(sections, file.elfclass // 8),
        resolvers=_resolvers(sections, file),
        stack_runs=any(s.p_type == "PT_GNU_STACK" and s.p_flags & 1 for s in segments),
        loaded=tuple(_loadable_parts(segments, data, [(0, head.e_ehsize), *blank])),
        beyond=max(0, len(data) - _end(head, sections, segments)),
        build_paths=BUILD_PATH.search(data) is not None,
    )


def _symbols(file: Any) -> Iterator[tuple[str, bool, bool]]:
    """Dynamic symbols that other files can see: (name, whether it is defined here, whether it is weak)."""
    table = file.get_section_by_name(".dynsym")
    if table is None or table.header.sh_type != "SHT_DYNSYM":
        return
    for symbol in islice(table.iter_symbols(), MOST_SYMBOLS):
        entry = symbol.entry
        if symbol.name and entry.st_info.bind != "STB_LOCAL":
            yield symbol.name, entry.st_shndx != "SHN_UNDEF", entry.st_info.bind == "STB_WEAK"


def _starters(sections: list[Any], word: int) -> int:
    lists = (s.header for s in sections if s.name in {".init_array", ".preinit_array", ".ctors"})
    return sum(cast("int", h.sh_size) // word for h in lists)


def _resolvers(sections: list[Any], file: Any) -> int:
    from elftools.elf.descriptions import describe_reloc_type
    from elftools.elf.relocation import RelocationSection

    tables = (s for s in sections if isinstance(s, RelocationSection))
    kinds = (r.entry.r_info_type for table in tables for r in islice(table.iter_relocations(), MOST_SYMBOLS))
    return sum(describe_reloc_type(kind, file) in RELATIVE_BY_CALL for kind in kinds)


def _loadable_parts(
    segments: list[Any], data: bytes, blank: list[tuple[int, int]]
) -> Iterator[tuple[str, int, int, int, bytes]]:
    for head in segments:
        if head.p_type not in {"PT_LOAD", "PT_DYNAMIC", "PT_TLS", "PT_GNU_STACK", "PT_GNU_RELRO", "PT_INTERP"}:
            continue
        part = bytearray(data[head.p_offset : head.p_offset + head.p_filesz])
        for start, size in blank:
            begin, end = max(0, start - head.p_offset), min(len(part), start + size - head.p_offset)
            if begin < end:
                part[begin:end] = bytes(end - begin)
        yield str(head.p_type), head.p_flags, head.p_vaddr, head.p_memsz, bytes(part)


def _end(head: Any, sections: list[Any], segments: list[Any]) -> int:
    """Where the last thing ends that a header speaks of."""
    ends = [
        head.e_ehsize,
        head.e_phoff + head.e_phnum * head.e_phentsize,
        head.e_shoff + head.e_shnum * head.e_shentsize,
    ]
    ends += [s.p_offset + s.p_filesz for s in segments]
    ends += [s.header.sh_offset + s.header.sh_size for s in sections if s.header.sh_type != "SHT_NOBITS"]
    return cast("int", max(ends))
