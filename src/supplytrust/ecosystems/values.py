"""What is asked of an ecosystem and what it answers: neutral values, of releases, files, names and dependencies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from supplytrust.model.claims.release import (
    ApiChange,
    KnownVulnerabilities,
    ProjectMetadata,
    ReleaseFiles,
    ReleaseHistory,
    ReleaseOwners,
)
from supplytrust.model.subject import Artifact, ArtifactKind
from supplytrust.model.vocabulary import EdgeKind


@dataclass(frozen=True, slots=True)
class PackageRequest:
    """What the caller asked for, before it is resolved: version and file name may be empty.

    `specifier` bounds the version, in the ecosystem's own syntax, when no exact version is named.
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


@dataclass(frozen=True, slots=True)
class SignedListing:
    """What an index signs of its own listing of a file: the text, the digest in it, and signatures by names of keys.

    `published` is when the index says that the file was published: which keys were in force then.
    """

    text: bytes
    sha512: str
    signatures: tuple[tuple[str, str], ...]  # name of the key, signature in base64
    published: datetime | None = None


@dataclass(frozen=True, slots=True)
class ParsedName:
    """The release that a file belongs to by its name. `name` and `version` are canonical."""

    name: str
    version: str
    kind: ArtifactKind


@dataclass(frozen=True, slots=True)
class Wish:
    """A dependency before it is resolved to a release."""

    wanted: PackageRequest
    kind: EdgeKind
    how: str
    via: str

    @property
    def purl(self) -> str:
        """What is known when nothing resolves: the name, and the version when it is an exact one."""
        version = f"@{self.wanted.version}" if self.wanted.version else ""
        name = "/".join(part for part in (self.wanted.namespace, self.wanted.name) if part)
        return f"pkg:{self.wanted.type}/{name.replace('@', '%40')}{version}"


@dataclass(frozen=True, slots=True)
class InterfaceComparison:
    """What was compared (public modules, public names in them), what could not be read, and what changed."""

    modules: int
    names: int
    unread: int
    changes: tuple[ApiChange, ...]


class IndexedFile(Protocol):
    """One file of a project as its index lists it; unknown times are None, unknown digests ''."""

    @property
    def file_name(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> ArtifactKind: ...  # noqa: D102
    @property
    def release(self) -> str:
        """The canonical version that the file belongs to."""
        ...

    @property
    def sha256(self) -> str: ...  # noqa: D102
    @property
    def uploaded_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def yanked(self) -> bool: ...  # noqa: D102
    @property
    def attested(self) -> bool | None:
        """Whether the index offers an attestation of it; None when the index does not say."""
        ...

    @property
    def provenance(self) -> str:
        """The address of that attestation; '' when none is named."""
        ...

    def artifact(self) -> Artifact:
        """The file as an artifact that can be judged."""
        ...
