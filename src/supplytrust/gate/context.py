"""One question put to the gate: what was handed in, what the steps found so far, why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from supplytrust.gate.denial import Code, GateDenied, reason
from supplytrust.gate.freshness import RememberedEpochs
from supplytrust.model.admission import DenyReason

if TYPE_CHECKING:  # each step loads what it needs
    from supplytrust.gate.freshness import State, StatusList
    from supplytrust.gate.inputs import Source
    from supplytrust.gate.payload import Payload
    from supplytrust.gate.platforms.claims import PlatformClaims
    from supplytrust.gate.policy import GatePolicy, Trustor
    from supplytrust.wasm.capability import Grants
    from supplytrust.wasm.parts import Wasm

T = TypeVar("T")
MAX_REASONS = 50


@dataclass(frozen=True, slots=True)
class Inputs:
    """As given by the caller. None means it was not given, which each step judges for itself."""

    workload: Source | None
    config: Source | None
    envelope: Source | None
    gate_policy: GatePolicy | Source | None
    status: Source | None
    platform: PlatformClaims | Source | None
    state: State | None
    at: datetime


@dataclass(slots=True)
class AdmissionContext:
    """Filled step by step. A step that needs what an earlier one did not find is not reached."""

    inputs: Inputs
    at: datetime
    reasons: list[DenyReason] = field(default_factory=list)
    denials: int = 0  # how often a reason was noted, also one too many to be kept
    bound: dict[str, str] = field(default_factory=dict)
    until: list[datetime] = field(default_factory=list)
    workload: bytes = b""
    config: bytes | None = None
    envelope: bytes = b""
    _policy: GatePolicy | None = None
    _wasm: Wasm | None = None
    _payload: Payload | None = None
    _payload_bytes: bytes | None = None
    signers: Sequence[Trustor] = ()
    grants: Grants | None = None
    status: StatusList | None = None
    platform: PlatformClaims | None = None
    seen: RememberedEpochs = field(default_factory=RememberedEpochs)
    learned: RememberedEpochs = field(default_factory=RememberedEpochs)

    def deny(self, code: Code, field_: str, detail: str) -> None:
        """Note a reason and go on, so that one answer names everything that is wrong."""
        self.note(reason(code, field_, detail))

    def note(self, why: DenyReason) -> None:
        """Keep a reason, up to a number that a hostile record cannot push: every code is still told once."""
        self.denials += 1
        if len(self.reasons) < MAX_REASONS or all(r.code != why.code for r in self.reasons):
            self.reasons.append(why)

    def learn(self, news: RememberedEpochs) -> None:
        """Verified facts to be remembered, whatever the decision is."""
        self.learned = self.learned.with_more(news)

    @property
    def policy(self) -> GatePolicy:
        """The gate's policy."""
        return _there(self._policy)

    @policy.setter
    def policy(self, value: GatePolicy) -> None:
        self._policy = value

    @property
    def wasm(self) -> Wasm:
        """The workload's parts."""
        return _there(self._wasm)

    @wasm.setter
    def wasm(self, value: Wasm) -> None:
        self._wasm = value

    @property
    def payload(self) -> Payload:
        """The verified and parsed record."""
        return _there(self._payload)

    @payload.setter
    def payload(self, value: Payload) -> None:
        self._payload = value

    @property
    def payload_bytes(self) -> bytes:
        """Verified payload bytes; there are none before the signature held."""
        return _there(self._payload_bytes)

    @payload_bytes.setter
    def payload_bytes(self, value: bytes) -> None:
        self._payload_bytes = value


def _there(value: T | None) -> T:
    """A step that comes too early must end in a denial, not in a check of nothing."""
    if value is None:
        raise GateDenied(Code.INTERNAL, "", "a step was reached before what it needs")
    return value
