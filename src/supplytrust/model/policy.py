"""What a relying party sets: the context it asks in, what it uses a package for, its policy, and where to look."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from types import MappingProxyType

from supplytrust.model.claims.claim import StatedPurpose
from supplytrust.model.claims.code import Ability
from supplytrust.model.claims.review import Scope
from supplytrust.model.evidence import SubjectEvidence
from supplytrust.model.vocabulary import Area, EdgeKind, Veto


@dataclass(frozen=True, slots=True)
class Context:
    """The relying party's situation. It selects questions and budgets; it never changes a fact.

    `purpose`: what the package is used for (`general`, `cryptography`, `parser`, `service`, `build-tool`, `tee`);
    `role`: how it is used (`run-time`, `build-time`, `workload`); `impact` is the loss, in the relying
    party's own unit, if the package misbehaves, `budget` what it may risk (both > 0).
    """

    purpose: str = "general"
    role: str = "run-time"
    sensitivity: str = "normal"
    impact: float = 10.0
    budget: float = 12.0
    data_class: str = ""
    tee: tuple[str, ...] = ()
    cpu_deny: tuple[str, ...] = ()


# What a package is used for, and which questions that raises: a table, shipped as `appraisal/policies/purposes.toml`.
#
# Purposes add up: what the policy says of the package that was asked about, and what the configuration states of any
# package. Neither takes away what the other asks for.

GENERAL = "general"


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """One thing that must be known. Any of the signals `any_of` will do, at a grade that is not in `except_grades`.

    `scopes`: audits and reviews count only where they were about one of these, or about everything.
    """

    id: str
    any_of: tuple[str, ...]
    scopes: tuple[Scope, ...] = ()
    except_grades: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PurposeTable:
    """Needs by purpose and by what the code does."""

    by_purpose: Mapping[str, tuple[Need, ...]] = field(default_factory=lambda: MappingProxyType({GENERAL: ()}))
    by_ability: Mapping[Ability, tuple[Need, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def knows(self, purpose: str) -> bool:
        """Whether it is a word of the vocabulary."""
        return purpose in self.by_purpose

    def needs(self, purposes: Iterable[str], abilities: Collection[Ability]) -> tuple[Need, ...]:
        """All that these purposes (KeyError for an unknown one) and abilities ask for, each once, by name."""
        asked = {need for purpose in purposes for need in self.by_purpose[purpose]}
        asked |= {need for ability in abilities for need in self.by_ability.get(ability, ())}
        return tuple(sorted(asked))


def purposes_of(evidence: SubjectEvidence, own: str = GENERAL) -> tuple[str, ...]:
    """What a package is used for besides `general`: `own` and everything that is stated of it."""
    stated = {o.claim.purpose for o in evidence.all(StatedPurpose)}
    return tuple(sorted({own, *stated} - {GENERAL}))


# A policy as a value: thresholds, must-haves, vetoes, sources that count, exceptions. Data, not code.
#
# Finite and monotone by construction, so that the laws of the algebra hold and what is missing can be said
# in closed form. `appraisal.policies.loader` makes one from TOML and refuses everything outside this vocabulary.

VENDORS, REBUILDERS, VOICE = "vendors", "rebuilders", ":"  # sources of several voices, each named behind the colon
ROOT = "root"  # the profile of the package that was asked about
PART = "part"  # of what is linked into it and was published by nobody; without one, that of `link`


@dataclass(frozen=True, slots=True, order=True)
class Exemption:
    """A recorded residual doubt: turns REFER into ADMIT for the listed areas of one exact version.

    Never covers a veto or a REFUSE. `expires` is at most 180 days after the policy's date of writing.
    """

    subject: str
    covers: tuple[Area, ...]
    reason: str
    owner: str
    expires: datetime


class BuilderCondition(enum.StrEnum):
    """What trust in a builder may take besides its name; each is answered by evidence, none by the builder's word."""

    VERIFIED_PROVENANCE = "verified-provenance"  # a signed statement about exactly this file was verified here
    EXPECTED_PUBLISHER = "expected-publisher"  # by the publisher that is configured, or that the ledger saw first
    OWN_REPOSITORY = "own-repository"  # for the repository that the release was compared with
    ISOLATED = "isolated"  # in a run on a hosted machine, as the issuer of the certificate says
    BUILD_DESCRIBED = "build-described"  # the statement describes a build and names its signer as the builder
    COMMIT_IS_TAG = "commit-is-tag"  # the attested commit is that of the release's tag
    SDIST_IS_TREE = "sdist-is-tree"  # every file of the release's sdist is in the tag's tree, or was checked


