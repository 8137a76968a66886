"""Who is judged: a package at a version, and the one artifact of it that is meant, by digest."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class ArtifactKind(enum.StrEnum):
    """The container formats that can be judged."""

    WHEEL = "wheel"
    SDIST = "sdist"
    WORKLOAD = "workload"
    OTHER = "other"


@dataclass(frozen=True, slots=True, order=True)
class Artifact:
    """One file of a release. `sha256` is lower-case hex; empty when the index names none."""

    file_name: str
    sha256: str
    kind: ArtifactKind = ArtifactKind.OTHER
    size: int | None = None
    sha384: str = ""


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
