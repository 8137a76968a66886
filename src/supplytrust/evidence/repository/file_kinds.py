"""What a file is for, by content where it decides, by name and place else."""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Iterable, Iterator

_NATIVE_MAGIC = (
    b"\x7fELF", b"MZ", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe", b"\x00asm", b"!<arch>\n", b"!<thin>\n",
)  # fmt: skip
_NATIVE_SUFFIX = frozenset(["so", "pyd", "dll", "dylib", "a", "o", "obj", "lib", "exe", "wasm"])
_CODE_SUFFIX = frozenset([
    "py", "pyw", "pyx", "pxd", "pxi", "pyc", "pyo", "pth", "sh", "bash", "zsh", "fish", "ksh", "csh", "bat", "cmd",
    "ps1", "vbs", "js", "mjs", "cjs", "ts", "jsx", "tsx", "rb", "pl", "pm", "php", "lua", "tcl", "r", "jl", "m4",
    "ac", "am", "in", "mk", "cmake", "c", "h", "cc", "cpp", "cxx", "hpp", "hh", "hxx", "inc", "s", "asm", "rs",
    "go", "java", "jar", "class", "kt", "scala", "cs", "swift", "zig", "f", "f90", "for", "awk", "sed", "node",
    "toml", "cfg", "egg-link", "whl", "egg", "zip", "gz", "bz2", "xz", "tar", "tgz",
])  # fmt: skip
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

_TRANSLATED = (  # what translators write beside their input: Cython, yacc, lex, Ragel, re2c; SWIG; protoc
    (re.compile(r"(?:\.tab)?\.(?:c|cc|cpp|cxx|h|hh|hpp)$"), (".pyx", ".y", ".yy", ".l", ".ll", ".rl", ".re")),
    (re.compile(r"_wrap\.(?:c|cc|cpp|cxx|h)$"), (".i", ".swg")),
    (re.compile(r"_pb2(?:_grpc)?\.pyi?$|\.pb\.(?:cc|h)$"), (".proto",)),
)

_PROSE = re.compile(
    r"^(?:docs?/(?:.*/)?[^/]+\.(?:md|rst|txt)|(?:readme|change(?:s|log)|history|news|releases?|authors|contribut(?:ors|ing)|credits|copying"
    r"|licen[cs]e|notice|install|todo|security|support|code_of_conduct|governance|maintainers)[\w-]*(?:\.(?:md|rst|txt))?"
    r"|(?:uv|poetry|pdm)\.lock|pipfile\.lock)$",
    re.IGNORECASE,
)
_PARSER_TABLES = re.compile(r"(?:^|[/_])(?:lextab|yacctab|parsetab)\.py$")  # PLY, beside the grammar


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


def translator_inputs(path: str) -> Iterator[str]:
    """The files beside it that a translator would have made this source file from."""
    for pattern, endings in _TRANSLATED:
        found = pattern.search(path)
        if found:
            yield from (path[: found.start()] + ending for ending in endings)


def is_prose(path: str) -> bool:
    """A text for people, by its name at the top or its place below the documentation, or the lock of their environment.

    No build reads or runs it.
    """
    return _PROSE.search(path) is not None


def is_parser_table(path: str) -> bool:
    """A module of tables that PLY writes when a build, or a first import, asks it to."""
    return _PARSER_TABLES.search(path) is not None


def _suffix(path: str) -> str:
    return posixpath.basename(path).rpartition(".")[2].lower() if "." in path else ""


# Paths where a change reaches further than its lines: build, continuous integration, release and policy files.

