"""What others say who read the code or vouch for it: audits with a report, reviews by second parties, endorsements."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.claims.claim import Claim


class Scope(enum.StrEnum):
    """What a reading was about; the closed vocabulary of lists and of what is asked for."""

    EVERYTHING = "everything"  # no part was left out
    CRYPTOGRAPHY = "cryptography"
    PARSING = "parsing"
    MEMORY = "memory"  # bounds, unsafe and native code
    NETWORK = "network"
    DESERIALIZATION = "deserialization"
    ISOLATION = "isolation"  # sandboxes, enclaves
    BUILD = "build"  # build, CI and release


class Standing(enum.StrEnum):
    """Why a statement is taken for its author's."""

    KEPT = "kept"  # the relying party keeps the file itself
    VERIFIED = "verified"  # signed with a key that the relying party listed, and the signature was checked
    CLAIMED = "claimed"  # neither: anyone could have written it


class Basis(enum.StrEnum):
    """What a second party looked at."""

    FULL = "full"  # the whole of this version
    CHAIN = "chain"  # the whole of another version, and every change from there to this one
    PUBLISHER = "publisher"  # not this version: whoever published it


@dataclass(frozen=True, slots=True)
class SkippedEntries:
    """Entries of a file that could not be used: a named reason, how many, and how many are about this package."""

    file: str
    reason: str
    count: int
    here: int


@dataclass(frozen=True, slots=True)
class ExternalAudit:
    """One audit with its report, as the relying party listed it.

    `versions` is the audited range as written, `covers` says whether the judged version lies in it. `arranged_by`
    may be the auditor or empty. `report` is where the report is, `report_sha256` its digest ('' = not given; it is not
    fetched). `findings` and `open_findings` None: the list does not say. `file` and `file_digest` (`sha256:<hex>`)
    are the list it was read from.
    """

    auditor: str
    arranged_by: str
    versions: str
    covers: bool
    at: datetime
    scope_text: str
    scopes: tuple[Scope, ...]
    report: str
    report_sha256: str
    findings: int | None
    open_findings: int | None
    file: str
    file_digest: str


@dataclass(frozen=True, slots=True)
class ExternalAudits(Claim):
    """All listed audits of a package up to the judged moment, newest first, and what of the lists was skipped."""

    version: str
    audits: tuple[ExternalAudit, ...]
    skipped: tuple[SkippedEntries, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """The judged version, as second parties vouch for it.

    `criteria` are closed over what they imply, `scopes` what they stand for. `steps` are the versions from the one
    that was read whole to the judged one (one entry: itself). `at` is the newest date that is given, None when none
    is. `reviewers` are told by name or key id, as the file has them.
    """

    reviewers: tuple[str, ...]
    criteria: tuple[str, ...]
    scopes: tuple[Scope, ...]
    basis: Basis
    steps: tuple[str, ...]
    at: datetime | None
    standing: Standing
    file: str
    file_digest: str
    open_findings: int = 0


@dataclass(frozen=True, slots=True)
class Violation:
    """Somebody found that the judged version does not meet a criterion."""

    reviewers: tuple[str, ...]
    criteria: tuple[str, ...]
    versions: str
    at: datetime | None
    standing: Standing
    file: str
    file_digest: str


@dataclass(frozen=True, slots=True)
class SecondPartyReviews(Claim):
    """What second parties say about the judged version. `elsewhere`: versions that were read and do not lead to it."""

    version: str
    reviews: tuple[Review, ...]
    violations: tuple[Violation, ...]
    elsewhere: tuple[str, ...]
    skipped: tuple[SkippedEntries, ...] = ()


VIA = " via "  # between the names of those through whom a word came, nearest first


# A statement by which somebody vouches for one point of a package, within limits, under their own name.


@dataclass(frozen=True, slots=True)
class Endorsement(Claim):
    """A verified endorsement: the signature was checked with the key the relying party keeps for this author.

    `subject` is a purl, with a version (that release only) or without (every release until it expires). `area`
    and `claim` (a signal's id) say what is vouched for. `key` names the key it was verified with.
    `identity` is what the other end of a service is to be held to: `key:`, `authority:` or `attested:` and a digest.
    """

    subject: str
    area: str
    claim: str
    reason: str
    author: str
    issued: datetime
    expires: datetime
    key: str
    identity: str | None = None
