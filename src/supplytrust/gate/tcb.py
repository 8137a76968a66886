"""Trusted computing base of the platform: status, advisories, version numbers, refused processors."""

from __future__ import annotations

from supplytrust.gate.codes import Code
from supplytrust.gate.context import AdmissionContext
from supplytrust.gate.platforms.claims import PLAIN, Cpu, PlatformClaims
from supplytrust.gate.rules import CpuRule
from supplytrust.model.platforms import TEES, cpu_bound, tee_name, vendor_name


def check_tcb(case: AdmissionContext, claims: PlatformClaims) -> None:
    """A fact that a rule needs and nobody told counts against the platform, not for it."""
    rules = case.policy.platform
    if rules.tcb_status and claims.tcb_status not in rules.tcb_status:
        case.deny(Code.TCB, "platform.tcb.status", f"'{claims.tcb_status or 'not told'}' is not accepted")
    _check_advisories(case, claims)
    for name, least in rules.minimum.items():
        level = _level(claims, name)
        if not isinstance(level, int) or level < least:
            case.deny(Code.TCB, f"platform.tcb.{name}", f"{'not told' if level is None else level}, needs {least}")
    for text in case.payload.cpu_deny:
        verdict = _refuses(text, claims)
        if verdict is not False:
            case.deny(Code.TCB, "context.cpuDeny", f"'{text}' {'applies' if verdict else 'cannot be ruled out'}")
    for rule in rules.cpu_deny:
        verdict = _applies(rule, claims.cpu)
        if verdict is not False:
            told = rule.because if verdict else f"cannot be ruled out: {rule.because}"
            case.deny(Code.TCB, "platform.cpu", told)


def _check_advisories(case: AdmissionContext, claims: PlatformClaims) -> None:
    allowed = case.policy.platform.advisories_allowed
    if claims.advisories is None and (allowed is not None or claims.source == PLAIN):
        case.deny(Code.TCB, "platform.tcb.advisories", "is not told")
    for advisory in claims.advisories or ():
        if advisory not in (allowed or ()):
            case.deny(Code.TCB, "platform.tcb.advisories", f"{advisory} is open")


def _refuses(text: str, claims: PlatformClaims) -> bool | None:
    """Whether a rule of the record refuses the platform; None when that cannot be told.

    A rule about another TEE than the one that is told does not apply.
    """
    rule = cpu_bound(text)
    if rule is None:
        return None
    if rule.name in TEES and claims.tee and rule.name != tee_name(claims.tee):
        return False
    facts = {tee_name(name): level for name, level in claims.tcb.items()}
    cpu = {name: getattr(claims.cpu, name) for name in ("family", "model", "stepping", "microcode")}
    fact = facts.get(rule.name, cpu.get(rule.name))
    return None if fact is None else rule.refuses(fact)


def _level(claims: PlatformClaims, name: str) -> int | str | None:
    return claims.cpu.microcode if name == "microcode" and name not in claims.tcb else claims.tcb.get(name)


def _applies(rule: CpuRule, cpu: Cpu) -> bool | None:
    """True: every fact of the rule is met. False: all are told and one is not met. None: one is not told."""
    facts = [
        _same(_spelt(rule.vendor), _spelt(cpu.vendor)),
        _same(rule.family, cpu.family),
        _same(_spelt(rule.generation), _spelt(cpu.generation)),
        True if not rule.models else None if cpu.model is None else cpu.model in rule.models,
        _below(rule.stepping_below, cpu.stepping),
        _below(rule.microcode_below, cpu.microcode),
    ]
    return None if None in facts else False not in facts


def _spelt(word: str | None) -> str | None:
    return None if word is None else vendor_name(word)


def _same(wanted: str | int | None, told: str | int | None) -> bool | None:
    if wanted is None:
        return True
    return None if told is None else wanted == told


def _below(bound: int | None, told: int | None) -> bool | None:
    if bound is None:
        return True
    return None if told is None else told < bound