_BUILD = re.compile(
    r"(?:^|/)(?:m4|build-aux|cmake)/|\.(?:m4|ac|cmake|mk|gemspec)$"
    r"|(?:^|/)(?:configure[^/]*|Makefile[^/]*|GNUmakefile|CMakeLists\.txt|autogen\.sh|meson\.build|setup\.py|setup\.cfg"
    r"|pyproject\.toml|build\.rs|Cargo\.toml|package\.json|binding\.gyp|Rakefile|MANIFEST\.in|noxfile\.py|t.?x\.ini"
    r"|version\.sh)$"
)
_CI = re.compile(
    r"^\.github/(?:workflows|actions)/|^\.travis\.yml$|^\.gitlab-ci|^\.circleci/|^\.?azure-pipelines|^\.?appveyor"
    r"|^\.cirrus|^\.buildkite/|^ci/|^\.goreleaser"
)
_RELEASE = re.compile(
    r"(?:^|/)(?:SECURITY[^/]*|CODEOWNERS|security\.txt|KEYS|\.gitattributes)$|^(?:debian|rpm)/"
    r"|(?:^|/)maintainers[^/]*$|(?:^|/)(?:release|publish)[^/]*\.(?:sh|py|ps1|bat|js|pl|rb)$|(?:^|/)dist\.sh$",
)
_POLICY = re.compile(  # in the places where forges look; deeper down lie those of copied projects
    r"^(?:\.github/|\.gitlab/|\.well-known/|docs?/(?:source/)?)?"
    r"(?:SECURITY(?:\.[a-z]+)?|security\.txt|SECURITY-INSIGHTS\.ya?ml)$"
)
_TESTS = re.compile(
    r"(?:^|/)(?:tests?|testing|spec|docs?|examples?|benches|benchmarks?|vendor(?:ed)?|third_party)/|(?:^|/)test_"
)
_CODE = re.compile(r"\.(?:py|pyx|c|cc|cpp|cxx|h|hpp|rs|go|js|ts|java|kt|rb|php|swift|s|asm|zig)$", re.IGNORECASE)
_CRYPTO = re.compile(
    r"(?:^|[/_.-])(?:crypto\w*|cipher\w*|aes\w*|chacha\w*|rsa|dsa|ecdsa\w*|ecdh\w*|ed25519|x25519|x509|sha\d+\w*|hmac|hash(?:es|ing)?"
    r"|sign(?:ing|atures?|er)?|verif\w+|tls|ssl\w*|certificates?|random\w*|rng|kdf|hkdf|pbkdf2|scrypt|bcrypt|auth\w*|secrets?"
    r"|tokens?|jw[ste]|keys?|password\w*)(?=[/_.-]|$)",
    re.IGNORECASE,
)
_PARSER = re.compile(
    r"(?:^|[/_.-])(?:\w{0,40}pars(?:e|er|ers|ing)|\w{0,40}lex(?:er)?|\w{0,40}tokeni[sz]er?|\w{0,40}decod(?:e|er|ers|ing)"
    r"|\w{0,40}codecs?|grammar\w*|unpack\w*|unpickl\w*|deseriali[sz]\w*|unmarshal\w*|scanner\w*|readers?"
    r"|demux\w*|inflate\w*|decompress\w*)(?=[/_.-]|$)",
    re.IGNORECASE,
)
_PARTS = (("build", _BUILD), ("ci", _CI), ("release", _RELEASE), ("crypto", _CRYPTO), ("parser", _PARSER))
_MEDIA = frozenset([
    "png", "jpg", "jpeg", "gif", "bmp", "ico", "icns", "webp", "svg", "tif", "tiff", "avif", "heic", "ttf", "otf",
    "woff", "woff2", "eot", "pdf", "ps", "eps", "ai", "psd", "sketch", "fig", "xcf", "mp3", "mp4", "wav", "ogg",
    "flac", "avi", "mov", "webm", "mkv", "m4a", "drawio", "odg", "odt", "odp", "docx", "pptx", "xlsx",
])  # fmt: skip


@functools.lru_cache(maxsize=65_536)
def is_sensitive(path: str) -> bool:
    """Whether a path belongs to build, CI or release."""
    return any(pattern.search(path) for pattern in (_BUILD, _CI, _RELEASE))


@functools.lru_cache(maxsize=65_536)
def part_of(path: str) -> str:
    """Which sensitive part a path belongs to (build, ci, release; crypto and parser by names of code), '' for none."""
    if _TESTS.search(path):
        return "ci" if _CI.search(path) else ""
    code = _CODE.search(path) is not None
    found = (name for name, pattern in _PARTS if (code or pattern not in (_CRYPTO, _PARSER)) and pattern.search(path))
    return next(found, "")


def is_policy(path: str) -> bool:
    """Whether a path is where a project says how to report a vulnerability; not where one it copied says so."""
    return _POLICY.search(path) is not None


def is_media(path: str) -> bool:
    """Image, font, document, sound, film or design by suffix: binary, and meant to be."""
    return path.rpartition(".")[2].lower() in _MEDIA
