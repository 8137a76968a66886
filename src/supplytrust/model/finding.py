"""What a signal answers, and the card that says what a signal is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from supplytrust.model.claims.claim import Claim
from supplytrust.model.context import Context
from supplytrust.model.evidence import NotObserved, NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.purpose import PurposeTable
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import Area, Lifecycle, Status, Veto

Cited = Iterable[Observation[Claim]]
CONTROL_CHANGED = "control-changed"


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one signal about one subject.

    `grade` picks the row of the weight table (`appraisal/policies/weights.toml`) when a signal has several strengths
    of support or opposition; signals themselves know no weights. `at` is when the fact was true (ageing
    starts there). `veto` is only possible on an opposing finding. `until`: for a not-observed finding, when
    looking again makes sense (the end of a cool-down); for a supporting one, when it ends (a certificate, an
    audit's term), if the fact itself says so. The grade `control-changed` (CONTROL_CHANGED) says that others
    than before can release the package, or that this was known and no longer is: reputation then weighs nothing.
    """

    signal: str
    status: Status
    because: str
    at: datetime | None = None
    grade: str = ""
    evidence: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    veto: Veto | None = None
    reason: NotObservedReason | None = None
    until: datetime | None = None

    @property
    def area(self) -> Area:
        """The area is the first half of the signal's id."""
        return Area(self.signal.partition("/")[0])


@dataclass(frozen=True, slots=True)
class SignalMeta:
    """A signal's card: `id` is `<area>/<file name>`; `claims` are the kinds of claim it reads.

    `trait` is what an ecosystem must have for the question to be asked of its packages (empty: nothing), since no
    answer of another one could mean anything. Its three methods are how a signal answers.
    """

    id: str
    claims: tuple[type[Claim], ...]
    lifecycle: Lifecycle = Lifecycle.STABLE
    since: str = "0.1"
    trait: str = ""

    def supports(
        self,
        because: str,
        cited: Cited,
        *,
        grade: str = "",
        at: datetime | None = None,
        until: datetime | None = None,
    ) -> Finding:
        """The statement that names the signal was seen to hold; `until` when the fact has its own end."""
        return self._finding(Status.SUPPORTS, because, cited, grade=grade, at=at, until=until)

    def opposes(
        self, because: str, cited: Cited, *, grade: str = "", veto: Veto | None = None, at: datetime | None = None
    ) -> Finding:
        """The statement was seen not to hold. `veto` for facts that no weight can answer."""
        return self._finding(Status.OPPOSES, because, cited, grade=grade, at=at, veto=veto)

    def not_observed(
        self,
        reason: NotObservedReason,
        because: str,
        cited: Cited = (),
        *,
        until: datetime | None = None,
        grade: str = "",
    ) -> Finding:
        """Nothing was seen either way; the reason goes into the record."""
        return self._finding(Status.NOT_OBSERVED, because, cited, grade=grade, reason=reason, until=until)

    def missing(self, evidence: SubjectEvidence, kind: type[Claim]) -> Finding:
        """The claim this signal lives on is not there: pass on the reason its source gave."""
        gap: NotObserved = evidence.gap(kind)
        return self.not_observed(gap.reason, gap.detail or f"no {kind.__name__} was collected")

    def _finding(
        self,
        status: Status,
        because: str,
        cited: Cited,
        *,
        grade: str = "",
        at: datetime | None = None,
        veto: Veto | None = None,
        reason: NotObservedReason | None = None,
        until: datetime | None = None,
    ) -> Finding:
        seen = sorted(cited, key=lambda o: o.id)
        when = at or max((o.observed_at for o in seen), default=None)
        ids = tuple(o.id for o in seen)
        sources = tuple(sorted({o.source for o in seen}))
        return Finding(self.id, status, because, when, grade, ids, sources, veto, reason, until)


def _nobody(_signal_id: str) -> Signal | None:
    return None


@dataclass(frozen=True, slots=True)
class AppraisalContext:
    """What a signal may know besides evidence: the clock of the judgement and the asked-for context.

    `purposes` is the table of what a purpose needs; `other` finds another signal by id (None: there is none), for
    the one question that is about answers.
    """

    at: datetime
    context: Context
    cooldown_hours: int = 72
    purposes: PurposeTable = field(default_factory=PurposeTable)
    other: Callable[[str], Signal | None] = _nobody


class Signal(Protocol):
    """A module of `signals/<area>/`: a card and one pure function."""

    META: SignalMeta

    def ask(self, subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
        """Answer the question of this signal. Never raises on evidence that is well typed."""
        ...
