"""Neither record, subject, key nor the record of any dependency is on a fresh, verified status list."""

from __future__ import annotations

from datetime import datetime, timedelta

from supplytrust.gate.codes import Code
from supplytrust.gate.context import AdmissionContext
from supplytrust.gate.intake import need
from supplytrust.gate.state import RememberedEpochs
from supplytrust.gate.status import StatusList, read_status

ORDER, ENDS = 120, False
MAX_STATUS = 8 * 2**20


def check(case: AdmissionContext) -> None:
    """A list that was handed in is always judged; one that is required must be there."""
    rules, given = case.policy.status, case.inputs.status
    if given is None:
        if rules.required:
            case.deny(Code.STATUS_STALE, "status", "there is no status list")
        return
    listed = read_status(need(given, MAX_STATUS, "status", Code.STATUS_STALE), rules.keys)
    case.status = listed
    case.bound["status"] = listed.digest
    case.learn(RememberedEpochs(sequences={listed.id: listed.sequence}))
    _fresh(case, listed)
    _check_revoked(case, listed)


def _fresh(case: AdmissionContext, listed: StatusList) -> None:
    rules = case.policy.status
    if rules.id and listed.id != rules.id:
        case.deny(Code.STATUS_STALE, "status.id", "is another list than the policy names")
    if listed.sequence < case.seen.sequences.get(listed.id, 0):
        case.deny(Code.STATUS_STALE, "status.sequence", f"{listed.sequence} is lower than one seen before")
    if case.at + timedelta(seconds=case.policy.record.skew_seconds) < listed.issued:
        case.deny(Code.STATUS_STALE, "status.issued", "is in the future")
    ends: list[datetime] = [listed.next_update]
    if rules.max_age_hours is not None:
        ends.append(listed.issued + timedelta(hours=rules.max_age_hours))
    if case.at >= min(ends):
        case.deny(Code.STATUS_STALE, "status.nextUpdate", f"was fresh until {min(ends).isoformat()}")
    case.until += ends


def _check_revoked(case: AdmissionContext, listed: StatusList) -> None:
    for name, where, revoked in (
        ("record", case.bound["record"], listed.records),
        ("subject", case.bound["wasm"], listed.subjects),
        ("key", case.bound["key"], listed.keys),
    ):
        if where in revoked:
            case.deny(Code.REVOKED, name, f"{where} is revoked")
    for entry in case.payload.dependencies or ():
        if entry.record and entry.record in listed.records:
            case.deny(Code.REVOKED, "dependencies", f"the record of {entry.purl} is revoked")
