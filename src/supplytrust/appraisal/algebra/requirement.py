"""Does it meet what is required? Areas, must-haves, vetoes and exceptions; the worst of them decides."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import datetime

from supplytrust.appraisal.algebra.fusion import reliability
from supplytrust.model.finding import Finding
from supplytrust.model.opinion import Opinion
from supplytrust.model.policy import Exemption, Policy
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
    release = purl.partition("#")[0].partition("?")[0]
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
