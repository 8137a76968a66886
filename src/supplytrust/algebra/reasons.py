"""Why is it so? A stable code for programs, and one plain line for people.

Codes: `veto:<name>`, `must-have-missing`, `must-have-contradicted`, `cooling-down`, `area-below`,
`area-unknown`, `cannot-reach`, `exempted`, `dependency`, `dependencies-unknown`, `nothing-required`.
"""

from __future__ import annotations

from datetime import UTC, datetime

from supplytrust.algebra.explain import missing_weight
from supplytrust.algebra.requirement import MustHave
from supplytrust.model.evidence import GapReason
from supplytrust.model.finding import Finding
from supplytrust.model.opinion import Opinion
from supplytrust.model.policy import Exemption
from supplytrust.model.record import AreaVerdict, Reason
from supplytrust.model.words import Area, Outcome, Veto


def vetoed(veto: Veto, finding: Finding) -> Reason:
    """A fact that no weight can answer."""
    return Reason(f"veto:{veto.value}", f"{finding.signal}: {finding.because}")


def must_have(signal: str, value: MustHave, answer: Finding | None) -> Reason:
    """A required assurance that is contradicted, waited for, or not there."""
    said = f": {answer.because}" if answer is not None and answer.because else ""
    if value is MustHave.CONTRADICTED:
        return Reason("must-have-contradicted", f"{signal} is required and does not hold{said}")
    if answer is not None and answer.reason is GapReason.COOLING_DOWN:
        end = f"; until {_minute(answer.until)}" if answer.until else ""
        return Reason("cooling-down", f"{signal}{said}{end}")
    return Reason("must-have-missing", f"{signal} is required and was not observed{said}")


def area(verdict: AreaVerdict) -> Reason:
    """A required area that is not admitted."""
    name, theta = verdict.area.value, verdict.threshold
    if verdict.outcome is Outcome.REFUSE:
        most = 1 - verdict.disbelief
        told = f"{name}: what opposes it leaves at most {most:.2f} of {theta:.2f}"
        return Reason("cannot-reach", told + _strongest(verdict))
    lacking = f"weight {missing_weight(Opinion(verdict.favourable, verdict.opposing), theta):.1f} is missing"
    if verdict.favourable == 0 and verdict.opposing == 0:
        return Reason("area-unknown", f"{name}: nothing that counts is known; {lacking}")
    belief = f"belief {verdict.belief:.2f} is below {theta:.2f}"
    return Reason("area-below", f"{name}: {belief}; {lacking}")


def _strongest(verdict: AreaVerdict) -> str:
    """What weighs most against the area; the first by name among equals."""
    against = [(-w.opposing, w.finding.signal, w.finding.because) for w in verdict.findings if w.opposing > 0]
    return f": {min(against)[2]}" if against else ""


def refuses(reason: Reason) -> bool:
    """Whether this reason alone makes a package REFUSE."""
    return reason.code.startswith("veto:") or reason.code in {"must-have-contradicted", "cannot-reach"}


def exempted(covered: Area, exemption: Exemption) -> Reason:
    """A recorded residual doubt that was taken."""
    terms = f"by {exemption.owner} until {_minute(exemption.expires)}"
    return Reason("exempted", f"{covered.value}: undecided, excepted {terms}: {exemption.reason}")


def dependency(purl: str, outcome: Outcome, own: tuple[Reason, ...], path: tuple[str, ...]) -> Reason:
    """A package on the way that is not admitted, with the path that leads to it."""
    first = f": {own[0].text}" if own else ""
    return Reason("dependency", f"{purl} {outcome.name}{first}", path)


def dependencies_unknown() -> Reason:
    """The policy asks something of dependencies, and nobody looked at them."""
    return Reason("dependencies-unknown", "the policy covers dependencies and they were not looked at")


def nothing_required(purl: str) -> Reason:
    """A policy that asks nothing cannot be met."""
    return Reason("nothing-required", f"the policy requires nothing of {purl}")


def _minute(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
