"""ELF files as bytes: what they need, where they look for it, what made them (System V ABI, gABI chapter 5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import islice
from typing import Any, BinaryIO, cast

from supplytrust.errors import MalformedError
from supplytrust.model.claims.artifact import NativeFile

MAGIC = b"\x7fELF"
MOST = 2000  # tags, versions and names of one file: a hostile count must not cost time
_LOADERS = ("ld-linux", "ld64", "ld-musl", "libc.musl-", "libpython3.")
_GLIBC = re.compile(r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?")

# Libraries that PEP 600 lets a manylinux wheel expect of the system.
PLATFORM = frozenset(
    f"lib{name}"
    for name in (
        "c.so.6",
        "m.so.6",
        "dl.so.2",
        "rt.so.1",
        "pthread.so.0",
        "util.so.1",
        "nsl.so.1",
        "resolv.so.2",
        "gcc_s.so.1",
        "stdc++.so.6",
        "X11.so.6",
        "Xext.so.6",
        "Xrender.so.1",
        "ICE.so.6",
        "SM.so.6",
        "GL.so.1",
        "gobject-2.0.so.0",
        "gthread-2.0.so.0",
        "glib-2.0.so.0",
        "z.so.1",
        "expat.so.1",
        "atomic.so.1",
    )
)


def read(path: str, file: BinaryIO) -> NativeFile:
    """The dynamic links of one file. MalformedError when it cannot be read."""
    from elftools.elf.elffile import ELFFile

    try:
        elf = ELFFile(file)
        tags = list(_tags(elf))
        return NativeFile(
            path=path,
            machine=str(elf.get_machine_arch()),
            needed=_texts(tag.needed for tag in tags if tag.entry.d_tag == "DT_NEEDED"),
            soname=next(iter(_texts(tag.soname for tag in tags if tag.entry.d_tag == "DT_SONAME")), ""),
            search=tuple(_search(tags)),
            versions=tuple(sorted(set(islice(_versions(elf), MOST)))),
            compilers=_compilers(elf),
        )
    except Exception as error:  # noqa: BLE001 - the parser raises whatever it meets, on bytes nobody vouches for
        raise MalformedError(f"{path} is not a readable ELF file: {type(error).__name__}") from None


def read_compilers(data: bytes) -> tuple[str, ...]:
    """What the `.comment` section of a file says made it; () when it cannot be read."""
    from elftools.elf.elffile import ELFFile

    try:
        return _compilers(ELFFile(BytesIO(data)))
    except Exception:  # noqa: BLE001 - the parser raises whatever it meets, on bytes nobody vouches for
        return ()


def of_platform(name: str) -> bool:
    """Whether every system that may install the file has this library: PEP 600 and 656, loaders, the interpreter."""
    return name in PLATFORM or name.startswith(_LOADERS)


def platform(files: Iterable[NativeFile], host: Iterable[str]) -> str:
    """The lowest platform tag that the glibc symbols of all files and the host libraries allow."""
    known = list(files)
    if not known:
        return ""
    outside = [name for name in host if not of_platform(name)]
    found = [m for file in known for version in file.versions if (m := _GLIBC.fullmatch(version))]
    newest = max(((int(m[1]), int(m[2])) for m in found), default=(0, 0))
    return "linux" if outside or newest == (0, 0) else f"manylinux_{newest[0]}_{newest[1]}"


def _tags(elf: Any) -> Iterator[Any]:
    for segment in islice(elf.iter_segments(), MOST):
        if segment.header.p_type == "PT_DYNAMIC":
            yield from islice(segment.iter_tags(), MOST)


def _search(tags: list[Any]) -> Iterator[str]:
    for tag in tags:
        if tag.entry.d_tag in {"DT_RPATH", "DT_RUNPATH"}:
            joined = tag.rpath if tag.entry.d_tag == "DT_RPATH" else tag.runpath
            yield from (part for part in _texts([joined])[0].split(":") if part)


def _versions(elf: Any) -> Iterator[str]:
    section = elf.get_section_by_name(".gnu.version_r")
    if section is not None:
        for _, names in islice(section.iter_versions(), MOST):
            yield from _texts(name.name for name in islice(names, MOST))


def _compilers(elf: Any) -> tuple[str, ...]:
    section = elf.get_section_by_name(".comment")
    if section is None or section.header.sh_size > 1 << 16:
        return ()
    parts = cast("bytes", section.data()).split(b"\0")
    return tuple(sorted({part.decode("utf-8", "replace")[:120] for part in parts if part.strip()}))[:20]


def _texts(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(str(value)[:300] for value in values if str(value))
