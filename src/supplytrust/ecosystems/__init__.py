"""One file (or folder) a purl type: releases, files, declared dependencies, version order."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from supplytrust.errors import InvalidSubjectError
from supplytrust.io.context import CollectContext
from supplytrust.model.claims.release import (
    KnownVulnerabilities,
    ProjectMetadata,
    ReleaseFiles,
    ReleaseHistory,
    ReleaseOwners,
)
from supplytrust.model.subject import Artifact, Subject
from supplytrust.model.version_scheme import SEMANTIC, UNKNOWN, VersionScheme


@dataclass(frozen=True, slots=True)
class PackageRequest:
    """What the caller asked for, before it is resolved: version and file name may be empty.

    `specifier` bounds the version (PEP 440 syntax for pypi) when no exact version is named.
    """

    type: str
    name: str
    namespace: str = ""
    version: str = ""
    file_name: str = ""
    specifier: str = ""


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """Everything the index said about the project and the judged release, each possibly missing with its reason."""

    files: ReleaseFiles
    history: ReleaseHistory
    metadata: ProjectMetadata | None
    owners: ReleaseOwners | None
    vulnerabilities: KnownVulnerabilities | None
    missing: tuple[tuple[str, str, str], ...] = ()  # (claim name, reason code, detail)
    method: str = "package index"  # how the listing was read, and what was left out of it


class Ecosystem(Protocol):
    """A purl type. All methods raise `errors.SourceError` for what the index did."""

    TYPE: str
    VERSIONS: VersionScheme  # how versions are read and ordered
    TAG_WORDS: frozenset[str]  # what repositories of several languages call this one before a version

    def normal_name(self, name: str) -> str:
        """The name as names of this ecosystem are compared."""
        ...

    def same_file(self, one: str, other: str) -> bool:
        """Whether two file names are one artifact: spellings of one name, version and kind agree."""
        ...

    def signed_predicates(self) -> frozenset[str]:
        """Types of in-toto predicates that the index signs, beside SLSA provenance."""
        ...

    def resolve(self, wanted: PackageRequest, world: CollectContext) -> Subject:
        """The newest non-yanked release (or the one named) and the artifact a plain install would take."""
        ...

    def facts(self, subject: Subject, world: CollectContext) -> ProjectFacts:
        """The index's documents about this release, nothing later than `world.at`."""
        ...

    def fetch(self, subject: Subject, artifact: Artifact, world: CollectContext) -> bytes:
        """The artifact's bytes from the blob store or the index; size-capped, digest not yet judged."""
        ...

    def index_address(self, name: str, world: CollectContext) -> str:
        """The address of the index that is asked: where its answers are seen (`io.origins`)."""
        ...

    def first_release(self, name: str, world: CollectContext) -> datetime | None:
        """When the first file of a project was uploaded; None when the index does not say."""
        ...


def for_type(purl_type: str) -> Ecosystem:
    """The ecosystem of a purl type; closed world: only modules of this package."""
    names = {m.name for m in pkgutil.iter_modules(__path__)}
    if purl_type not in names:
        raise InvalidSubjectError(
            f"packages of type '{purl_type}' cannot be judged yet", hint=f"known types: {', '.join(sorted(names))}"
        )
    return cast("Ecosystem", importlib.import_module(f"{__name__}.{purl_type}"))


def versions_of(purl_type: str) -> VersionScheme:
    """How versions of a type are read: its ecosystem's scheme; of types that cannot be judged yet what is known."""
    own = _ecosystem_of(purl_type)
    return own.VERSIONS if own else _SCHEMES.get(purl_type, UNKNOWN)


def package_key(purl_type: str, name: str) -> tuple[str, str]:
    """Type and name as they are compared, in advisories and reviews of packages of any type."""
    own = _ecosystem_of(purl_type)
    if own is not None:
        return purl_type, own.normal_name(name)
    plain = name.strip().lower()
    return purl_type, plain.replace("_", "-") if purl_type in _SCHEMES else plain.replace(":", "/")


_SCHEMES = {"cargo": SEMANTIC}  # of types that advisories and reviews are read of, and that cannot be judged yet


@functools.cache
def _ecosystem_of(purl_type: str) -> Ecosystem | None:
    try:
        return for_type(purl_type)
    except InvalidSubjectError:
        return None
