"""What was observed, by whom, when; and what could not be observed, and why.

Everything above this page reads the world and produces `Evidence`; everything below it is a function of
(evidence, policy, context, time). Terms follow RFC 9334 (claims, evidence).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar, cast

from supplytrust.model.claims.claim import Claim
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import EdgeKind

C = TypeVar("C", bound=Claim)
C_co = TypeVar("C_co", bound=Claim, covariant=True)


class NotObservedReason(enum.StrEnum):
    """Why something was not observed. None of these is evidence for or against."""

    NOT_LOOKED = "not-looked"  # no source was asked (switched off, does not apply to this ecosystem)
    NOT_FOUND = "not-found"  # the other side has none
    NOT_PUBLISHED = "not-published"  # the release does not carry what would answer the question
    NOT_APPLICABLE = "not-applicable"
    NO_PREDECESSOR = "no-predecessor"
    FIRST_SIGHT = "first-sight"  # the ledger knows nothing yet to compare with
    COOLING_DOWN = "cooling-down"
    UNREACHABLE = "unreachable"
    OFFLINE = "offline"
    RATE_LIMITED = "rate-limited"
    REFUSED = "refused"
    MALFORMED = "malformed"
    TOO_LARGE = "too-large"
    TOOL_MISSING = "tool-missing"
    INCOMPLETE = "incomplete"  # partial data, from which no number may be drawn
    INCONCLUSIVE = "inconclusive"  # looked at, and it does not decide the question
    STALE = "stale"
    DEPENDS = "depends"  # an earlier fact that this one needs is missing
    INTERNAL = "internal"

    @property
    def is_passing_fault(self) -> bool:
        """Whether it tells of a moment and not of the package: asked again, the other side may answer."""
        return self in _PASSING_FAULTS


_PASSING_FAULTS = frozenset(
    {
        NotObservedReason.UNREACHABLE,
        NotObservedReason.OFFLINE,
        NotObservedReason.RATE_LIMITED,
        NotObservedReason.INTERNAL,
    }
)


@dataclass(frozen=True, slots=True)
class Observation(Generic[C_co]):
    """One claim, as one source made it.

    `id` is derived from source and claim (see `records.evidence_file`), so the same statement has the same
    id wherever it is seen. `digest` is `sha256:<hex>` of the bytes the claim was read from, when there were
    such bytes. `method` says in a few words how it came about.
    """

    id: str
    source: str
    observed_at: datetime
    method: str
    digest: str
    claim: C_co


@dataclass(frozen=True, slots=True, order=True)
class NotObserved:
    """A claim that a source could not make, with the reason and one line of detail."""

    claim: str
    source: str
    reason: NotObservedReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SubjectEvidence:
    """All that is known and not known about one subject. Order of arrival leaves no trace."""

    subject: Subject
    observations: tuple[Observation[Claim], ...] = ()
    gaps: tuple[NotObserved, ...] = ()

    def __post_init__(self) -> None:
        told = sorted(self.observations, key=lambda o: (o.id, o.observed_at, o.method, o.digest), reverse=True)
        unique = {o.id: o for o in told}
        ordered = sorted(unique.values(), key=lambda o: (type(o.claim).__name__, o.id))
        object.__setattr__(self, "observations", tuple(ordered))
        object.__setattr__(self, "gaps", tuple(sorted(set(self.gaps))))

    def all(self, kind: type[C]) -> tuple[Observation[C], ...]:
        """Every observation of this kind of claim, newest first."""
        found = [cast("Observation[C]", o) for o in self.observations if isinstance(o.claim, kind)]
        return tuple(sorted(found, key=lambda o: (o.observed_at, o.id), reverse=True))

    def newest(self, kind: type[C]) -> Observation[C] | None:
        """The newest observation of this kind, or None: then `gap` says why."""
        found = self.all(kind)
        return found[0] if found else None

    def gap(self, kind: type[Claim]) -> NotObserved:
        """Why a kind of claim is missing; `not-looked` when no source was even asked."""
        for gap in self.gaps:
            if gap.claim == kind.__name__:
                return gap
        return NotObserved(kind.__name__, "", NotObservedReason.NOT_LOOKED, "no source was asked")


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """`parent` depends on `child` (both purls).

    `how` it is known: static, dynamic, host (the system must bring it), declared, called (by code, at a constant
    address), rebuilt with (a rebuild used it) or inferred.
    """

    parent: str
    child: str
    kind: EdgeKind
    how: str = "declared"
    via: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The frozen result of looking: one `SubjectEvidence` a node, and the edges between them.

    `edges is None` means dependencies were not looked at; an empty tuple means there are none.
    `collected_at` is the clock of the collection, or the day that was asked for with `--at` if earlier.
    """

    root: str
    collected_at: datetime
    nodes: tuple[SubjectEvidence, ...]
    edges: tuple[Edge, ...] | None = None
    tool: str = field(default="supplytrust")

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", tuple(sorted(self.nodes, key=lambda n: n.subject.purl)))
        if self.edges is not None:
            object.__setattr__(self, "edges", tuple(sorted(set(self.edges))))

    def node(self, purl: str) -> SubjectEvidence:
        """The evidence about one subject of the graph; KeyError when it is not part of it."""
        for node in self.nodes:
            if node.subject.purl == purl:
                return node
        raise KeyError(purl)
