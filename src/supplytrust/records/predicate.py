"""The shape of the trust record's predicate, version 1: field for field what stands in the signed bytes.

`codec` writes these dataclasses with camelCase names, `schema` derives the JSON Schema from them, and
`statement` fills them from a `TrustRecord` and back. A changed field here is a changed format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.context import Context
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.policy import Exemption
from supplytrust.model.record import DependencyVerdict, EvidenceRef, Footprint, Reason
from supplytrust.model.subject import ArtifactKind
from supplytrust.model.vocabulary import Area, Outcome, Status, Veto


@dataclass(frozen=True, slots=True)
class Tool:
    """The program that made the record."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Trustor:
    """Who trusts: the relying party whose policy was applied, by its own name for itself."""

    id: str
    tool: Tool


@dataclass(frozen=True, slots=True)
class File:
    """One file of the release. `judged`: the one this record is about; its digest is the statement's subject."""

    file_name: str
    kind: ArtifactKind
    size: int | None
    sha256: str
    sha384: str
    judged: bool


@dataclass(frozen=True, slots=True)
class Trustee:
    """Who is trusted: the package, its files, and the source it was traced to ('' when it was not)."""

    purl: str
    type: str
    namespace: str
    name: str
    version: str
    artifacts: tuple[File, ...]
    source_repository: str
    source_commit: str


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """The policy by name, epoch (a newer one outranks) and digest."""

    id: str
    epoch: int
    digest: str


@dataclass(frozen=True, slots=True)
class Gain:
    """A signal that is not observed, and the weight its support would add."""

    signal: str
    gain: float


@dataclass(frozen=True, slots=True)
class Change:
    """What is missing in an area, and the smallest evidence that supplies it; `subject` '' is the trustee."""

    subject: str
    area: Area
    missing: float
    evidence: tuple[Gain, ...]
    single: tuple[Gain, ...]
    blockers: tuple[str, ...]
    must_haves: tuple[str, ...]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """What a finding weighed for and against after reliability, ageing and cap; `basis`: corpus or expert."""

    favourable: float
    opposing: float
    basis: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A signal's finding. `reason` is given exactly when nothing was observed."""

    signal: str
    status: Status
    because: str
    grade: str
    group: str
    weight: Counts
    at: datetime | None
    until: datetime | None
    reason: NotObservedReason | None
    veto: Veto | None
    evidence: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AreaAnswer:
    """One area. Belief, disbelief and uncertainty add up to 1; `threshold` "0": the area is not required."""

    outcome: Outcome
    required: bool
    threshold: float
    favourable: float
    opposing: float
    belief: float
    disbelief: float
    uncertainty: float
    coverage: float
    findings: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class VetoFact:
    """A fact outside the numbers: it refuses whatever else is known."""

    veto: Veto
    because: str


@dataclass(frozen=True, slots=True)
class MustHave:
    """An assurance the policy requires: present, not-observed or contradicted."""

    signal: str
    state: str


@dataclass(frozen=True, slots=True)
class Share:
    """A package's part of the risk, in the relying party's unit of loss."""

    subject: str
    risk: float


@dataclass(frozen=True, slots=True)
class RiskInterval:
    """Between what is known to be doubtful (low) and what is not known to be otherwise (high)."""

    low: float
    high: float
    budget: float
    top: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A question without an answer, and why."""

    signal: str
    reason: str


@dataclass(frozen=True, slots=True)
class Predicate:
    """The trust record. `dependencies` null: not looked at; an empty array: there are none.

    `crit` lists names under `ext` that a reader must understand or refuse (RFC 7515, 4.1.11).
    """

    trustor: Trustor
    trustee: Trustee
    context: Context
    assessed_at: datetime
    not_before: datetime
    expires: datetime
    review_by: datetime
    held_back_at: datetime | None
    policy: PolicyRef
    outcome: Outcome
    reasons: tuple[Reason, ...]
    would_change: tuple[Change, ...]
    areas: Mapping[Area, AreaAnswer]
    vetoes: tuple[VetoFact, ...]
    must_haves: tuple[MustHave, ...]
    exceptions: tuple[Exemption, ...]
    dependencies: tuple[DependencyVerdict, ...] | None
    risk: RiskInterval | None
    footprint: Footprint | None
    evidence: tuple[EvidenceRef, ...]
    not_observed: tuple[Unknown, ...]
    supersedes: str
    workload: Mapping[str, object] | None
    crit: tuple[str, ...]
    ext: Mapping[str, object]
