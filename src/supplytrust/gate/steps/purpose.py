"""The record was made for the purpose and role the workload is let in for."""

from __future__ import annotations

from supplytrust.gate.codes import Code
from supplytrust.gate.context import AdmissionContext

ORDER, ENDS = 140, False


def check(case: AdmissionContext) -> None:
    """Trust for one context is not trust for another; a policy that lists none accepts any."""
    rules, payload = case.policy.record, case.payload
    if rules.purposes and payload.purpose not in rules.purposes:
        case.deny(Code.CONTEXT, "context.purpose", f"judged for '{payload.purpose}'")
    if rules.roles and payload.role not in rules.roles:
        case.deny(Code.CONTEXT, "context.role", f"judged as '{payload.role}'")
