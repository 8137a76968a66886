"""Compiled members of a file: whether their interface is the rebuilt one's, and what built the builder.

Without the compiler and the image that made the published file its bytes cannot be expected again: never more than the
interface is said.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from supplytrust.ecosystems.rebuild_backend import RebuildBackend, is_library
from supplytrust.model.claims.rebuild import BuilderChain, ChainLink, RebuildResult

ELF: Final = b"\x7fELF"
TAG: Final = re.compile(r"\.(cpython-\d+[a-z0-9_-]*|cp\d+-[a-z0-9_]+|abi3)\.", re.I)


@dataclass(frozen=True, slots=True)
class Interface:
    """What a shared library offers and wants."""

    exported: frozenset[str]
    imported: frozenset[str]


def library_key(path: str) -> str:
    """The path without the platform part of the file name."""
    return TAG.sub(".", path)


def statement(published: Mapping[str, bytes], rebuilt: Mapping[str, bytes]) -> str:
    """`interface-consistent`, or in what the libraries do not fit together."""
    theirs = {library_key(p): d for p, d in rebuilt.items() if is_library(p)}
    ours = {library_key(p): d for p, d in published.items() if is_library(p) and ".libs/" not in p}
    missing = sorted(set(ours) - set(theirs))
    if missing:
        return f"not built here: {missing[0]}"
    for path, data in sorted(ours.items()):
        one, other = interface(data), interface(theirs[path])
        if one is None or other is None:
            return f"interface unknown: {path}"
        if one.exported != other.exported:
            return f"exports differ: {path}"
    return "interface-consistent"


def interface(data: bytes) -> Interface | None:
    """Dynamic symbols of an ELF library; None when it is no ELF or cannot be read."""
    if data[:4] != ELF:
        return None
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile
    from elftools.elf.sections import SymbolTableSection

    try:
        table = ELFFile(io.BytesIO(data)).get_section_by_name(".dynsym")
        if not isinstance(table, SymbolTableSection):
            return None
        symbols = [(s.name, s["st_shndx"], s["st_info"]["bind"]) for s in table.iter_symbols()]
    except (ELFError, ValueError, KeyError, UnicodeDecodeError, AssertionError):
        return None
    exported = frozenset(n for n, where, bind in symbols if n and where != "SHN_UNDEF" and bind != "STB_LOCAL")
    return Interface(exported, frozenset(n for n, where, _ in symbols if n and where == "SHN_UNDEF"))


def find_compilers(members: Mapping[str, bytes]) -> tuple[tuple[str, str], ...]:
    """(member, what its `.comment` section says) for every ELF library; the text is the file's own word."""
    found: list[tuple[str, str]] = []
    for path, data in sorted(members.items()):
        if data[:4] == ELF:
            found.extend((path, text) for text in _comments(data))
    return tuple(found)


def _comments(data: bytes) -> tuple[str, ...]:
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        section = ELFFile(io.BytesIO(data)).get_section_by_name(".comment")
        raw = section.data() if section is not None else b""
    except (ELFError, ValueError, KeyError, UnicodeDecodeError, AssertionError):
        return ()
    texts = {part.decode("utf-8", "replace")[:120] for part in raw[:8192].split(b"\0") if part}
    return tuple(sorted(texts))


# --- who built the builder, as far as a file shows it: rebuilt, recorded, or only stated by the file itself.
# Thompson, "Reflections on Trusting Trust" (CACM 1984): looking has to stop somewhere; this says where.

ALWAYS: Final = ("interpreter binary", "operating system", "hardware")


def of_wheel(
    file_name: str, members: Mapping[str, bytes], result: RebuildResult | None, own: RebuildBackend
) -> BuilderChain:
    """The chain below a wheel.

    With a reproduced result its build tools are known, else only what it states.
    """
    links: list[ChainLink] = []
    shown = result is not None and result.level.reproduced
    if result is not None and shown:
        links += [ChainLink(r.name, r.version, "rebuilt") for r in result.requirements or ()]
        links.append(ChainLink("interpreter", result.interpreter, "recorded"))
    else:
        links += [ChainLink(name, version, "stated", path) for name, version, path in own.stated_generators(members)]
    compilers = find_compilers(members)
    links += [ChainLink("compiler", text, "stated", path) for path, text in compilers]
    trust = ("compiler", *ALWAYS) if compilers or _is_native(members) else ALWAYS
    ends = "compiler" if "compiler" in trust else ("interpreter" if shown else "wheel generator")
    return BuilderChain(file_name, tuple(links), ends, trust)


def _is_native(members: Mapping[str, bytes]) -> bool:
    return any(data[:4] == ELF for data in members.values())
