"""Does it meet what is required, and until when? Areas, must-haves, vetoes and exceptions; the worst of them decides.

An admission ends at the first moment at which ageing or an ended exception makes an outcome worse.
"""

from __future__ import annotations

import enum
import itertools
import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from supplytrust.appraisal.algebra.opinion import State, favour, opinion, reliability
from supplytrust.model.finding import Finding, Opinion
from supplytrust.model.policy import Exemption, Policy
from supplytrust.model.subject import release_of
from supplytrust.model.vocabulary import Area, Outcome, Status, Veto

TOLERANCE = 1e-12


class MustHave(enum.StrEnum):
    """The three values of an assurance that must be there (Kleene's strong logic: unknown stays unknown)."""

    PRESENT = "present"
    NOT_OBSERVED = "not-observed"
    CONTRADICTED = "contradicted"


_MEANS = {
    MustHave.PRESENT: Outcome.ADMIT,
    MustHave.NOT_OBSERVED: Outcome.REFER,
    MustHave.CONTRADICTED: Outcome.REFUSE,
}


def area_outcome(opinion: Opinion, theta: float) -> Outcome:
    """ADMIT when belief reaches theta, REFUSE when even b + u cannot, else REFER. 0: not required.

    A theta outside [0, 1) is a ValueError: nothing could reach it, and no missing weight could be named.
    """
    if not 0 <= theta < 1:
        raise ValueError(f"threshold {theta} is not in [0, 1)")
    if theta == 0 or opinion.belief >= theta - TOLERANCE:
        return Outcome.ADMIT
    if 1 - opinion.disbelief < theta - TOLERANCE:
        return Outcome.REFUSE
    return Outcome.REFER


def vetoes(findings: Iterable[Finding], policy: Policy) -> tuple[tuple[Veto, Finding], ...]:
    """The opposing findings that end the question, in order of veto and signal.

    A veto does not ask for the source's reliability: it is a fact, and a refusal that turns out to be wrong
    costs less than an admission that does.
    """
    known = {*policy.veto_always, *policy.veto_also}
    found = [(f.veto, f) for f in findings if f.veto in known and f.status is Status.OPPOSES and f.veto]
    return tuple(sorted(found, key=lambda pair: (pair[0], pair[1].signal, pair[1].because)))


def must_have(signal: str, findings: Iterable[Finding], policy: Policy, at: datetime) -> MustHave:
    """Whether a required assurance is present at `at`.

    Only findings count of which every source is listed by the policy and that are not dated later than `at`.
    """
    own = [f for f in findings if f.signal == signal]
    if any(f.status is Status.OPPOSES and _counts(f, policy, at) for f in own):
        return MustHave.CONTRADICTED
    if any(_supports(f, policy, at) for f in own):
        return MustHave.PRESENT
    return MustHave.NOT_OBSERVED


def must_have_until(signal: str, findings: Iterable[Finding], policy: Policy, at: datetime) -> datetime | None:
    """When the last finding that makes an assurance present ends; None when one of them has no end."""
    ends = [f.until for f in findings if f.signal == signal and _supports(f, policy, at)]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def must_have_outcome(state: MustHave) -> Outcome:
    """Present has no effect, not observed is REFER, contradicted is REFUSE."""
    return _MEANS[state]


def exception_in_force(purl: str, area: Area, policy: Policy, at: datetime) -> Exemption | None:
    """The exception in force for this area of this exact version; of several the one that lasts longest."""
    release = release_of(purl)
    covering = [
        e
        for e in policy.exemptions
        if "@" in release and e.subject in (purl, release) and area in e.covers and at < e.expires
    ]
    return max(covering, key=lambda e: (e.expires, e.owner, e.reason), default=None)


def subject_outcome(vetoed: Iterable[Veto], must_haves: Iterable[Outcome], areas: Iterable[Outcome]) -> Outcome:
    """The worst of vetoes (each REFUSE), must-haves and required areas. Areas are never averaged."""
    if any(True for _ in vetoed):
        return Outcome.REFUSE
    return max((*must_haves, *areas), default=Outcome.ADMIT)


