"""In which context trust is asked for: purpose, role, what is at stake."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Context:
    """The relying party's situation. It selects questions and budgets; it never changes a fact.

    `purpose`: what the package is used for (`general`, `cryptography`, `parser`, `service`, `build-tool`, `tee`);
    `role`: how it is used (`run-time`, `build-time`, `workload`); `impact` is the loss, in the relying
    party's own unit, if the package misbehaves, `budget` what it may risk (both > 0).
    """

    purpose: str = "general"
    role: str = "run-time"
    sensitivity: str = "normal"
    impact: float = 10.0
    budget: float = 12.0
    data_class: str = ""
    tee: tuple[str, ...] = ()
    cpu_deny: tuple[str, ...] = ()
