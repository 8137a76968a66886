"""The check of the platform: who it is, whether it may be believed, and its trusted computing base (TCB)."""

from __future__ import annotations

from datetime import datetime, timedelta

from supplytrust.gate.context import AdmissionContext
from supplytrust.gate.denial import Code
from supplytrust.gate.inputs import need
from supplytrust.gate.platforms import MAX_PLATFORM, read_platform
from supplytrust.gate.platforms.claims import PLAIN, Cpu, CpuRule, PlatformClaims
from supplytrust.model.admission import TEES, cpu_bound, tee_name, vendor_name

# --- The platform is one the policy and the record hold for, as told by someone the policy believes, recently.

_WORST_AFFIRMING = 31


def check_platform(case: AdmissionContext) -> None:
    """No claims are no platform: a record or policy that names one then denies."""
    given = case.inputs.platform
    if given is None:
        if case.policy.platform.required:
            case.deny(Code.PLATFORM, "platform", "nothing is known of the platform")
        return
    claims = given
    if not isinstance(claims, PlatformClaims):
        claims = read_platform(need(claims, MAX_PLATFORM, "platform", Code.PLATFORM), case.policy.platform)
    case.platform = claims
    case.bound["platform"] = f"{claims.source}:{claims.tee}:{claims.measurement}"
    rules = case.policy.platform
    _check_identity(case, claims, (rules.tee,), (rules.measurements,))
    _check_platform_state(case, claims)
    _check_claim_times(case, claims)
    _check_tcb(case, claims)


def check_restrictions(case: AdmissionContext) -> None:
    """What the record says of platforms binds the gate as its own policy does."""
    claims, payload = case.platform, case.payload
    wanted = payload.workload.platform
    if claims is None:
        if (wanted.tee or wanted.measurements or payload.tee or payload.cpu_deny) and case.inputs.platform is None:
            case.deny(Code.PLATFORM, "platform", "nothing is known of the platform that the record restricts")
        return
    _check_identity(case, claims, (wanted.tee, payload.tee), (wanted.measurements,))
    if claims.workload and claims.workload != case.bound["wasm"]:
        case.deny(Code.PLATFORM, "platform.workload", "the platform is bound to another workload")
    for text in payload.cpu_deny:
        verdict = _refuses(text, claims)
        if verdict is not False:
            case.deny(Code.TCB, "context.cpuDeny", f"'{text}' {'applies' if verdict else 'cannot be ruled out'}")


def _check_identity(
    case: AdmissionContext,
    claims: PlatformClaims,
    tees: tuple[tuple[str, ...], ...],
    measurements: tuple[tuple[str, ...], ...],
) -> None:
    for field, value, lists in (
        ("platform.tee", tee_name(claims.tee), tuple(tuple(map(tee_name, named)) for named in tees)),
        ("platform.measurement", claims.measurement, measurements),
    ):
        if any(allowed and value not in allowed for allowed in lists):
            case.deny(Code.PLATFORM, field, f"'{value}' is not one of those named" if value else "is not told")


def _check_platform_state(case: AdmissionContext, claims: PlatformClaims) -> None:
    if claims.tier is not None and claims.tier > _WORST_AFFIRMING:
        case.deny(Code.PLATFORM, "platform.status", f"tier {claims.tier} is not affirming")
    methods = case.policy.platform.methods
    if methods and claims.method not in methods:
        case.deny(Code.PLATFORM, "platform.method", f"is {claims.method}, not {' or '.join(methods)}")
    if claims.debug is not False and not case.policy.platform.debug_allowed:
        told = "the platform can be debugged from outside" if claims.debug else "is not told"
        case.deny(Code.PLATFORM, "platform.debug", told)


def _check_claim_times(case: AdmissionContext, claims: PlatformClaims) -> None:
    ends: list[datetime] = [claims.expires] if claims.expires else []
    oldest = case.policy.platform.max_age_minutes
    if claims.issued is None and (oldest is not None or claims.source == PLAIN):
        case.deny(Code.PLATFORM, "platform.issuedAt", "is not told")
    if claims.issued is not None:
        if case.at + timedelta(seconds=case.policy.record.skew_seconds) < claims.issued:
            case.deny(Code.NOT_YET_VALID, "platform.issuedAt", "is in the future")
        ends += [claims.issued + timedelta(minutes=oldest)] if oldest is not None else []
    if ends and case.at >= min(ends):
        case.deny(Code.EXPIRED, "platform", f"claims held until {min(ends).isoformat()}")
    case.until += ends


# --- Trusted computing base of the platform: status, advisories, version numbers, refused processors.


def _check_tcb(case: AdmissionContext, claims: PlatformClaims) -> None:
    """A fact that a rule needs and nobody told counts against the platform, not for it."""
    rules = case.policy.platform
    if rules.tcb_status and claims.tcb_status not in rules.tcb_status:
        case.deny(Code.TCB, "platform.tcb.status", f"'{claims.tcb_status or 'not told'}' is not accepted")
    _check_advisories(case, claims)
    for name, least in rules.minimum.items():
        level = _level(claims, name)
        if not isinstance(level, int) or level < least:
            case.deny(Code.TCB, f"platform.tcb.{name}", f"{'not told' if level is None else level}, needs {least}")
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
        True if not rule.fmspc else None if cpu.fmspc is None else cpu.fmspc in rule.fmspc,
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
