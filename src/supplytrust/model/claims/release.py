"""What a package index says about a release and its project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.claims.claim import Claim
from supplytrust.model.subject import ArtifactKind


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """One file of a release as the index lists it. Unknown sizes and times are None, unknown digests ''."""

    file_name: str
    kind: ArtifactKind
    sha256: str
    size: int | None
    uploaded_at: datetime | None
    yanked: bool = False
    attested: bool | None = None  # the index offers a provenance file for it; None: it does not say


@dataclass(frozen=True, slots=True)
class ReleaseFiles(Claim):
    """All files of the judged release (https://packaging.python.org/specifications/simple-repository-api/)."""

    version: str
    files: tuple[ReleaseFile, ...]
    yanked: bool
    yanked_reason: str = ""

    @property
    def uploaded_at(self) -> datetime | None:
        """First upload of the release, None unless every file has a time."""
        times = [f.uploaded_at for f in self.files]
        known = [t for t in times if t is not None]
        return min(known) if known and len(known) == len(times) else None


@dataclass(frozen=True, slots=True)
class ReleaseMoment:
    """One release of the project in time. `uploaded_at` is its first file's upload."""

    version: str
    uploaded_at: datetime | None
    yanked: bool
    prerelease: bool
    wheels: int
    sdists: int
    attested: bool | None = None


@dataclass(frozen=True, slots=True)
class ReleaseHistory(Claim):
    """Every release up to the judged moment, oldest first by version order.

    `predecessor` is the highest earlier release of the same line that is not yanked (finals before
    pre-releases); empty when this is the first.
    """

    releases: tuple[ReleaseMoment, ...]
    predecessor: str


@dataclass(frozen=True, slots=True)
class ProjectLink:
    """A link a project declares about itself, unverified."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class ProjectMetadata(Claim):
    """The index's metadata document. `for_version` is the release it describes (mirrors may only have the newest)."""

    name: str
    for_version: str
    summary: str
    license: str
    requires_python: str
    requires_dist: tuple[str, ...]
    links: tuple[ProjectLink, ...]
    author: str
    maintainer: str
    classifiers: tuple[str, ...] = ()
    archived: bool | None = None


@dataclass(frozen=True, slots=True)
class ReleaseOwners(Claim):
    """Who may release: accounts with their roles, and the owning organization if there is one.

    An organization may list no roles: the owners are then unknown, not nobody.
    """

    organization: str
    roles: tuple[tuple[str, str], ...]  # (account, role)


@dataclass(frozen=True, slots=True)
class KnownVulnerability:
    """An advisory that the source says affects the judged version."""

    id: str
    aliases: tuple[str, ...]
    fixed_in: tuple[str, ...]
    withdrawn: bool
    published: datetime | None = None
    malicious: bool = False
    severity: str = ""


@dataclass(frozen=True, slots=True)
class KnownVulnerabilities(Claim):
    """Advisories for exactly the judged version, by the source's own matching."""

    version: str
    vulnerabilities: tuple[KnownVulnerability, ...]


@dataclass(frozen=True, slots=True)
class NameNeighbours(Claim):
    """Popular names that differ from this one by one edit, a swap, an affix or a look-alike character.

    `compared_with` is the number of names in the list; `popular` says that this name is itself in it.
    """

    popular: bool
    neighbours: tuple[str, ...]
    compared_with: int


@dataclass(frozen=True, slots=True)
class RequirementAge:
    """When the first release of a required project was published; None: the index does not say."""

    name: str
    first_release: datetime | None


@dataclass(frozen=True, slots=True)
class NewRequirements(Claim):
    """Run-time requirements this release has and its predecessor has not, with their age."""

    predecessor: str
    added: tuple[RequirementAge, ...]


@dataclass(frozen=True, slots=True)
class FirstSeenFact:
    """A fact of the ledger: what was seen first and when, and what is seen now."""

    fact: str  # digest:<file name> | owners | repository, or unplaced:<one of these>: kept once without its place
    first: str
    first_at: datetime
    now: str


@dataclass(frozen=True, slots=True)
class FirstSeenFacts(Claim):
    """What the ledger remembers of this package and release, at the same place, against what is seen now.

    A fact seen now for the first time has `first == now` and `first_at` the time of this look; `known` lists
    the facts that had been seen in an earlier look.
    """

    facts: tuple[FirstSeenFact, ...]
    known: tuple[str, ...]
