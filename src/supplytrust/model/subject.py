"""Who is judged: a package at a version, the one artifact of it that is meant, and when two spellings mean one name."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from functools import lru_cache

from supplytrust.model.vocabulary import OMITTED_BY_DEFAULT


class ArtifactKind(enum.StrEnum):
    """What a file is to who takes it in: unpacked as it is (BUILT), built by them (SOURCE), run by a host (WORKLOAD).

    Files of one package may be of both kinds; where evidence has always named them by their container they keep that
    name (WHEEL, SDIST). Who is not about one container asks `is_built` and `is_source`.
    """

    BUILT = "built"
    SOURCE = "source"
    WHEEL = "wheel"
    SDIST = "sdist"
    WORKLOAD = "workload"
    OTHER = "other"

    @property
    def is_built(self) -> bool:
        """Whether an installer unpacks such a file as it is."""
        return self in (ArtifactKind.BUILT, ArtifactKind.WHEEL)

    @property
    def is_source(self) -> bool:
        """Whether such a file is an archive of sources, which who takes it in builds or compiles."""
        return self in (ArtifactKind.SOURCE, ArtifactKind.SDIST)


@dataclass(frozen=True, slots=True, order=True)
class Artifact:
    """One file of a release. Digests are lower-case hex; empty when the index (or list) does not name them."""

    file_name: str
    sha256: str
    kind: ArtifactKind = ArtifactKind.OTHER
    size: int | None = None
    sha384: str = ""
    sha512: str = field(default="", metadata=OMITTED_BY_DEFAULT)


@dataclass(frozen=True, slots=True)
class Subject:
    """What an observer judges.

    `purl` is canonical and carries the version (https://github.com/package-url/purl-spec).
    `artifact` is the file that is judged; `others` are the remaining files of the same release.
    A subject without an artifact is a package of which only the name is known (a declared dependency,
    a host service): it stays in the graph, unknown.
    """

    purl: str
    type: str
    name: str
    version: str
    artifact: Artifact | None = None
    others: tuple[Artifact, ...] = ()
    namespace: str = ""

    @property
    def release(self) -> str:
        """The purl without qualifiers and subpath: package and version."""
        return release_of(self.purl)

    @property
    def package(self) -> str:
        """The purl without version, qualifiers and subpath."""
        return package_of(self.purl)


def is_local_file(purl: str) -> bool:
    """Whether a purl is that of bytes that nobody published: its digest is its identity, its name anybody's."""
    return purl.startswith("pkg:generic/") and "?checksum=sha256:" in purl


def release_of(purl: str) -> str:
    """A purl without qualifiers and subpath."""
    return purl.partition("#")[0].partition("?")[0]


def package_of(purl: str) -> str:
    """A purl without version, qualifiers and subpath; in a canonical one '@' only precedes the version.

    An '@' in a namespace or name is written `%40` (https://github.com/package-url/purl-spec).
    """
    return release_of(purl).partition("@")[0]


def version_of(purl: str) -> str:
    """The version as a purl writes it; empty when it has none."""
    return release_of(purl).partition("@")[2]


# Names as package metadata writes them: when two spellings mean the same thing.
#
# Small on purpose: whoever needs version order asks the ecosystem. Rules: names after "Names and
# normalization" (PEP 503), versions after PEP 440 as far as equality of plain releases goes, requirements after
# "Dependency specifiers" (PEP 508).

_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
_EXTRAS = re.compile(r"\s*\[[^\]]*\]")
_RELEASE = re.compile(r"v?(?:0*(\d+)!)?(\d+(?:\.\d+)*)(.*)", re.DOTALL)


def normal_name(name: str) -> str:
    """Lower case, runs of `-`, `_`, `.` as one `-` (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


@lru_cache(maxsize=8192)
def normal_version(version: str) -> str:
    """A spelling that is equal for `1.0`, `v1.0.0` and `1`; text that is no version comes back lower-case."""
    text = version.strip().lower()
    found = _RELEASE.fullmatch(text)
    if not found:
        return text
    epoch, release, rest = found.group(1) or "0", found.group(2), found.group(3)
    parts = [part.lstrip("0") or "0" for part in release.split(".")]
    while len(parts) > 1 and parts[-1] == "0":
        parts.pop()
    return f"{epoch}!{'.'.join(parts)}{re.sub(r'[-_.]', '', rest)}"


def same_version(one: str, other: str) -> bool:
    """Whether two spellings name the same version."""
    return normal_version(one) == normal_version(other)


def requirement_name(requirement: str) -> str:
    """The normalized name a requirement starts with; empty when it starts with none."""
    found = _NAME.match(requirement)
    return normal_name(found.group(1)) if found else ""


def requirement_url(requirement: str) -> str:
    """The address of a direct reference (`name @ address`), without its marker; empty when it is none."""
    found = _NAME.match(requirement)
    rest = requirement[found.end() :] if found else ""
    extras = _EXTRAS.match(rest)
    rest = (rest[extras.end() :] if extras else rest).lstrip()
    return rest[1:].split(";")[0].strip() if rest.startswith("@") else ""


def normal_requirement(requirement: str) -> str:
    """A requirement without blanks, brackets and differences of quotes, its version clauses in order."""
    text, _, marker = requirement.partition(";")
    name = requirement_name(text)
    found = _NAME.match(text)
    tail = re.sub(r"[\s()]", "", text[found.end() :] if found else text)
    clauses = ",".join(sorted(tail.split(","))) if "[" not in tail and "@" not in tail else tail
    marker = re.sub(r"[\s()]", "", marker).replace('"', "'")
    return f"{name}{clauses};{marker}" if marker else f"{name}{clauses}"
