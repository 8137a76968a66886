"""Compiled members of a wheel against those that the same source makes here: four levels, and what differs by name.

Another compiler makes other code of the same source, so that unequal bytes say nothing yet. What a compiler does not
choose is compared: symbols, libraries, sections, functions that run by themselves, size. What honest builds are known
to differ in has a name of its own (decision 0044). Repairing a wheel (PEP 600) renames the libraries it grafts
(`x.libs/libfoo-1a2b3c4d.so.1`), adds search paths below `$ORIGIN`, and tags.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Final

from supplytrust.ecosystems.rebuild_backend import RebuildBackend, is_compiled, is_library
from supplytrust.io.archives import elf
from supplytrust.model.claims.rebuild import BuilderChain, ChainLink, NativeLevel, NativeMember, RebuildResult
from supplytrust.rebuild.elf_image import ElfImage, read_image

TAG: Final = re.compile(r"\.(cpython-\d+[a-z0-9_-]*|cp\d+-[a-z0-9_]+|abi3)\.", re.I)
GRAFTED: Final = re.compile(r"-[0-9a-f]{8}(?=[.-]|$)")
MOST_NAMED: Final = 8
# Parts of the C library that became one file in glibc 2.34, and run-time libraries that compilers link by themselves.
BY_COMPILER: Final = frozenset(
    {"libpthread", "libdl", "librt", "libutil", "libm", "libc", "libgcc_s", "libstdc++", "libatomic"}
)
# Symbols that compilers, linkers and the C library's headers put in or leave out by themselves.
BY_LINKER: Final = re.compile(r"_init|_fini|_end|_edata|__bss_start_*|__cxa_\w+|__gxx_\w+")
BY_TOOLCHAIN: Final = re.compile(
    r"__gmon_start__|__pthread_key_create|_ITM_\w+|__cxa_(finalize|atexit|thread_atexit)"
    r"|__stack_chk_fail|__tls_get_addr|_GLOBAL_OFFSET_TABLE_|_Unwind_\w+|__errno_location|__assert_fail"
    r"|mem(cpy|set|move|cmp|chr)|str(len|cpy|cmp|chr|ncmp|ncpy|cat|dup)|__gxx_personality_v0|__\w+[dst]i[2345]"
    r"|abort|_?longjmp|__longjmp_chk|_?_?sigsetjmp|_?setjmp|stderr|fputs|fputc|fwrite|puts|putchar"
)
FORTIFIED: Final = re.compile(r"__(?:isoc\d\d_)?(\w+?)(?:_chk)?")
OF_CXX_LIBRARY: Final = re.compile(
    r"_Z(N[KVr]*S[tabsiod]|St|T[ISVTv]|NK?9__gnu_cxx|GV|Th?n|dl|da|nw|na|L?N10__cxxabi)\w*"
)
SECTIONS: Final = re.compile(
    r"\.(note(\.\w[\w.-]*)?|gnu\.(hash|version(_[rd])?|build\.attributes[\w.]*|warning[\w.]*)|hash|dyn(sym|str|amic)"
    r"|rel[ar]?\.?(dyn|plt)|relr\.dyn|init|fini|(pre)?init_array|fini_array|ctors|dtors|jcr|plt(\.(got|sec|bnd))?|text"
    r"|rodata[\w.]*|eh_frame(_hdr)?|gcc_except_table|tm_clone_table|t?data|t?bss|data\.rel\.ro[\w.]*|data\.rel[\w.]*"
    r"|got(\.plt)?|lrodata|ldata|lbss|comment|symtab(_shndx)?|strtab|shstrtab|debug_\w+|gnu_debug(alt)?link|annobin\w*"
    r"|gnu\.lto_\w*|interp|stapsdt\.base|probes|llvm[\w.]*|gdb_index|SUNW_\w+|ARM[\w.]*)"
)
DEBUG: Final = re.compile(r"\.(debug_|gnu_debug|gnu\.build|annobin|gdb_index)")


def library_key(path: str) -> str:
    """The path without the platform part of the file name."""
    return TAG.sub(".", path)


def is_graft(path: str) -> bool:
    """Whether a repair tool put this library in: it lies in the wheel's own `NAME.libs` (or `.dylibs`) folder."""
    return is_library(path) and path.partition("/")[0].endswith((".libs", ".dylibs"))


