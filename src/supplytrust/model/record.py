"""The trust record as a value, field for field what stands in its signed bytes.

Who trusts whom, for what, in which context, until when, on which assurances, and what stayed unknown. `formats.codec`
writes these dataclasses with camelCase names as the predicate of the statement (`records.statement`), and
`records.schema` derives the JSON Schema from them. A changed field here is a changed format.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

import supplytrust  # its public face knows the rooms above; nothing of them is loaded here
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.policy import Context, Exemption
from supplytrust.model.subject import ArtifactKind, Subject
from supplytrust.model.vocabulary import OMITTED_BY_DEFAULT, Area, EdgeKind, Outcome, Status, Veto

TOOL_NAME = "supplytrust"


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
    """One file of the release. `judged`: the one this record is about; its digest is the statement's subject.

    `size` is in bytes (None: not known), the digests are lower-case hex ('' when not known).
    """

    file_name: str
    kind: ArtifactKind
    size: int | None
    sha256: str
    sha384: str
    judged: bool
    sha512: str = field(default="", metadata=OMITTED_BY_DEFAULT)


@dataclass(frozen=True, slots=True)
class Trustee:
    """Who is trusted: the package, its files, and the source it was traced to ('' when it was not).

    The judged file, if there is one, comes first.
    """

    purl: str
    type: str
    namespace: str
    name: str
    version: str
    artifacts: tuple[File, ...]
    source_repository: str = ""
    source_commit: str = ""

    @classmethod
    def of(cls, subject: Subject, *, source_repository: str = "", source_commit: str = "") -> Trustee:
        """The package that was judged, with the source its release was traced to."""
        judged = ((subject.artifact, True),) if subject.artifact else ()
        files = (*judged, *((other, False) for other in subject.others))
        return cls(
            purl=subject.purl,
            type=subject.type,
            namespace=subject.namespace,
            name=subject.name,
            version=subject.version,
            artifacts=tuple(
                File(a.file_name, a.kind, a.size, a.sha256, a.sha384, judged, a.sha512) for a, judged in files
            ),
            source_repository=source_repository,
            source_commit=source_commit,
        )

    @property
    def artifact(self) -> File | None:
        """The judged file; None when no file of the release was read."""
        return next((file for file in self.artifacts if file.judged), None)

    @property
    def others(self) -> tuple[File, ...]:
        """The other files of the release, which this record does not speak for."""
        return tuple(file for file in self.artifacts if not file.judged)


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """The policy by name, epoch (a newer one outranks) and digest."""

    id: str
    epoch: int
    digest: str


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """Why the outcome is what it is: a code for programs, a text for people, the path to the node."""

    code: str
    text: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gain:
    """A signal that is not observed, and the weight its support would add."""

    signal: str
    gain: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What is missing in an area, and the smallest evidence that supplies it; `subject` '' is the trustee.

    `missing` is a weight. `evidence` empty together with `blockers`: only resolving those would change it.
    `single` lists every piece that would be enough by itself. `must_haves` are needed besides; `until` is when a
    cool-down ends. `subject` is the purl of a dependency.
    """

    subject: str = ""
    area: Area
    missing: float
    evidence: tuple[Gain, ...] = ()
    single: tuple[Gain, ...] = ()
    blockers: tuple[str, ...] = ()
    must_haves: tuple[str, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CountedWeight:
    """What a finding weighed for and against after reliability, ageing and cap; `basis`: corpus or expert."""

    favourable: float
    opposing: float
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedFinding:
    """A signal's finding. `reason` is given exactly when nothing was observed.

    `because` says it in words, `weight` how much it counted in its independence group, `at` when the fact was
    true, `until` when it ends or when looking again makes sense. `evidence` are ids of the evidence file.
    """

    signal: str
    status: Status
    because: str
    grade: str = ""
    group: str = ""
    weight: CountedWeight
    at: datetime | None = None
    until: datetime | None = None
    reason: NotObservedReason | None = None
    veto: Veto | None = None
    evidence: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AreaVerdict:
    """One area. Belief, disbelief and uncertainty add up to 1; `threshold` "0": the area is not required.

    `coverage` is the share (0 to 1) of this area's questions that were answered.
    """

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


class AreaVerdicts(Mapping[Area, AreaVerdict]):
    """The verdict of each area, by `Area` or by its name: `areas["integrity"]`. Nobody can change it."""

    __slots__ = ("_verdicts",)

    def __init__(self, verdicts: Mapping[Area, AreaVerdict]) -> None:
        self._verdicts = dict(verdicts)

    def __getitem__(self, area: str) -> AreaVerdict:
        if area not in self._verdicts:
            raise KeyError(area)
        return self._verdicts[Area(area)]

    def __iter__(self) -> Iterator[Area]:
        return iter(self._verdicts)

    def __len__(self) -> int:
        return len(self._verdicts)

    def __repr__(self) -> str:
        return f"AreaVerdicts({self._verdicts!r})"


@dataclass(frozen=True, slots=True)
class VetoFact:
    """A fact outside the numbers: it refuses whatever else is known."""

    veto: Veto
    because: str


@dataclass(frozen=True, slots=True)
class RequiredAssurance:
    """An assurance the policy requires: present, not-observed or contradicted."""

    signal: str
    state: str


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
class CoveringRecord:
    """A record of its own that a dependency has and that admits: its digest (`sha256:<hex>`) and its end."""

    digest: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class RiskShare:
    """A package's part of the risk, in the relying party's unit of loss."""

    subject: str
    risk: float


@dataclass(frozen=True, slots=True)
class Risk:
    """Between what is known to be doubtful (low) and what is not known to be otherwise (high).

    An interval, not a probability: doubt times impact, summed over the graph, in the relying party's unit of
    loss, against its `budget`. `top` names the largest shares.
    """

    low: float
    high: float
    budget: float
    top: tuple[RiskShare, ...] = ()


VENDOR = "vendor"  # ships nothing: on its word something is let in


@dataclass(frozen=True, slots=True)
class SinglePoint:
    """Someone or something that alone can ship a share of what is trusted, or on whose word it is let in (VENDOR)."""

    kind: str  # account, key, organization, builder, host, vendor
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
class OpenQuestion:
    """A question without an answer, and why."""

    signal: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRecord:
    """The trust record. `dependencies` null: not looked at; an empty array: there are none.

    It holds from `not_before` (inclusive) to `expires` (exclusive) at the latest. `held_back_at` is the first
    moment the outcome would stop being ADMIT on this evidence, if it is ADMIT. `supersedes` is the digest of the
    record before it, `workload` what a gate binds besides the digest. `crit` lists names under `ext` that a reader
    must understand or refuse (RFC 7515, 4.1.11).
    """

    trustor: Trustor
    trustee: Trustee
    context: Context
    assessed_at: datetime
    not_before: datetime
    expires: datetime
    review_by: datetime
    held_back_at: datetime | None = None
    policy: PolicyRef
    outcome: Outcome
    reasons: tuple[Reason, ...]
    would_change: tuple[Missing, ...]
    areas: AreaVerdicts
    vetoes: tuple[VetoFact, ...] = ()
    must_haves: tuple[RequiredAssurance, ...] = ()
    exceptions: tuple[Exemption, ...] = ()
    dependencies: tuple[DependencyVerdict, ...] | None = None
    risk: Risk | None = None
    footprint: Footprint | None = None
    evidence: tuple[EvidenceRef, ...] = ()
    not_observed: tuple[OpenQuestion, ...] = ()
    supersedes: str = ""
    workload: Mapping[str, object] | None = None
    crit: tuple[str, ...] = ()
    ext: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def rests_on_passing_fault(self) -> bool:
        """Whether a question went unanswered for a reason that may be gone the next time it is asked."""
        passing = {reason.value for reason in NotObservedReason if reason.is_passing_fault}
        return any(question.reason.partition(":")[0] in passing for question in self.not_observed)

    def to_json(self) -> str:
        """The record's in-toto Statement as canonical JSON (RFC 8785): the very text that is signed.

        `supplytrust.load` reads it back without loss. MalformedRecordError for what could not be read back.
        """
        return supplytrust.render(self, "json")

    def to_text(self) -> str:
        """The record as one screen of plain text: the outcome first, what to do next last."""
        return supplytrust.render(self, "text")
