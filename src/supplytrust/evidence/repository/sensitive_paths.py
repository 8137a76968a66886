"""Paths where a change reaches further than its lines: build, continuous integration, release and policy files."""

from __future__ import annotations

import functools
import re

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
_MEDIA = frozenset(
    [
        "png",
        "jpg",
        "jpeg",
        "gif",
        "bmp",
        "ico",
        "icns",
        "webp",
        "svg",
        "tif",
        "tiff",
        "avif",
        "heic",
        "ttf",
        "otf",
        "woff",
        "woff2",
        "eot",
        "pdf",
        "ps",
        "eps",
        "ai",
        "psd",
        "sketch",
        "fig",
        "xcf",
        "mp3",
        "mp4",
        "wav",
        "ogg",
        "flac",
        "avi",
        "mov",
        "webm",
        "mkv",
        "m4a",
        "drawio",
        "odg",
        "odt",
        "odp",
        "docx",
        "pptx",
        "xlsx",
    ]
)


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
