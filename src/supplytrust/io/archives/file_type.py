"""What a file is: by its first bytes where they decide, by its name else. Pure, never fails."""

from __future__ import annotations

import posixpath

from supplytrust.model.claims.artifact import MemberKind

_NATIVE = (
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\x00asm",
    b"!<arch>\n",
    b"!<thin>\n",
)
_ARCHIVE = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b\x08",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\x28\xb5\x2f\xfd",
    b"MSCF\x00\x00",
)
_LANGUAGES = {
    ".py": "python", ".pyw": "python", ".pyi": "python",
    ".c": "c", ".h": "c", ".cc": "c++", ".cpp": "c++", ".cxx": "c++",
    ".hpp": "c++", ".hh": "c++", ".hxx": "c++",
    ".m": "objective-c", ".rs": "rust", ".go": "go", ".pyx": "cython", ".pxd": "cython", ".pxi": "cython",
    ".f": "fortran", ".f90": "fortran", ".for": "fortran", ".java": "java", ".kt": "kotlin", ".cs": "c#",
    ".swift": "swift", ".zig": "zig", ".cu": "cuda", ".s": "assembly", ".asm": "assembly", ".pl": "perl",
    ".rb": "ruby", ".lua": "lua", ".jl": "julia", ".r": "r", ".d": "d", ".ml": "ocaml", ".hs": "haskell",
    ".sh": "shell", ".bash": "shell", ".zsh": "shell", ".fish": "shell", ".bat": "batch", ".cmd": "batch",
    ".ps1": "powershell", ".js": "javascript",
    ".mjs": "javascript", ".cjs": "javascript", ".ts": "typescript",
    ".m4": "m4", ".ac": "m4", ".am": "make", ".mk": "make", ".cmake": "cmake",
}  # fmt: skip
_PYTHON = frozenset({"python"})
_SCRIPTS = frozenset(
    {"shell", "batch", "powershell", "javascript", "typescript", "perl", "ruby", "lua", "m4", "make", "cmake"}
)
_METADATA_FILES = frozenset({"PKG-INFO", "METADATA", "RECORD", "WHEEL", "entry_points.txt", "top_level.txt"})
_SHEBANGS = (
    ("python", "python"),
    ("node", "javascript"),
    ("perl", "perl"),
    ("ruby", "ruby"),
    ("sh", "shell"),
)


def kind_of(path: str, head: bytes) -> tuple[MemberKind, str]:
    """Kind and language of a member; `head` is its beginning (4 KiB are enough, 300 decide most)."""
    name = posixpath.basename(path)
    suffix = posixpath.splitext(name)[1].lower()
    binary = _binary_kind(head, suffix)
    if binary is not None:
        return binary, ""
    if b"\x00" in head and _LANGUAGES.get(suffix) != "python":
        return MemberKind.DATA, ""
    if ".dist-info/" in path or ".egg-info/" in path or name in _METADATA_FILES:
        return MemberKind.METADATA, ""
    language = _LANGUAGES.get(suffix, "") or _shebang(head)
    return _textual_kind(language), language


def _binary_kind(head: bytes, suffix: str) -> MemberKind | None:
    if head.startswith(_NATIVE) or (head[:2] == b"MZ" and b"\x00" in head):
        return MemberKind.NATIVE
    if head[:4] == b"\xca\xfe\xba\xbe":  # fat Mach-O has few architectures, a Java class a high version
        return MemberKind.NATIVE if int.from_bytes(head[4:8], "big") < 40 else MemberKind.BYTECODE
    if head.startswith(_ARCHIVE) or head[257:262] == b"ustar":
        return MemberKind.ARCHIVE
    python_cache = suffix in (".pyc", ".pyo") and b"\x00" in head[:16]
    return MemberKind.BYTECODE if python_cache or (head[2:4] == b"\r\n" and b"\x00" in head[:16]) else None


def _shebang(head: bytes) -> str:
    if not head.startswith(b"#!"):
        return ""
    line = head[2:].partition(b"\n")[0].decode("ascii", "replace").strip()
    program = posixpath.basename(line.split(" ")[0])
    if program == "env":
        program = line.partition(" ")[2].strip()
    return next((language for mark, language in _SHEBANGS if mark in program), "")


def _textual_kind(language: str) -> MemberKind:
    if language in _PYTHON:
        return MemberKind.PYTHON
    if language in _SCRIPTS:
        return MemberKind.SCRIPT
    return MemberKind.SOURCE if language else MemberKind.TEXT