@dataclass(frozen=True, slots=True)
class TrustedBuilder:
    """A builder that the policy takes at its word for what it can see: `name` is the policy's own for it.

    It is recognized by what a verified certificate says: `issuer` exactly, and, where given, `identity` (the subject,
    or the signing workflow without its ref) and `runner`. `takes` are the conditions
    under which its word has the `weight`.
    """

    name: str
    issuer: str
    weight: float
    takes: tuple[BuilderCondition, ...]
    identity: str = ""
    runner: str = ""


@dataclass(frozen=True, slots=True)
class Weight:
    """One row of the weight table: what a signal's answer (at a grade) is worth, and on what basis.

    `favourable` applies to support, `opposing` to opposition. `basis` is `corpus` (with the numbers it
    came from in `numbers`) or `expert`. `covers` are the kinds of dependency that support at this very grade
    accounts for (`algebra.graph_verdict`).
    """

    signal: str
    grade: str
    group: str
    favourable: float
    opposing: float
    half_life_days: float
    basis: str
    numbers: str = ""
    covers: tuple[EdgeKind, ...] = ()


@dataclass(frozen=True, slots=True)
class WeightTable:
    """All rows and the cap of every independence group."""

    rows: Mapping[tuple[str, str], Weight]  # (signal id, grade)
    caps: Mapping[str, float]
    reputation_groups: tuple[str, ...] = ("history", "activity", "popularity", "affiliation")
    digest: str = ""

    def row(self, signal: str, grade: str = "") -> Weight | None:
        """The row of a graded answer, else the signal's plain row, else None (it then weighs nothing)."""
        return self.rows.get((signal, grade)) or self.rows.get((signal, ""))


@dataclass(frozen=True, slots=True)
class Policy:
    """What a relying party requires. Thresholds are in (0, 1); an area that is absent is not required.

    `expect` maps a profile (`root` or an edge kind's value) to thresholds per area, `require` to the signal
    ids that must support (must-haves), `require_for` those that a purpose adds, `require_where` those that are added
    where an ecosystem has a trait (`SignalMeta.trait`): elsewhere the question is not asked. `level_cap[l]` bounds
    thresholds at requirement level l (0..4), so that levels are monotone. `reliability` lists the sources that count
    (0..1); an unlisted source's statements are shown, and weigh nothing. Times are days and hours as integers.
    """

    id: str
    owner: str = ""
    trustor: str = ""
    extends: str = ""  # the shipped policy it is laid over, and the epoch of that one it was written for
    base_epoch: int = 0
    notes: tuple[str, ...] = ()  # what its readers should know, such as an upgrade of its base
    epoch: int = 1
    max_age_days: int = 30
    cooldown_hours: int = 72
    review_days: int = 90
    context: Context = field(default_factory=Context)
    expect: Mapping[str, Mapping[Area, float]] = field(default_factory=lambda: MappingProxyType({}))
    require: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    level_cap: tuple[float, ...] = (0.0, 0.5, 0.7, 0.8, 1.0)
    kappa: Mapping[EdgeKind, float] = field(
        default_factory=lambda: MappingProxyType(
            {
                EdgeKind.LINK: 1.0,
                EdgeKind.BUILD: 1.0,
                EdgeKind.SERVICE_LOCAL: 0.5,
                EdgeKind.SERVICE_REMOTE: 0.25,
                EdgeKind.TEST: 0.05,
            }
        )
    )
    veto_always: tuple[Veto, ...] = (Veto.MALICIOUS, Veto.TAMPERED, Veto.BAD_SIGNATURE, Veto.REVOKED)
    veto_also: tuple[Veto, ...] = ()
    reliability: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    exemptions: tuple[Exemption, ...] = ()
    builders: tuple[TrustedBuilder, ...] = ()  # the weightiest first; their rows are part of `weights`
    weights: WeightTable = field(default_factory=lambda: WeightTable(MappingProxyType({}), MappingProxyType({})))
    purposes: PurposeTable = field(default_factory=PurposeTable)
    require_for: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    require_where: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    digest: str = ""  # sha256:<hex> of the policy file and the tables it was made from

    def reliability_of(self, source: str) -> float:
        """The weight factor of a source by its exact name; a source that is not listed counts 0.

        A voice that is not listed itself (`vendors:ACME`) is believed as far as its kind is (`vendors`).
        """
        kind, _, voice = source.partition(VOICE)
        usual = self.reliability.get(kind, 0.0) if voice and kind in (VENDORS, REBUILDERS) else 0.0
        return self.reliability.get(source, usual)


