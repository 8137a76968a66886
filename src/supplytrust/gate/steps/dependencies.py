"""Every dependency was looked at, is covered by a record where the policy asks for one, and holds now.

One signature covers them all: the record lists the digests of the dependencies' own records.
"""

from __future__ import annotations

from datetime import datetime

from supplytrust.gate.codes import Code
from supplytrust.gate.context import AdmissionContext
from supplytrust.gate.denial import GateDenied
from supplytrust.gate.payload_parts import DependencyEntry
from supplytrust.model.vocabulary import Outcome

ORDER, ENDS = 160, False


def check(case: AdmissionContext) -> None:
    """A refused dependency denies whatever its kind; the rest is as the policy says by kind."""
    entries = case.payload.dependencies
    if entries is None:
        raise GateDenied(Code.DEP_MISSING, "dependencies", "nobody looked at the dependencies")
    ends: set[datetime] = set()
    for entry in entries:
        _one(case, entry)
        if entry.expires is not None:
            ends.add(entry.expires)
    case.until += sorted(ends)[:1]


def _one(case: AdmissionContext, entry: DependencyEntry) -> None:
    policy = case.policy
    if entry.kind in policy.record_kinds and not entry.record:
        case.deny(Code.DEP_MISSING, "dependencies", f"{entry.purl} has no record")
    judged = entry.record or entry.kind in policy.record_kinds or entry.kind in policy.outcome_kinds
    if entry.expires is None and judged:
        case.deny(Code.DEP_EXPIRED, "dependencies", f"{entry.purl} does not say until when it holds")
    if entry.expires is not None and case.at >= entry.expires:
        case.deny(Code.DEP_EXPIRED, "dependencies", f"{entry.purl} held until {entry.expires.isoformat()}")
    refused = entry.outcome is Outcome.REFUSE
    if refused or (entry.kind in policy.outcome_kinds and entry.outcome is not Outcome.ADMIT):
        case.deny(Code.DEP_DENIED, "dependencies", f"{entry.purl} is {entry.outcome.name}")
