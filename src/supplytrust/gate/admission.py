"""May these bytes, with this configuration, enter this platform under this policy, now? Deny is where it starts.

The checks and their order are in `checks`. Nothing raises out of here, nothing is fetched, every input is read once,
and what was read is what is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from supplytrust.gate.context import AdmissionContext, Inputs
from supplytrust.gate.denial import Code, GateDenied, reason
from supplytrust.gate.freshness import RememberedEpochs
from supplytrust.model.admission import Decision, DenyReason

if TYPE_CHECKING:
    from supplytrust.gate.freshness import State
    from supplytrust.gate.inputs import Source
    from supplytrust.gate.platforms.claims import PlatformClaims
    from supplytrust.gate.policy import GatePolicy

NEVER = datetime(1, 1, 1, tzinfo=UTC)


def admit(
    workload: Source | None,
    *,
    envelope: Source | None,
    gate_policy: GatePolicy | Source | None,
    at: datetime,
    config: Source | None = None,
    status: Source | None = None,
    platform: PlatformClaims | Source | None = None,
    state: State | None = None,
) -> Decision:
    """Judge one workload. Never raises: whatever goes wrong is a denial with its code.

    Args:
        workload: the WebAssembly module or component; like all inputs as bytes, an open descriptor or a path. None
            is an input that is missing, and denied.
        envelope: the signed record.
        gate_policy: the rules of this place, read or not.
        at: the moment of the decision, with a time zone.
        config: the configuration the workload would run with (Enarx.toml, spin.toml, ...).
        status: the signed list of revocations.
        platform: what the machine attests about itself.
        state: the newest epochs seen so far, kept between decisions.

    Returns:
        A Decision that admits only if every check held. It then carries the judged bytes: load those.

    Example:
        >>> import supplytrust as st
        >>> decision = st.admit("main.wasm", envelope="main.json", gate_policy="gate.toml", at=now)  # doctest: +SKIP
        >>> [reason.code for reason in decision.reasons]  # doctest: +SKIP
        ['expired']
    """
    try:
        case = AdmissionContext(Inputs(workload, config, envelope, gate_policy, status, platform, state, at), at)
        _run(case)
        return _decision(case)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return Decision(admit=False, reasons=(_internal("admit", error),), decided_at=_moment(at))


def _run(case: AdmissionContext) -> None:
    from supplytrust.gate.checks import CHECKS

    held: set[str] = set()
    for name, run, needs in CHECKS:
        if held.issuperset(needs) and _holds(case, name, run):
            held.add(name)
    _remember(case)


def _holds(case: AdmissionContext, name: str, run: Callable[[AdmissionContext], None]) -> bool:
    before = case.denials
    try:
        run(case)
    except GateDenied as denied:
        case.note(denied.reason)
    except Exception as error:  # noqa: BLE001 - whatever a check meets is a denial
        case.note(_internal(name, error))
    return case.denials == before


def _remember(case: AdmissionContext) -> None:
    """Verified news (a newer list or epoch) is kept also when it denies, else the older one would work again."""
    state = case.inputs.state
    if state is None:
        return
    learned = case.learned if case.reasons else case.learned.with_more(RememberedEpochs(last=case.at))
    if learned == RememberedEpochs():
        return
    try:
        newer = state.advance(learned).overtakes(learned)
    except Exception as error:  # noqa: BLE001 - a state is anybody's code
        case.deny(Code.STATE, "state", f"cannot be written: {error}")
        return
    if newer and not case.reasons:
        case.deny(Code.POLICY_ROLLBACK, "state", f"a newer {newer} was seen while this was judged")


def _decision(case: AdmissionContext) -> Decision:
    admitted = not case.reasons
    return Decision(
        admit=admitted,
        reasons=tuple(case.reasons),
        decided_at=_moment(case.at),
        valid_until=min(case.until) if admitted and case.until else None,
        bound=MappingProxyType(dict(case.bound)),
        workload_bytes=case.workload if admitted else b"",
        config_bytes=case.config if admitted else None,
    )


def _internal(step: str, error: BaseException) -> DenyReason:
    return reason(Code.INTERNAL, step, f"{type(error).__name__}: {error}")


def _moment(at: object) -> datetime:
    return at if isinstance(at, datetime) else NEVER