# What a caller configures (`supplytrust.toml`): where to look, whom to expect. No thresholds here.

EMPTY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Publisher:
    """The publishing identity a relying party expects of a package; empty fields match anything but issuer."""

    issuer: str
    repository: str = ""
    workflow: str = ""


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """Whether answers about bytes are kept, how many MiB of them, and where a team shares them.

    `store` is an fsspec URL ('': none). `keys` are the public keys of the team, `sign` the private one of who adds.
    """

    claims: bool = True
    most_mib: int = 1024
    store: str = ""
    keys: tuple[str, ...] = ()
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Clone:
    """A folder that is a copy of the repository at an address: of that one only, whatever a later release declares."""

    folder: str
    address: str


@dataclass(frozen=True, slots=True)
class ForgeHost:
    """A forge of the caller's own: its kind, and the variable of the environment that holds the token for it."""

    kind: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class ForgeSettings:
    """Whether forges are asked (`token`: where there is one), files of `forge export`, and forges by host."""

    ask: str = "token"
    exports: tuple[str, ...] = ()
    hosts: Mapping[str, ForgeHost] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Vendor:
    """Somebody whose signed list counts, and within which limits.

    `list` is a file or address, `key` a public key file, `scope` patterns of purls without version, `depth` how many
    trustors an entry may have come through, the vendor included; `until`: when the relying party stops listening.
    `records` is a folder of the vendor's signed trust records, '' for none.
    """

    list: str
    key: str
    scope: tuple[str, ...]
    purposes: tuple[str, ...] = ("general",)
    depth: int = 1
    until: datetime | None = None
    records: str = ""


@dataclass(frozen=True, slots=True)
class Rebuilder:
    """Somebody who builds releases again: where their signed statements are, under which key, about which packages."""

    statements: str
    key: str
    scope: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """Resolved configuration. Paths are as given; relative ones are relative to the file they came from."""

    policy: str = ""  # a shipped name or a path; empty: what is usual for the subject
    trustor: str = ""  # in whose name records are made; empty: the policy's
    index: Mapping[str, str] = field(default_factory=lambda: EMPTY)  # purl type, or pattern of purls -> base URL
    repository: Mapping[str, str] = field(default_factory=lambda: EMPTY)  # versionless purl -> path or URL
    clones: Mapping[str, Clone] = field(default_factory=lambda: MappingProxyType({}))  # versionless purl -> copy
    osv: str = ""  # a file or folder of advisories
    advisory_service: str = ""  # base address of an OSV service; "none": ask none; empty: the public one
    sigstore_root: str = ""
    registry_keys: str = ""  # a document of the keys that registries sign listings with
    publisher: Mapping[str, Publisher] = field(default_factory=lambda: MappingProxyType({}))
    cargo_vet: tuple[str, ...] = ()
    audits: tuple[str, ...] = ()
    crev: tuple[str, ...] = ()  # files of crev proofs
    crev_ids: tuple[str, ...] = ()  # ids whose proofs count
    oss_fuzz: str = ""  # checkout of OSS-Fuzz's project configurations
    endorsements: tuple[str, ...] = ()
    layouts: tuple[str, ...] = ()
    attestations: tuple[str, ...] = ()  # files or folders of attestations kept by the relying party
    purpose: Mapping[str, str] = field(default_factory=lambda: EMPTY)  # versionless purl -> purpose
    forge: ForgeSettings = field(default_factory=ForgeSettings)
    vendors: Mapping[str, Vendor] = field(default_factory=lambda: MappingProxyType({}))
    rebuilders: Mapping[str, Rebuilder] = field(default_factory=lambda: MappingProxyType({}))
    cache: CacheSettings = field(default_factory=CacheSettings, repr=False)  # makes no difference to any answer

    def index_of(self, purl_type: str, name: str = "") -> str:
        """The index configured for a package: of the longest pattern that fits it, else of its type; '' for none."""
        return self.index.get(self.index_pattern(purl_type, name), "") or self.index.get(purl_type, "")

    def index_pattern(self, purl_type: str, name: str) -> str:
        """The longest pattern of `index` that fits a package; '' when only its type, or nothing, says where it is."""
        fitting = [p for p in self.index if ":" in p and fnmatchcase(f"pkg:{purl_type}/{name}", p)]
        return max(fitting, key=lambda pattern: (len(pattern.replace("*", "")), pattern), default="")
