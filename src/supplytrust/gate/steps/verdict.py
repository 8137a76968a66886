"""The record admits, has no veto, and every area the policy lists reaches its threshold."""

from __future__ import annotations

from supplytrust.gate.codes import Code
from supplytrust.gate.context import AdmissionContext
from supplytrust.model.vocabulary import Outcome

ORDER, ENDS = 170, False


def check(case: AdmissionContext) -> None:
    """An area without any evidence is unknown, which is not below, and not enough either."""
    payload = case.payload
    if payload.outcome is not Outcome.ADMIT or payload.vetoes:
        case.deny(Code.RECORD_DENIED, "outcome", f"{payload.outcome.name}, {payload.vetoes} vetoes")
    for area, least in case.policy.areas.items():
        entry = payload.areas.get(area)
        if entry is None or (entry.belief == 0 and entry.disbelief == 0):
            case.deny(Code.AREA_UNKNOWN, f"areas.{area}", "nothing is known")
        elif entry.belief < least or entry.outcome is Outcome.REFUSE:
            case.deny(
                Code.AREA_BELOW, f"areas.{area}", f"{entry.outcome.name}, belief {entry.belief:.3f}, needs {least:.3f}"
            )
