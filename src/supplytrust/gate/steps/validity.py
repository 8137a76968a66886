"""The record holds now: start inclusive, end exclusive, not older than the policy lets records get.

Skew is allowed at the start only; it never makes a record last longer.
"""

from __future__ import annotations

from datetime import timedelta

from supplytrust.gate.codes import Code
from supplytrust.gate.context import AdmissionContext

ORDER, ENDS = 110, False


def check(case: AdmissionContext) -> None:
    """Judge the record's times, then the gate policy's own end."""
    payload, policy = case.payload, case.policy
    ahead = case.at + timedelta(seconds=policy.record.skew_seconds)
    if ahead < payload.not_before:
        case.deny(Code.NOT_YET_VALID, "notBefore", f"holds from {payload.not_before.isoformat()}")
    if ahead < payload.assessed_at:
        case.deny(Code.NOT_YET_VALID, "assessedAt", f"was made at {payload.assessed_at.isoformat()}")
    if case.at >= payload.expires:
        case.deny(Code.EXPIRED, "expires", f"held until {payload.expires.isoformat()}")
    oldest = payload.assessed_at + timedelta(hours=policy.record.max_age_hours)
    if case.at >= oldest:
        case.deny(Code.EXPIRED, "assessedAt", f"older than {policy.record.max_age_hours} hours")
    case.until += [payload.expires, oldest]
    if policy.expires is not None:
        case.until.append(policy.expires)
        if case.at >= policy.expires:
            case.deny(Code.EXPIRED, "policy.expires", f"the gate policy held until {policy.expires.isoformat()}")