def compare_members(published: Mapping[str, bytes], rebuilt: Mapping[str, bytes]) -> tuple[NativeMember, ...]:
    """Every compiled member of the published wheel, and those that only the rebuild has, in order of path."""
    theirs = {library_key(p): p for p in rebuilt if is_compiled(p, rebuilt, published)}
    ours = [p for p in published if is_compiled(p, published, rebuilt)]
    grafts = {p.rpartition("/")[2] for p in ours if is_graft(p)}
    images = {p: read_image(p, published[p]) for p in ours}
    wanted = {name for image in images.values() if image for name in image.links.needed}
    found = []
    for path in ours:
        place = theirs.pop(library_key(path), "")
        if is_graft(path) and not place:
            found.append(_graft(path, published[path], wanted))
        elif not place:
            found.append(NativeMember(path, NativeLevel.NOT_BUILT, len(published[path])))
        else:
            sides = _Sides(path, published[path], rebuilt[place])
            found.append(_compare(sides, images[path], grafts))
    found += [
        NativeMember(p, NativeLevel.DIFFERS, 0, len(rebuilt[p]), differences=("only in the rebuild",))
        for p in theirs.values()
    ]
    return tuple(sorted(found, key=lambda m: m.path))


def _graft(path: str, data: bytes, wanted: Collection[str]) -> NativeMember:
    if path.rpartition("/")[2] in wanted:
        return NativeMember(path, NativeLevel.NOT_BUILT, len(data), reasons=("grafted-library",))
    return NativeMember(path, NativeLevel.DIFFERS, len(data), differences=("a library that no member needs",))


@dataclass(frozen=True, slots=True)
class _Sides:
    path: str
    published: bytes
    rebuilt: bytes

    def at(self, level: NativeLevel, reasons: Iterable[str] = (), differences: Iterable[str] = ()) -> NativeMember:
        """The comparison's outcome."""
        sizes = len(self.published), len(self.rebuilt)
        return NativeMember(self.path, level, *sizes, tuple(sorted(set(reasons))), tuple(differences))


def _compare(sides: _Sides, ours: ElfImage | None, grafts: Set[str]) -> NativeMember:
    if sides.published == sides.rebuilt:
        return sides.at(NativeLevel.SAME_BYTES)
    theirs = read_image(sides.path, sides.rebuilt)
    if ours is None or theirs is None:
        return sides.at(NativeLevel.UNREADABLE)
    reasons: set[str] = set()
    told = [*_symbols(ours, theirs, reasons), *_libraries(ours, theirs, grafts, reasons)]
    told += [*_sections(ours, theirs, reasons), *_behaviour(ours, theirs)]
    if ours.links.compilers != theirs.links.compilers:
        reasons.add("compiler")
    if ours.build_paths or theirs.build_paths:
        reasons.add("build-path")
    if told:
        return sides.at(NativeLevel.DIFFERS, reasons, told)
    same = ours.loaded == theirs.loaded
    return sides.at(NativeLevel.SAME_STRIPPED if same else NativeLevel.SAME_SYMBOLS, reasons)


def _symbols(ours: ElfImage, theirs: ElfImage, reasons: set[str]) -> list[str]:
    """Exported and imported names. Calls that headers rename (`__memcpy_chk`) count as what they are called for."""
    told = []
    for word, one, other, usual in (
        ("export", ours.exports, theirs.exports, BY_LINKER),
        ("import", _plain_names(ours.imports), _plain_names(theirs.imports), BY_TOOLCHAIN),
    ):
        for how, names in (("more", one - other), ("less", other - one)):
            inlined = theirs.weak if how == "less" else frozenset()  # another compiler put these in line
            by_cxx = {n for n in names if OF_CXX_LIBRARY.fullmatch(n) or (n in inlined and n.startswith("_Z"))}
            odd = sorted(n for n in names - by_cxx if not usual.fullmatch(n))
            reasons.update({"c++-instantiations"} if by_cxx else ())
            reasons.update({"toolchain-symbols"} if len(names) > len(odd) + len(by_cxx) else ())
            told += _spell_names(f"{word}s {how}", odd)
    if ours.imports != theirs.imports and not any(t.startswith("import") for t in told):
        reasons.add("toolchain-symbols")
    return told


def _plain_names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(
        m[1] if (n.endswith("_chk") or "isoc" in n) and (m := FORTIFIED.fullmatch(n)) else n for n in names
    )


def _spell_names(what: str, names: Collection[str]) -> list[str]:
    """One line for a few names, and how many more there are; () for none."""
    if not names:
        return []
    shown = sorted(names)[:MOST_NAMED]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return [f"{what}: {', '.join(name[:80] for name in shown)}{more}"]


