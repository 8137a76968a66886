"""What a file of a release is, told by its name (PEP 427, PEP 625 and what came before them), in one place.

As pip reads it: after the name of the project follows a version, and nothing else. `pkg-1.0-docs.zip` is no file of
release 1.0, since `1.0-docs` is not a version (PEP 440); `pkg-1.0-1.tar.gz` is one of 1.0.post1. Other distributions
(eggs, installers, bdist_dumb, bdist_rpm) have a platform or interpreter after the version; they belong to the release
and are of a kind that is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.tags import Tag
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from supplytrust.model.subject import ArtifactKind

SDIST_SUFFIXES = (".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tbz", ".txz", ".tar")
OTHER_SUFFIXES = (".egg", ".exe", ".msi", ".rpm", ".dmg", ".tar.Z", ".tar.lzma", ".tar.lz")
LONGEST = 512  # characters; file systems end at 255 bytes
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_SYSTEMS = "win32|win|linux|macosx|darwin|cygwin|mingw|freebsd|openbsd|netbsd|sunos|solaris|aix"
_PLATFORM = re.compile(rf"\.(?:{_SYSTEMS})(?:-[\w.]+)*$")  # bdist_dumb, bdist_wininst, bdist_msi
_INTERPRETER = re.compile(r"-py\d(?:\.?\d+)?$")
_EGG = re.compile(r"-py\d(?:\.?\d+)?(?:-[A-Za-z][\w.]*(?:-[\w.]+)*)?$")
_RPM = re.compile(r"-[^-]+\.[^-.]+$")  # release and architecture


@dataclass(frozen=True, slots=True)
class ParsedFilename:
    """A file name of a release. `name` is canonical; `build` and `tags` are a wheel's; `suffix` begins with a dot."""

    name: str
    version: Version
    kind: ArtifactKind
    suffix: str
    build: tuple[()] | tuple[int, str] = ()
    tags: frozenset[Tag] = frozenset()


def parse_filename(file_name: str, project: str = "") -> ParsedFilename | None:
    """The release that a file belongs to by its name; None when it belongs to none, or to another project.

    Without a project an old name may be read in two ways (`a-1.0-1.tar.gz`: a 1.0.post1, or a-1.0 1): None as well.
    """
    if len(file_name) > LONGEST:
        return None
    if file_name.endswith(".whl"):
        return _wheel(file_name, project)
    stem, suffix = _cut_suffix(file_name)
    kind, stem = (kind_of(file_name), _without_platform(stem, suffix)) if suffix else (ArtifactKind.OTHER, "")
    if project:
        text = _after_name(stem, project)
        version = pep440(text)
        return None if version is None else ParsedFilename(canonicalize_name(project), version, kind, suffix)
    readings = set(_readings(stem))
    return ParsedFilename(*readings.pop(), kind, suffix) if len(readings) == 1 else None


def version_of(file_name: str, project: str) -> Version | None:
    """The version in a file name of this project; None when the file belongs to no version of it."""
    parsed = parse_filename(file_name, project)
    return parsed.version if parsed else None


def kind_of(file_name: str) -> ArtifactKind:
    """Wheel, source distribution, or something that is not judged (eggs, installers)."""
    if file_name.endswith(".whl"):
        return ArtifactKind.WHEEL
    if len(file_name) > LONGEST:
        return ArtifactKind.OTHER
    stem, suffix = _cut_suffix(file_name)
    plain = suffix in SDIST_SUFFIXES and _without_platform(stem, suffix) == stem
    return ArtifactKind.SDIST if plain else ArtifactKind.OTHER


def names_release(folder: str, file_name: str) -> bool:
    """Whether the name of a sdist's top folder is the name and version that the file is named by, however spelled."""
    stem, _ = _cut_suffix(file_name)
    return _normal_separators(folder) == _normal_separators(stem) or not set(_readings(folder)).isdisjoint(
        _readings(stem)
    )


def pep440(text: str) -> Version | None:
    """The version that a text is, None when it is none (or has numbers of more digits than are read)."""
    try:
        return Version(text) if text == text.strip() else None
    except ValueError:
        return None


def _wheel(file_name: str, project: str) -> ParsedFilename | None:
    try:
        name, version, build, tags = parse_wheel_filename(file_name)
    except ValueError:
        return None
    if project and name != canonicalize_name(project):
        return None
    return ParsedFilename(name, version, ArtifactKind.WHEEL, ".whl", build, tags)


def _cut_suffix(file_name: str) -> tuple[str, str]:
    """Stem and suffix; the suffix is '' for what is no file of a release."""
    suffix = next((s for s in (*SDIST_SUFFIXES, *OTHER_SUFFIXES) if file_name.endswith(s)), "")
    return file_name[: len(file_name) - len(suffix)], suffix


def _without_platform(stem: str, suffix: str) -> str:
    """A stem without the interpreter and platform that follow the version of a built distribution."""
    if suffix == ".rpm":
        return _RPM.sub("", stem)
    return _PLATFORM.sub("", (_EGG if suffix == ".egg" else _INTERPRETER).sub("", stem))


def _after_name(stem: str, project: str) -> str:
    """What follows the name of the project and a dash, as pip looks for it; '' when the name is another one."""
    pattern = "[-_.]+".join(re.escape(part) for part in canonicalize_name(project).split("-"))
    rest = re.match(rf"{pattern}-(.+)", stem, re.IGNORECASE | re.ASCII | re.DOTALL)
    return rest[1] if rest else ""


def _readings(stem: str) -> Iterator[tuple[str, Version]]:
    """Every way to read a stem as a name and a version."""
    if len(stem) > LONGEST:
        return
    for cut in (n for n, letter in enumerate(stem) if letter == "-"):
        version = pep440(stem[cut + 1 :])
        if version is not None and _NAME.fullmatch(stem[:cut]):
            yield canonicalize_name(stem[:cut]), version


def _normal_separators(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()
