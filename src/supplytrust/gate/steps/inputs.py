"""Everything that is needed was given, is within its cap, and is read exactly once."""

from __future__ import annotations

from supplytrust.errors import UsageError
from supplytrust.gate.codes import Code
from supplytrust.gate.context import AdmissionContext
from supplytrust.gate.denial import GateDenied
from supplytrust.gate.intake import Source, need, take
from supplytrust.gate.policy_file import MAX_POLICY, read_policy
from supplytrust.gate.rules import GatePolicy

ORDER, ENDS = 10, True
MAX_WORKLOAD = 100_000_000
MAX_CONFIG = 1_000_000
MAX_ENVELOPE = 8 * 2**20
_MAGIC = b"\0asm"


def check(case: AdmissionContext) -> None:
    """Read workload, configuration, envelope and gate policy."""
    given = case.inputs
    case.policy = _policy(given.gate_policy)
    case.bound["policy"] = case.policy.digest
    if given.envelope is None:
        raise GateDenied(Code.ENVELOPE, "envelope", "there is no record")
    case.envelope = need(given.envelope, MAX_ENVELOPE, "envelope", Code.ENVELOPE)
    if given.workload is None:
        raise GateDenied(Code.NOT_WASM, "workload", "there is no workload")
    case.workload = need(given.workload, MAX_WORKLOAD, "workload", Code.NOT_WASM)
    if given.config is not None:
        case.config = need(given.config, MAX_CONFIG, "config", Code.CONFIG_DIGEST)
    if case.workload[:4] != _MAGIC:
        raise GateDenied(Code.NOT_WASM, "workload", "has no WebAssembly header")


def _policy(given: GatePolicy | Source | None) -> GatePolicy:
    if given is None:
        raise GateDenied(Code.GATE_POLICY, "policy", "there is no gate policy")
    if isinstance(given, GatePolicy):
        return given
    try:
        return read_policy(take(given, MAX_POLICY, "policy"))
    except (UsageError, OSError) as error:
        raise GateDenied(Code.GATE_POLICY, "policy", str(error)) from None
