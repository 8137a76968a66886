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
_POLICY = re.compile(r"(?:^|/)(?:SECURITY(?:\.[a-z]+)?|security\.txt|SECURITY-INSIGHTS\.ya?ml)$")
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


def is_policy(path: str) -> bool:
    """Whether a path is where a project says how to report a vulnerability."""
    return _POLICY.search(path) is not None


def is_media(path: str) -> bool:
    """Image, font, document, sound, film or design by suffix: binary, and meant to be."""
    return path.rpartition(".")[2].lower() in _MEDIA
