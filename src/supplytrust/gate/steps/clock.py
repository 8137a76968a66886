"""The moment is given, has a zone, and is not before what this gate has already lived through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from supplytrust.gate.codes import Code
from supplytrust.gate.context import AdmissionContext
from supplytrust.gate.denial import GateDenied
from supplytrust.gate.state import RememberedEpochs

ORDER, ENDS = 20, True


def check(case: AdmissionContext) -> None:
    """Judge the clock before anything is judged by it; recall the state that later steps compare with."""
    case.at = _instant(case.inputs.at)
    policy = case.policy
    if policy.issued is not None and case.at < policy.issued:
        raise GateDenied(Code.CLOCK, "at", "before the gate policy was issued")
    case.seen = _recall(case)
    skew = timedelta(seconds=policy.record.skew_seconds)
    if case.seen.last is not None and case.at + skew < case.seen.last:
        raise GateDenied(Code.CLOCK, "at", f"before the last admission at {case.seen.last.isoformat()}")


def _instant(at: object) -> datetime:
    """Callers may be untyped; a naive time could mean any zone."""
    if not isinstance(at, datetime) or at.utcoffset() is None:
        raise GateDenied(Code.CLOCK, "at", "not a time with a zone")
    return at.astimezone(UTC)


def _recall(case: AdmissionContext) -> RememberedEpochs:
    """What was seen before; a policy that requires a state cannot be used without it."""
    if case.inputs.state is None:
        if case.policy.state_required:
            raise GateDenied(Code.STATE, "state", "the gate policy requires a state and none was handed in")
        return RememberedEpochs()
    try:
        return case.inputs.state.read()
    except Exception as error:  # noqa: BLE001 - a state is anybody's code
        raise GateDenied(Code.STATE, "state", f"cannot be read: {error}") from None
