"""Files of a project: as an index lists them, what their names tell, and which one a plain install takes."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from packaging.tags import Tag, sys_tags
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from supplytrust.model.claims.release import ReleaseFile
from supplytrust.model.subject import Artifact, ArtifactKind

_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class IndexFile:
    """A listed file. `url` is absolute; unknown sizes and times are None, unknown digests ''."""

    file_name: str
    url: str
    version: Version
    sha256: str = ""
    size: int | None = None
    uploaded_at: datetime | None = None
    yanked: bool = False
    yanked_reason: str = ""
    requires_python: str = ""
    attested: bool | None = None
    provenance: str = ""

    @property
    def kind(self) -> ArtifactKind:
        """Told by the file's name."""
        return kind_of(self.file_name)

    @property
    def release(self) -> str:
        """The canonical version that the file belongs to."""
        return str(self.version)

    def artifact(self) -> Artifact:
        """The file as an artifact that can be judged."""
        return Artifact(self.file_name, self.sha256, self.kind, self.size)

    def as_claim(self) -> ReleaseFile:
        """The file as a part of a claim."""
        return ReleaseFile(
            self.file_name, self.kind, self.sha256, self.size, self.uploaded_at, self.yanked, self.attested
        )


@dataclass(frozen=True, slots=True)
class Project:
    """All files of a project. `skipped` counts those whose name tells no version; `form` is json or html.

    `kept_at` is when the index said so, where it could not be asked now (offline).
    """

    name: str
    files: tuple[IndexFile, ...]
    form: str
    skipped: int = 0
    kept_at: datetime | None = None


def moment(text: object) -> datetime | None:
    """An RFC 3339 time as an aware datetime in UTC; None for anything else. Without a zone it is UTC."""
    if not isinstance(text, str) or not text:
        return None
    try:
        told = datetime.fromisoformat(text.strip())
        return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def digest(text: object) -> str:
    """A SHA-256 in lower-case hex; '' for anything else."""
    lowered = text.lower() if isinstance(text, str) else ""
    return lowered if _HEX.fullmatch(lowered) else ""


def length(number: object) -> int | None:
    """A file size; None for anything that is not a natural number that JSON can hold (RFC 8259, section 6)."""
    return number if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**53 else None


def unite_entries(files: Iterable[IndexFile]) -> tuple[IndexFile, ...]:
    """Each name once. What two entries of one name say differently is unknown, and the less favourable of it counts."""
    found: dict[str, IndexFile] = {}
    for file in files:
        first = found.get(file.file_name)
        found[file.file_name] = file if first is None or first == file else _join_entries(first, file)
    return tuple(found.values())


def _join_entries(one: IndexFile, other: IndexFile) -> IndexFile:
    times = [t for t in (one.uploaded_at, other.uploaded_at) if t is not None]
    return replace(
        one,
        sha256=one.sha256 if one.sha256 == other.sha256 else "",
        size=one.size if one.size == other.size else None,
        uploaded_at=max(times) if len(times) == 2 else None,
        yanked=one.yanked or other.yanked,
        yanked_reason=one.yanked_reason or other.yanked_reason,
        attested=one.attested if one.attested == other.attested else None,
    )


# --- What a file of a release is, told by its name (PEP 427, PEP 625 and what came before them), in one place.

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


@lru_cache(maxsize=8192)
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
    rest = _name_and_rest(project).match(stem)
    return rest[1] if rest else ""


@lru_cache(maxsize=64)
def _name_and_rest(project: str) -> re.Pattern[str]:
    pattern = "[-_.]+".join(re.escape(part) for part in canonicalize_name(project).split("-"))
    return re.compile(rf"{pattern}-(.+)", re.IGNORECASE | re.ASCII | re.DOTALL)


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


# --- Which file of a release a plain `pip install` would take on this interpreter.


@functools.cache
def _ranks() -> dict[Tag, int]:
    return {tag: rank for rank, tag in enumerate(sys_tags())}


def select_for_install(files: Sequence[IndexFile]) -> IndexFile | None:
    """Best fitting wheel, else a pure one, else the sdist, else any wheel; None: nothing can be judged."""
    return min((f for f in files if f.kind is not ArtifactKind.OTHER), key=_preference, default=None)


def _preference(file: IndexFile) -> tuple[int, int, int, str]:
    if file.kind is ArtifactKind.SDIST:
        return 2, 0, 0, file.file_name
    parsed = parse_filename(file.file_name)
    if parsed is None:
        return 4, 0, 0, file.file_name
    ranks = [_ranks()[tag] for tag in parsed.tags if tag in _ranks()]
    newest_build = -parsed.build[0] if parsed.build else 0
    if ranks:
        return 0, min(ranks), newest_build, file.file_name
    pure = any(tag.abi == "none" and tag.platform == "any" for tag in parsed.tags)
    return 1 if pure else 3, 0, newest_build, file.file_name
