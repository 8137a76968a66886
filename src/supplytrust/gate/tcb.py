"""Trusted computing base of the platform: status, advisories, version numbers, refused processors."""

from __future__ import annotations

from supplytrust.gate.case import Case
from supplytrust.gate.codes import Code
from supplytrust.gate.platforms.claims import Cpu, PlatformClaims
from supplytrust.gate.rules import CpuRule


def check_tcb(case: Case, claims: PlatformClaims) -> None:
    """A fact that a rule needs and nobody told counts against the platform, not for it."""
    rules = case.policy.platform
    if rules.tcb_status and claims.tcb_status not in rules.tcb_status:
        case.deny(Code.TCB, "platform.tcb.status", f"'{claims.tcb_status or 'not told'}' is not accepted")
    for advisory in claims.advisories or ():
        if advisory not in rules.advisories_allowed:
            case.deny(Code.TCB, "platform.tcb.advisories", f"{advisory} is open")
    for name, least in rules.minimum.items():
        level = _level(claims, name)
        if level is None or level < least:
            case.deny(Code.TCB, f"platform.tcb.{name}", f"{'not told' if level is None else level}, needs {least}")
    for rule in rules.cpu_deny:
        verdict = _applies(rule, claims.cpu)
        if verdict is not False:
            told = rule.because if verdict else f"cannot be ruled out: {rule.because}"
            case.deny(Code.TCB, "platform.cpu", told)


def _level(claims: PlatformClaims, name: str) -> int | None:
    return claims.cpu.microcode if name == "microcode" and name not in claims.tcb else claims.tcb.get(name)


def _applies(rule: CpuRule, cpu: Cpu) -> bool | None:
    """True: every fact of the rule is met. False: one is not. None: it depends on what is not told."""
    facts = [
        _same(rule.vendor, cpu.vendor),
        _same(rule.family, cpu.family),
        _same(rule.generation, cpu.generation),
        True if not rule.models else None if cpu.model is None else cpu.model in rule.models,
        _below(rule.stepping_below, cpu.stepping),
        _below(rule.microcode_below, cpu.microcode),
    ]
    if False in facts:
        return False
    return None if None in facts else True


def _same(wanted: str | int | None, told: str | int | None) -> bool | None:
    if wanted is None:
        return True
    return None if told is None else wanted == told


def _below(bound: int | None, told: int | None) -> bool | None:
    if bound is None:
        return True
    return None if told is None else told < bound
