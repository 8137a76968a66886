"""Why is it so? A stable code for programs, and one plain line for people.

Codes: `veto:<name>`, `must-have-missing`, `must-have-contradicted`, `cooling-down`, `area-below`,
`area-unknown`, `cannot-reach`, `exception_reason`, `dependency`, `dependencies-unknown`, `nothing-required`.
"""

from __future__ import annotations

from datetime import UTC, datetime

from supplytrust.appraisal.algebra.explain import missing_weight
from supplytrust.appraisal.algebra.requirement import MustHave
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.finding import CONTROL_CHANGED, Finding
from supplytrust.model.opinion import Opinion
from supplytrust.model.policy import Exemption
from supplytrust.model.record import AreaVerdict, Reason, WeighedFinding
from supplytrust.model.vocabulary import Area, Outcome, Status, Veto


def veto_reason(veto: Veto, finding: Finding) -> Reason:
    """A fact that no weight can answer."""
    return Reason(f"veto:{veto.value}", f"{finding.signal}: {finding.because}")


def must_have(signal: str, value: MustHave, answer: Finding | None) -> Reason:
    """A required assurance that is contradicted, waited for, or not there."""
    said = f": {answer.because}" if answer is not None and answer.because else ""
    if value is MustHave.CONTRADICTED:
        return Reason("must-have-contradicted", f"{signal} is required and does not hold{said}")
    if answer is not None and answer.reason is NotObservedReason.COOLING_DOWN:
        end = f"; until {_minute(answer.until)}" if answer.until else ""
        return Reason("cooling-down", f"{signal}{said}{end}")
    return Reason("must-have-missing", f"{signal} is required and was not observed{said}")


def area(judged: Area, verdict: AreaVerdict) -> Reason:
    """A required area that is not admitted."""
    name, theta = judged.value, verdict.threshold
    if verdict.outcome is Outcome.REFUSE:
        most = 1 - verdict.disbelief
        return Reason("cannot-reach", f"{name}: {_words(verdict, 1)}at most {most:.2f} of {theta:.2f} is left")
    lacking = f"weight {missing_weight(Opinion(verdict.favourable, verdict.opposing), theta):.1f} is missing"
    if verdict.favourable == 0 and verdict.opposing == 0:
        return Reason("area-unknown", f"{name}: {_words(verdict)}nothing that counts is known; {lacking}")
    belief = f"belief {verdict.belief:.2f} is below {theta:.2f}"
    return Reason("area-below", f"{name}: {_words(verdict)}{belief}; {lacking}")


def facts(verdict: AreaVerdict) -> tuple[str, ...]:
    """What was seen and did not speak for the area, the gravest first.

    First what opposes, by weight; then a change of hands; then what was looked at and held. By name among equals.
    """
    seen = sorted((_gravity(w), w.signal, w.because) for w in verdict.findings)
    return tuple(dict.fromkeys(because for gravity, _, because in seen if gravity < (2, 0.0) and because))


def _words(verdict: AreaVerdict, most: int = 3) -> str:
    """The facts as words before the numbers."""
    return "".join(f"{because}; " for because in facts(verdict)[:most])


def _gravity(weighed: WeighedFinding) -> tuple[int, float]:
    if weighed.weight.opposing > 0:
        return 0, -weighed.weight.opposing
    if weighed.status is Status.NOT_OBSERVED and weighed.grade == CONTROL_CHANGED:
        return 1, -1.0
    return (1, 0.0) if weighed.reason is NotObservedReason.INCONCLUSIVE else (2, 0.0)


def refuses(reason: Reason) -> bool:
    """Whether this reason alone makes a package REFUSE."""
    return reason.code.startswith("veto:") or reason.code in {"must-have-contradicted", "cannot-reach"}


def exception_reason(covered: Area, exemption: Exemption) -> Reason:
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