def _libraries(ours: ElfImage, theirs: ElfImage, grafts: Set[str], reasons: set[str]) -> list[str]:
    """Needed libraries by stem, and search paths: below `$ORIGIN` they are the repair tool's."""
    one = {_stem(GRAFTED.sub("", n) if n in grafts else n) for n in ours.links.needed}
    other = {_stem(n) for n in theirs.links.needed}
    if grafts & set(ours.links.needed):
        reasons.add("grafted-library")
    if (one ^ other) & BY_COMPILER:
        reasons.add("platform-libraries")
    told = _spell_names("needs more", one - other - BY_COMPILER) + _spell_names("needs less", other - one - BY_COMPILER)
    paths = set(ours.links.search) - set(theirs.links.search)
    if paths:
        reasons.add("search-path")
    return told + _spell_names("searches in", {p for p in paths if not p.startswith("$ORIGIN")})


def _stem(name: str) -> str:
    return name.partition(".so")[0]


def _sections(ours: ElfImage, theirs: ElfImage, reasons: set[str]) -> list[str]:
    """Sections that no toolchain makes by itself, and bytes that no header speaks of."""
    odd = {name or "(no name)" for name in ours.sections - theirs.sections if not SECTIONS.fullmatch(name)}
    odd |= {f"{name} twice" for name, n in ours.sections.items() if n > max(1, theirs.sections[name])}
    differing = set(ours.sections) ^ set(theirs.sections)
    if any(DEBUG.match(name) for name in differing):
        reasons.add("debug-sections")
    if {".symtab"} & differing:
        reasons.add("stripped")
    if any(
        SECTIONS.fullmatch(n) and not DEBUG.match(n) and n in ours.sections and n not in ours.unloaded
        for n in differing
    ):
        reasons.add("linker-sections")
    if ".note.gnu.build-id" in {*ours.sections, *theirs.sections}:
        reasons.add("build-id")
    told = _spell_names("sections more", odd)
    return told + ([f"{ours.beyond} bytes after the end"] if ours.beyond > theirs.beyond else [])


def _behaviour(ours: ElfImage, theirs: ElfImage) -> list[str]:
    """What runs or may run without being called, and how much code there is."""
    told = []
    if ours.machine != theirs.machine:
        told.append(f"made for {' '.join(ours.machine)}"[:120])
    if ours.starters > theirs.starters:
        told.append(f"{ours.starters} functions run when it is loaded, {theirs.starters} here")
    if ours.resolvers > theirs.resolvers:
        told.append(f"{ours.resolvers} symbols are resolved by calling code, {theirs.resolvers} here")
    if ours.stack_runs and not theirs.stack_runs:
        told.append("the stack may be executed")
    if ours.code > 2 * theirs.code + 16_384:
        told.append(f"{ours.code} bytes of code, {theirs.code} here")
    return told


# --- In words, and as a whole ------------------------------------------------------------------------------------


REPRODUCED: Final = frozenset({NativeLevel.SAME_BYTES, NativeLevel.SAME_STRIPPED})


def is_reproduced(found: Collection[NativeMember]) -> bool:
    """Whether what is loaded of every compiled member came out again."""
    return bool(found) and all(m.level in REPRODUCED for m in found)


def statement(found: Collection[NativeMember]) -> str:
    """`interface-consistent`, or the first member that is not, and in what."""
    odd = [m for m in found if m.level.is_open and m.reasons != ("grafted-library",)]
    if not odd:
        grafts = sum(m.level.is_open for m in found)
        return "interface-consistent" + (f"; {grafts} grafted libraries not built here" if grafts else "")
    first = min(odd, key=lambda m: (m.level is not NativeLevel.DIFFERS, m.path))
    if first.level is NativeLevel.NOT_BUILT:
        return f"not built here: {first.path}"
    if first.level is NativeLevel.UNREADABLE:
        return f"interface unknown: {first.path}"
    return f"differs: {first.path}: {first.differences[0]}"


def find_compilers(members: Mapping[str, bytes]) -> tuple[tuple[str, str], ...]:
    """(member, what its `.comment` section says) for every ELF library; the text is the file's own word."""
    found: list[tuple[str, str]] = []
    for path, data in sorted(members.items()):
        if data[:4] == elf.MAGIC:
            found.extend((path, text) for text in elf.read_compilers(data))
    return tuple(found)


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
    return any(data[:4] == elf.MAGIC for data in members.values())