def _counts(finding: Finding, policy: Policy, at: datetime) -> bool:
    dated = finding.at is not None and finding.at <= at
    return dated and bool(finding.sources) and all(reliability(s, policy) for s in finding.sources)


def _supports(finding: Finding, policy: Policy, at: datetime) -> bool:
    lasting = finding.until is None or at < finding.until
    return finding.status is Status.SUPPORTS and lasting and _counts(finding, policy, at)


# --- Until when does it hold? The first moment an admission ends, and the smallest loss that would end it.

HORIZON = timedelta(days=36525)  # a hundred years: what holds that long holds for every practical end
_TICK = timedelta(microseconds=1)


def worsens_at(
    state: State, area: Area, theta: float, policy: Policy, at: datetime, *, beyond: Outcome = Outcome.ADMIT
) -> datetime | None:
    """The first moment after `at` at which the area is worse than `beyond`; None: not within the horizon."""
    own = State(tuple(s for s in state.statements if s.area is area))
    return first_moment(lambda t: area_outcome(opinion(own, area, policy, t), theta) > beyond, at)


def first_moment(ended: Callable[[datetime], bool], at: datetime) -> datetime | None:
    """The first t >= at for which a condition holds that never stops holding once it does."""
    horizon = min(HORIZON, datetime.max.replace(tzinfo=UTC) - at)
    low, high = -1, horizon // _TICK
    if not ended(at + high * _TICK):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if ended(at + middle * _TICK) else (middle, high)
    return at + high * _TICK


def valid_until(at: datetime, flips_at: datetime | None, policy: Policy) -> datetime:
    """The policy's greatest age, or the end of the admission if that is earlier."""
    aged = at + timedelta(days=policy.max_age_days)
    return aged if flips_at is None else min(aged, flips_at)


def margin(state: State, area: Area, theta: float, policy: Policy, at: datetime) -> tuple[str, ...]:
    """The smallest set of claims whose loss ends the admission of an area; () when none does (theta 0).

    Exact: `losses[n]` is the most favourable weight that n lost statements can take away. Inside a group
    the best statements must go first, so only the number taken from each group is open.
    """
    if theta <= 0:
        return ()
    view = opinion(state, area, policy, at)
    losses: dict[int, tuple[float, tuple[str, ...]]] = {0: (0.0, ())}
    for ladder in _ladders(state, area, policy, at):
        losses = _combine_losses(losses, ladder)
    for count in sorted(losses):
        lost, claims = losses[count]
        left = Opinion(max(0.0, view.favourable - lost), view.opposing)
        if area_outcome(left, theta) is not Outcome.ADMIT:
            return tuple(sorted(claims))
    return ()


def _ladders(state: State, area: Area, policy: Policy, at: datetime) -> list[list[tuple[float, str]]]:
    """For each group: what losing its best 1, 2, ... statements takes away, with the claim lost last."""
    held: dict[str, list[tuple[float, str]]] = {}
    for statement in state.statements:
        weight = favour(statement, policy, at) if statement.area is area else 0.0
        if weight > 0:
            held.setdefault(statement.group, []).append((weight, statement.claim))
    ladders = []
    for group in sorted(held):
        items = sorted(held[group], key=lambda item: (-item[0], item[1]))
        after = [weight for weight, _ in items[1:]] + [0.0]
        ladders.append([(items[0][0] - rest, claim) for (_, claim), rest in zip(items, after, strict=True)])
    return ladders


def _combine_losses(
    losses: dict[int, tuple[float, tuple[str, ...]]], ladder: list[tuple[float, str]]
) -> dict[int, tuple[float, tuple[str, ...]]]:
    best = dict(losses)
    names = [claim for _, claim in ladder]
    for (count, (lost, claims)), taken in itertools.product(losses.items(), range(1, len(ladder) + 1)):
        total = math.fsum((lost, ladder[taken - 1][0]))
        if total > best.get(count + taken, (-1.0, ()))[0]:
            best[count + taken] = (total, claims + tuple(names[:taken]))
    return best
