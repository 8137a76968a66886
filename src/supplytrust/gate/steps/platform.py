"""The platform is one the policy and the record hold for, as told by someone the policy believes, recently."""

from __future__ import annotations

from datetime import datetime, timedelta

from supplytrust.gate.codes import Code
from supplytrust.gate.context import AdmissionContext
from supplytrust.gate.intake import need
from supplytrust.gate.platforms import MAX_PLATFORM, read_platform
from supplytrust.gate.platforms.claims import PLAIN, PlatformClaims
from supplytrust.gate.tcb import check_tcb
from supplytrust.model.platforms import tee_name

ORDER, ENDS = 150, False
_WORST_AFFIRMING = 31


def check(case: AdmissionContext) -> None:
    """No claims are no platform: a record or policy that names one then denies."""
    given = case.inputs.platform
    wanted, payload = case.payload.workload.platform, case.payload
    if given is None:
        restricted = wanted.tee or wanted.measurements or payload.tee or payload.cpu_deny
        if case.policy.platform.required or restricted:
            case.deny(Code.PLATFORM, "platform", "nothing is known of the platform")
        return
    claims = given
    if not isinstance(claims, PlatformClaims):
        claims = read_platform(need(claims, MAX_PLATFORM, "platform", Code.PLATFORM), case.policy.platform)
    case.platform = claims
    case.bound["platform"] = f"{claims.source}:{claims.tee}:{claims.measurement}"
    _identity(case, claims)
    _verdict(case, claims)
    _times(case, claims)
    check_tcb(case, claims)


def _identity(case: AdmissionContext, claims: PlatformClaims) -> None:
    rules, wanted = case.policy.platform, case.payload.workload.platform
    tees = tuple(tuple(map(tee_name, named)) for named in (rules.tee, wanted.tee, case.payload.tee))
    for field, value, lists in (
        ("platform.tee", tee_name(claims.tee), tees),
        ("platform.measurement", claims.measurement, (rules.measurements, wanted.measurements)),
    ):
        if any(allowed and value not in allowed for allowed in lists):
            case.deny(Code.PLATFORM, field, f"'{value}' is not one of those named" if value else "is not told")


def _verdict(case: AdmissionContext, claims: PlatformClaims) -> None:
    if claims.tier is not None and claims.tier > _WORST_AFFIRMING:
        case.deny(Code.PLATFORM, "platform.status", f"tier {claims.tier} is not affirming")
    if claims.debug is not False and not case.policy.platform.debug_allowed:
        told = "the platform can be debugged from outside" if claims.debug else "is not told"
        case.deny(Code.PLATFORM, "platform.debug", told)
    if claims.workload and claims.workload != case.bound["wasm"]:
        case.deny(Code.PLATFORM, "platform.workload", "the platform is bound to another workload")


def _times(case: AdmissionContext, claims: PlatformClaims) -> None:
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
