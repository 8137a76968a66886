"""What a package index says about a release and its project, and what changed for callers since the one before."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from supplytrust.model.claims.claim import Claim
from supplytrust.model.subject import ArtifactKind, same_version
from supplytrust.model.vocabulary import OMITTED_BY_DEFAULT

# What a release is compared with must have stood this long before it: whoever publishes several releases in one
# go would else be measured by their own. 47 of 64 documented attacks were withdrawn within 3 days, 50 within 7.
HORIZON = timedelta(days=7)


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
    sha512: str = field(default="", metadata=OMITTED_BY_DEFAULT)


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


def not_counted(recent: int) -> str:
    """How to say that so many releases are too recent to compare with; empty for none."""
    return f"{recent} of the {HORIZON.days} days before it not counted" if recent else ""


@dataclass(frozen=True, slots=True)
class Predecessors:
    """The releases below a version, as a base to compare it with; each list in version order.

    `recent` were uploaded less than `HORIZON` before it and count for nothing; all others are `counted`. Of those that
    are `undated` the index does not say when: they may speak against a release, never for it.
    """

    counted: tuple[ReleaseMoment, ...] = ()
    undated: tuple[ReleaseMoment, ...] = ()
    recent: tuple[ReleaseMoment, ...] = ()

    @property
    def settled(self) -> tuple[ReleaseMoment, ...]:
        """Those that had been there for `HORIZON` or longer."""
        return tuple(r for r in self.counted if r not in self.undated)

    @property
    def nearest(self) -> ReleaseMoment | None:
        """The one to compare with: the highest not yanked, finals first; an undated one if there is no other."""
        for group in (self.settled, self.undated):
            standing = [r for r in group if not r.yanked]
            finals = [r for r in standing if not r.prerelease]
            if standing:
                return (finals or standing)[-1]
        return None

    @property
    def left_out(self) -> str:
        """Words for the recent ones, to follow what was said of the others; empty when there are none."""
        return not_counted(len(self.recent))

    def absence(self, version: str) -> str:
        """Why there is nothing to compare a version with."""
        if self.recent:
            return f"nothing to compare {version} with: {self.left_out}"
        return f"{version} is the first release"


@dataclass(frozen=True, slots=True)
class ReleaseHistory(Claim):
    """Every release up to the judged moment, oldest first by version order.

    `predecessor` is the nearest of `before` the judged version; empty when it has none.
    """

    releases: tuple[ReleaseMoment, ...]
    predecessor: str

    def cutoff(self, version: str) -> datetime | None:
        """What was uploaded later is too recent to compare a version with; None when its own upload is not known."""
        own = next((r.uploaded_at for r in self.releases if same_version(r.version, version)), None)
        return own - HORIZON if own is not None else None

    def before(self, version: str) -> Predecessors:
        """The releases below a version, by how long they had been there when it was uploaded."""
        cutoff = self.cutoff(version)
        here = next((n for n, r in enumerate(self.releases) if same_version(r.version, version)), len(self.releases))
        below = self.releases[:here]
        undated = tuple(r for r in below if cutoff is None or r.uploaded_at is None)
        recent = tuple(r for r in below if cutoff is not None and r.uploaded_at is not None and r.uploaded_at > cutoff)
        young = set(recent)
        return Predecessors(tuple(r for r in below if r not in young), undated, recent)


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

    `compared_with` is the number of names in the list; `popular` says that this name is itself in it. `beside` are
    names one edit, a swap or a look-alike character away that stand in the same graph or list.
    """

    popular: bool
    neighbours: tuple[str, ...]
    compared_with: int
    beside: tuple[str, ...] = field(default=(), metadata=OMITTED_BY_DEFAULT)


@dataclass(frozen=True, slots=True)
class RequirementAge:
    """When the first release of a required project was published; None: the index does not say."""

    name: str
    first_release: datetime | None


@dataclass(frozen=True, slots=True)
class NewRequirements(Claim):
    """Run-time requirements this release has and its predecessor has not, with their age.

    `dated`: the predecessor is known to have been there for `HORIZON`; without that, nothing speaks for the release.
    """

    predecessor: str
    added: tuple[RequirementAge, ...]
    dated: bool = True


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


# What changed for callers between a release and the one before it, and what a project says it supports.


class VersionStep(enum.StrEnum):
    """What the two version numbers say about the change."""

    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"
    ZERO = "zero"  # below 1.0 anything may change (SemVer, item 4)
    CALENDAR = "calendar"  # numbers are dates and promise nothing about changes
    PRE = "pre-release"  # one of the two is not final


class ApiChangeKind(enum.StrEnum):
    """What a caller of the public interface may trip over."""

    REMOVED = "removed"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True, order=True)
class ApiChange:
    """One name of the public interface (dotted, as imported) that callers cannot use as before.

    `announced`: the release before marks it as deprecated in its code or documentation strings. `detail` says
    what changed of a signature.
    """

    name: str
    kind: ApiChangeKind
    announced: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ApiChanges(Claim):
    """The public Python interface of a release's pure wheel against that of its predecessor's, read as text.

    `modules` public modules of the predecessor were compared, `names` public names in them. `unread` modules
    could not be read on either side. `changes` are at most 100, sorted; `removed` and `signatures` count all,
    `removed_unannounced` and `signatures_unannounced` those without a notice.
    """

    predecessor: str
    version: str
    file_name: str
    file_before: str
    step: VersionStep
    modules: int
    names: int
    unread: int
    changes: tuple[ApiChange, ...]
    removed: int
    removed_unannounced: int
    signatures: int
    signatures_unannounced: int
