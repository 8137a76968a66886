"""What a signal answers, its card, what it weighs, and the opinion that comes of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from supplytrust.model.claims.claim import Claim
from supplytrust.model.evidence import NotObserved, NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.policy import Context, PurposeTable, TrustedBuilder
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


def _alike(_source: str) -> float:
    return 1.0


def _nobody(_signal_id: str) -> Signal | None:
    return None


@dataclass(frozen=True, slots=True)
class AppraisalContext:
    """What a signal may know besides evidence: the clock of the judgement and the asked-for context.

    `purposes` is the table of what a purpose needs; `other` finds another signal by id (None: there is none), for the
    questions that are about answers; `builders` are those that the policy trusts by name; `reliability` is how far it
    believes a source (0 to 1), for choosing among words that say the same.
    """

    at: datetime
    context: Context
    cooldown_hours: int = 72
    purposes: PurposeTable = field(default_factory=PurposeTable)
    other: Callable[[str], Signal | None] = _nobody
    builders: tuple[TrustedBuilder, ...] = ()
    reliability: Callable[[str], float] = _alike


class Signal(Protocol):
    """A module of `signals/<area>/`: a card and one pure function."""

    META: SignalMeta

    def ask(self, subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
        """Answer the question of this signal. Never raises on evidence that is well typed."""
        ...


# Belief, disbelief and uncertainty of an area (Josang, Subjective Logic, 2016, binomial opinions).

PRIOR_WEIGHT = 2.0


@dataclass(frozen=True, slots=True)
class Opinion:
    """From favourable weight r and opposing weight s, both finite and >= 0; uncertainty is never 0.

    Belief is a degree of assurance under a policy. It is not the probability of anything. A weight that is
    negative, not finite or so large that no uncertainty is left is a ValueError.
    """

    favourable: float = 0.0
    opposing: float = 0.0

    def __post_init__(self) -> None:
        total = self.favourable + self.opposing
        if not (self.favourable >= 0 and self.opposing >= 0 and math.isfinite(total)):
            raise ValueError(f"weights {self.favourable}, {self.opposing} must be finite and not negative")

    @property
    def belief(self) -> float:
        """Belief: b = r / (r + s + 2)."""
        return self.favourable / (self.favourable + self.opposing + PRIOR_WEIGHT)

    @property
    def disbelief(self) -> float:
        """Disbelief: d = s / (r + s + 2)."""
        return self.opposing / (self.favourable + self.opposing + PRIOR_WEIGHT)

    @property
    def uncertainty(self) -> float:
        """Uncertainty: u = 2 / (r + s + 2)."""
        return PRIOR_WEIGHT / (self.favourable + self.opposing + PRIOR_WEIGHT)


# A weighed statement: a finding after the weight table gave it numbers. The atom of the algebra.


@dataclass(frozen=True, slots=True)
class Statement:
    """Evidence item e of the trust model: who says what about which subject, how strongly, since when.

    `favourable` and `opposing` are weights (likelihood ratio minus one), finite and >= 0.
    `half_life_days` is > 0 and may be `math.inf`. Opposition does not age; it ends by a newer statement of
    the same key. `claim` is the signal's id, `group` the independence group (a trust domain). Times carry
    their zone. Anything else is a ValueError: what is built can be computed with.
    """

    subject: str
    area: Area
    group: str
    claim: str
    source: str
    at: datetime
    favourable: float = 0.0
    opposing: float = 0.0
    half_life_days: float = math.inf
    expires: datetime | None = None
    id: str = ""

    def __post_init__(self) -> None:
        for name, weight in (("favourable", self.favourable), ("opposing", self.opposing)):
            if not (math.isfinite(weight) and weight >= 0):
                raise ValueError(f"{name} weight of {self.claim} is {weight}: not finite and >= 0")
        if not self.half_life_days > 0:
            raise ValueError(f"half-life of {self.claim} is {self.half_life_days}; it must be above 0")
        for name, time in (("at", self.at), ("expires", self.expires)):
            if time is not None and time.tzinfo is None:
                raise ValueError(f"`{name}` of {self.claim} has no time zone")

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """Only the newest statement of a key counts."""
        return (self.subject, self.area.value, self.group, self.claim, self.source)
