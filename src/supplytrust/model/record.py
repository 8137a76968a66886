"""The trust record as a value.

Who trusts whom, for what, in which context, until when, on which assurances, and what stayed unknown.
`records.statement` gives it its bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from supplytrust.model.context import Context
from supplytrust.model.finding import Finding
from supplytrust.model.policy import Exemption
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import Area, EdgeKind, Outcome, Veto


@dataclass(frozen=True, slots=True)
class WeighedFinding:
    """A finding as it counted: its weight after reliability, cap and ageing, and its group."""

    finding: Finding
    group: str
    favourable: float
    opposing: float
    basis: str


@dataclass(frozen=True, slots=True)
class AreaVerdict:
    """One area. `threshold` 0: not required. `coverage` is the share of this area's questions answered."""

    area: Area
    outcome: Outcome
    required: bool
    threshold: float
    favourable: float
    opposing: float
    belief: float
    disbelief: float
    uncertainty: float
    coverage: float
    findings: tuple[WeighedFinding, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """Why the outcome is what it is: a code for programs, a text for people, the path to the node."""

    code: str
    text: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """What would change an area: the weight missing and the smallest set of evidence that supplies it.

    `evidence` lists (signal id, gain); empty together with `blockers`: only resolving those would change it.
    `single` lists every piece that would be enough by itself. `must_haves` are needed besides; `until` is
    when a cool-down ends. `subject` is the purl it is about, empty for the judged package itself.
    """

    area: Area
    missing: float
    evidence: tuple[tuple[str, float], ...] = ()
    blockers: tuple[str, ...] = ()
    must_haves: tuple[str, ...] = ()
    until: datetime | None = None
    single: tuple[tuple[str, float], ...] = ()
    subject: str = ""


@dataclass(frozen=True, slots=True)
class DependencyVerdict:
    """A direct or transitive dependency in the record. `record_digest` names its own record if any."""

    purl: str
    digest: str
    kind: EdgeKind
    how: str
    via: str
    outcome: Outcome
    record_digest: str = ""
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Risk:
    """An interval, not a probability: doubt times impact, summed over the graph, against a budget."""

    low: float
    high: float
    budget: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class SinglePoint:
    """Someone or something that alone can ship a share of what is trusted."""

    kind: str  # account, key, organization, builder, host
    name: str
    share: float
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Footprint:
    """What must behave: the nodes reachable over edges of full impact (the trusted computing base).

    `attack_surface` counts those who alone can ship any of it; it and `concentration` cover the kinds of
    holder that are known for every package, and are None when there is no such kind.
    """

    packages: int
    bytes: int | None
    native: int | None
    maintainers: int | None
    single_points: tuple[SinglePoint, ...] = ()
    concentration: float | None = None  # Herfindahl-Hirschman index of the shares
    attack_surface: int | None = None


@dataclass(frozen=True, slots=True)
class EvidenceRef:
    """A pointer from the record into the evidence file."""

    id: str
    source: str
    observed_at: datetime
    digest: str
    method: str


@dataclass(frozen=True, slots=True)
class TrustRecord:
    """The explicit answer. See docs/explanation for how to read one."""

    trustor: str
    tool_version: str
    subject: Subject
    context: Context
    assessed_at: datetime
    not_before: datetime
    expires: datetime
    review_by: datetime
    policy_id: str
    policy_epoch: int
    policy_digest: str
    outcome: Outcome
    reasons: tuple[Reason, ...]
    would_change: tuple[Missing, ...]
    areas: Mapping[Area, AreaVerdict]
    vetoes: tuple[tuple[Veto, str], ...] = ()
    must_haves: tuple[tuple[str, str], ...] = ()  # (signal id, present | not-observed | contradicted)
    exceptions: tuple[Exemption, ...] = ()
    dependencies: tuple[DependencyVerdict, ...] | None = None
    risk: Risk | None = None
    footprint: Footprint | None = None
    evidence: tuple[EvidenceRef, ...] = ()
    not_observed: tuple[tuple[str, str], ...] = ()  # (signal id, reason: detail)
    supersedes: str = ""
    source_repository: str = ""
    source_commit: str = ""
    workload: Mapping[str, object] | None = None
    ext: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    held_back_at: datetime | None = None  # first day the outcome would stop being ADMIT, if it is ADMIT
    crit: tuple[str, ...] = ()  # names under `ext` that a reader must understand or refuse (RFC 7515, 4.1.11)
