"""Which files do something when they are there: by content where it decides, by name and place else."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

_NATIVE_MAGIC = (
    b"\x7fELF", b"MZ", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe", b"\x00asm", b"!<arch>\n", b"!<thin>\n",
)  # fmt: skip
_NATIVE_SUFFIX = frozenset(["so", "pyd", "dll", "dylib", "a", "o", "obj", "lib", "exe", "wasm"])
_CODE_SUFFIX = frozenset(
    [
        "py",
        "pyw",
        "pyx",
        "pxd",
        "pxi",
        "pyc",
        "pyo",
        "pth",
        "sh",
        "bash",
        "zsh",
        "fish",
        "ksh",
        "csh",
        "bat",
        "cmd",
        "ps1",
        "vbs",
        "js",
        "mjs",
        "cjs",
        "ts",
        "jsx",
        "tsx",
        "rb",
        "pl",
        "pm",
        "php",
        "lua",
        "tcl",
        "r",
        "jl",
        "m4",
        "ac",
        "am",
        "in",
        "mk",
        "cmake",
        "c",
        "h",
        "cc",
        "cpp",
        "cxx",
        "hpp",
        "hh",
        "hxx",
        "inc",
        "s",
        "asm",
        "rs",
        "go",
        "java",
        "jar",
        "class",
        "kt",
        "scala",
        "cs",
        "swift",
        "zig",
        "f",
        "f90",
        "for",
        "awk",
        "sed",
        "node",
        "toml",
        "cfg",
        "egg-link",
        "whl",
        "egg",
        "zip",
        "gz",
        "bz2",
        "xz",
        "tar",
        "tgz",
    ]
)
_CODE_NAMES = frozenset(
    ["Makefile", "GNUmakefile", "makefile", "configure", "Rakefile", "Dockerfile", "SConstruct", "SConscript"]
)
_SOURCE = re.compile(r"\.(?:c|cc|cpp|cxx|pyx|rs|go|f|f90|zig|asm|s|m|mm|cu|swift)$", re.IGNORECASE)
_BY_PLACE = re.compile(
    r"\.(?:pth|start)$|(?:^|/)(?:sitecustomize|usercustomize|conftest)\.py$|^(?:setup\.py|configure)$"
)
_AUTOTOOLS = re.compile(
    r"(?:^|/)(?:configure|config\.h\.in|config\.hin|aclocal\.m4|Makefile\.in|ltmain\.sh|install-sh|missing|depcomp|compile"
    r"|config\.guess|config\.sub|config\.rpath|test-driver|mkinstalldirs|ar-lib|ylwrap|mdate-sh|texinfo\.tex|stamp-h1?"
    r"|ABOUT-NLS|INSTALL|ChangeLog|COPYING[^/]*|libtool\.m4)$"
    r"|^(?:m4|build-aux|gnulib|lib)/[^/]+\.(?:m4|sh)$"
    r"|^po[^/]*/(?:[^/]+\.(?:po|gmo|pot|sed|sin|header)|[A-Z][A-Za-z-]*(?:\.in\.in|\.in|vars|-quot)?|stamp-po)$"
    r"|^doc/.*\.(?:1|3|5|7|8|html|pdf|txt|info)$"
)


def is_native(path: str, data: bytes) -> bool:
    """Machine code, by its first bytes or a suffix that loaders go by."""
    return data.startswith(_NATIVE_MAGIC) or _suffix(path) in _NATIVE_SUFFIX or ".so." in posixpath.basename(path)


def native_origin(path: str, tree: Iterable[str], config: str) -> bool:
    """Whether a tree has sources that machine code of this name can come from.

    A module of the same name (mypyc and Cython compile Python), any source of a compiled language, or the module
    that mypyc shares between several when the build configuration asks for mypyc.
    """
    if "__mypyc." in posixpath.basename(path) and "mypyc" in config:
        return True
    stem = posixpath.basename(path).partition(".")[0].partition("__mypyc")[0]
    return any(_SOURCE.search(p) or posixpath.basename(p) in (f"{stem}.py", "Cargo.toml") for p in tree)


def is_code(path: str, data: bytes) -> bool:
    """Whether something may run, compile, import or unpack this: then its origin matters most."""
    name = posixpath.basename(path)
    if is_native(path, data) or data[:2] == b"#!" or name in _CODE_NAMES or _BY_PLACE.search(path):
        return True
    return _suffix(path) in _CODE_SUFFIX or name in ("entry_points.txt", "package.json")


def runs_by_place(path: str) -> bool:
    """Files that run merely because of where they are and how they are called."""
    return _BY_PLACE.search(path) is not None


def is_autotools_output(path: str) -> bool:
    """Names under which autoconf, automake, libtool and gettext write into a release tarball."""
    return _AUTOTOOLS.search(path) is not None


def _suffix(path: str) -> str:
    return posixpath.basename(path).rpartition(".")[2].lower() if "." in path else ""
