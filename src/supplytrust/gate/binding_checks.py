"""Checks of a verified record against the workload, its configuration, the time and the policy.

`checks.CHECKS` says in which order they run.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from supplytrust.errors import ConfigError
from supplytrust.gate.context import AdmissionContext
from supplytrust.gate.denial import Code, GateDenied, from_config
from supplytrust.gate.freshness import RememberedEpochs, StatusList, read_status
from supplytrust.gate.inputs import need
from supplytrust.gate.payload import DependencyEntry
from supplytrust.model.vocabulary import Outcome
from supplytrust.wasm import adapters
from supplytrust.wasm.capability import NO_FORMAT, Capability, Grants, effective, required_capabilities
from supplytrust.wasm.custom_sections import DYLINK, read_dylink
from supplytrust.wasm.parts import Kind, Wasm, WasmError, import_names
from supplytrust.wasm.reader import read

# --- The configuration is the assessed one, and grants nothing that the record and the policy do not name.


def check_configuration(case: AdmissionContext) -> None:
    """Digest first; then the grants are read again from the bytes and compared one by one."""
    entry = case.payload.workload
    given = case.bound["config"] if case.config is not None else ""
    if given != entry.config:
        what = "absent" if not given else "another one, or should be absent"
        case.deny(Code.CONFIG_DIGEST, "workload.config", f"the configuration is {what}")
    formats = case.policy.config_formats
    if formats and entry.grants_format not in formats:
        case.deny(Code.GRANT_EXTRA, "workload.grants.format", f"'{entry.grants_format}' is not accepted")
    if entry.grants_format == NO_FORMAT:
        if case.config is not None:
            case.deny(Code.GRANT_EXTRA, "workload.grants.format", "nobody read what the configuration grants")
        return
    case.grants = _read_grants(entry.grants_format, case.config)
    _compare_grants(case, case.grants, entry.grants)


def _read_grants(name: str, config: bytes | None) -> Grants:
    try:
        return adapters.for_format(name).read(config)
    except ConfigError as error:
        raise from_config(error, "config") from None


def _compare_grants(case: AdmissionContext, grants: Grants, assessed: frozenset[str]) -> None:
    allowed = case.policy.grants_allow
    for item in grants.items:
        if item not in assessed:
            case.deny(Code.GRANT_EXTRA, "workload.grants", f"'{item}' was not assessed")
        if allowed is not None and not any(fnmatchcase(item, pattern) for pattern in allowed):
            case.deny(Code.GRANT_EXTRA, "policy.grants", f"'{item}' is not allowed")


# --- What the workload asks of its host was assessed, is understood, and is allowed.

_FREE = frozenset((Capability.TYPE_ONLY,))


def check_imports(case: AdmissionContext) -> None:
    """Read the binary (only now: its digest is signed for), then compare imports and capabilities."""
    case.wasm = _read_workload(case.workload)
    root = case.wasm.root
    assessed = case.payload.workload.imports
    for name in import_names(root):
        if name not in assessed:
            case.deny(Code.IMPORTS_EXTRA, "workload.imports", f"'{name}' was not assessed")
    _check_resolved(case)
    also = frozenset(case.policy.also_imports)
    asked = required_capabilities((i for i in root.imports if i.name not in also), root.kind)
    for name in asked.get(Capability.UNKNOWN, ()):
        case.deny(Code.CAPABILITY_UNKNOWN, "workload.imports", f"'{name}' has no known class")
    judged = _FREE | {Capability.UNKNOWN, Capability.DYNAMIC_LINK} | case.policy.capabilities
    for capability in sorted(effective(asked, case.grants).used - judged):
        case.deny(Code.IMPORTS_EXTRA, "policy.capabilities", f"'{capability}' is not allowed")


def _read_workload(data: bytes) -> Wasm:
    try:
        return read(data)
    except WasmError as error:
        code = Code.SIZE if error.code == "limit" else Code.NOT_WASM
        raise GateDenied(code, "workload", error.message) from None


def _check_resolved(case: AdmissionContext) -> None:
    """Nothing is left for a dynamic loader: what it would find is not among the judged bytes."""
    root = case.wasm.root
    for name in required_capabilities(root.imports, root.kind).get(Capability.DYNAMIC_LINK, ()):
        case.deny(Code.DYNAMIC_UNRESOLVED, "workload.imports", f"'{name}' is left to a dynamic loader")
    if root.kind is Kind.COMPONENT:
        return
    for section in root.custom(DYLINK):
        found = read_dylink(case.workload, section)
        if found is None:
            case.deny(Code.DYNAMIC_UNRESOLVED, "workload.dylink", "what it needs cannot be read")
        for name in found.needed if found else ():
            case.deny(Code.DYNAMIC_UNRESOLVED, "workload.dylink", f"needs '{name}'")


# --- The record holds now: start inclusive, end exclusive, not older than the policy lets records get.


def check_validity(case: AdmissionContext) -> None:
    """Judge the record's times, then the gate policy's own end."""
    payload, policy = case.payload, case.policy
    ahead = case.at + timedelta(seconds=policy.record.skew_seconds)
    if ahead < payload.not_before:
        case.deny(Code.NOT_YET_VALID, "notBefore", f"holds from {payload.not_before.isoformat()}")
    if ahead < payload.assessed_at:
        case.deny(Code.NOT_YET_VALID, "assessedAt", f"was made at {payload.assessed_at.isoformat()}")
    if case.at >= payload.expires:
        case.deny(Code.EXPIRED, "expires", f"held until {payload.expires.isoformat()}")
    oldest = payload.assessed_at + timedelta(hours=policy.record.max_age_hours)
    if case.at >= oldest:
        case.deny(Code.EXPIRED, "assessedAt", f"older than {policy.record.max_age_hours} hours")
    case.until += [payload.expires, oldest]
    if policy.expires is not None:
        case.until.append(policy.expires)
        if case.at >= policy.expires:
            case.deny(Code.EXPIRED, "policy.expires", f"the gate policy held until {policy.expires.isoformat()}")


# --- Neither record, subject, key nor the record of any dependency is on a fresh, verified status list.

MAX_STATUS = 8 * 2**20


def check_status_list(case: AdmissionContext) -> None:
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
    _check_freshness(case, listed)


def _check_freshness(case: AdmissionContext, listed: StatusList) -> None:
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


def check_revocation(case: AdmissionContext) -> None:
    """Look for everything that the record is about or stands on."""
    listed = case.status
    if listed is None:
        return
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
        if entry.digest in listed.subjects or entry.digest in listed.keys:
            case.deny(Code.REVOKED, "dependencies", f"{entry.purl} itself is revoked")


# --- Judged under an accepted policy, of an epoch that is neither below the required nor below one seen before.


def check_epochs(case: AdmissionContext) -> None:
    """The appraisal policy of the record, and this gate's own policy."""
    payload, policy = case.payload, case.policy
    if policy.record.policies and payload.policy_digest not in policy.record.policies:
        case.deny(Code.POLICY_DIGEST, "policy.digest", f"policy '{payload.policy_id}' is not an accepted one")
    if payload.policy_epoch < policy.record.min_policy_epoch:
        case.deny(
            Code.POLICY_ROLLBACK,
            "policy.epoch",
            f"{payload.policy_epoch} is below {policy.record.min_policy_epoch}",
        )
    own = f"gate:{policy.id}"
    for name, epoch in ((f"record:{payload.policy_id}", payload.policy_epoch), (own, policy.epoch)):
        if epoch < case.seen.epochs.get(name, 0):
            case.deny(Code.POLICY_ROLLBACK, "policy.epoch", f"{epoch} of {name} is lower than one seen before")
        case.learn(RememberedEpochs(epochs={name: epoch}))


# --- The record was made for the purpose and role the workload is let in for.


def check_purpose(case: AdmissionContext) -> None:
    """Trust for one context is not trust for another; a policy that lists none accepts any."""
    rules, payload = case.policy.record, case.payload
    if rules.purposes and payload.purpose not in rules.purposes:
        case.deny(Code.CONTEXT, "context.purpose", f"judged for '{payload.purpose}'")
    if rules.roles and payload.role not in rules.roles:
        case.deny(Code.CONTEXT, "context.role", f"judged as '{payload.role}'")


# --- Every dependency was looked at, is covered by a record where the policy asks for one, and holds now.


def check_dependencies(case: AdmissionContext) -> None:
    """A refused dependency denies whatever its kind; the rest is as the policy says by kind."""
    entries = case.payload.dependencies
    if entries is None:
        raise GateDenied(Code.DEP_MISSING, "dependencies", "nobody looked at the dependencies")
    ends: set[datetime] = set()
    for entry in entries:
        _check_dependency(case, entry)
        if entry.expires is not None:
            ends.add(entry.expires)
    case.until += sorted(ends)[:1]


def _check_dependency(case: AdmissionContext, entry: DependencyEntry) -> None:
    policy = case.policy
    if entry.kind in policy.record_kinds and not entry.record:
        case.deny(Code.DEP_MISSING, "dependencies", f"{entry.purl} has no record")
    judged = entry.record or entry.kind in policy.record_kinds or entry.kind in policy.outcome_kinds
    if entry.expires is None and judged:
        case.deny(Code.DEP_EXPIRED, "dependencies", f"{entry.purl} does not say until when it holds")
    if entry.expires is not None and case.at >= entry.expires:
        case.deny(Code.DEP_EXPIRED, "dependencies", f"{entry.purl} held until {entry.expires.isoformat()}")
    refused = entry.outcome is Outcome.REFUSE
    if refused or (entry.kind in policy.outcome_kinds and entry.outcome is not Outcome.ADMIT):
        case.deny(Code.DEP_DENIED, "dependencies", f"{entry.purl} is {entry.outcome.name}")


# --- The record admits, has no veto, and every area the policy lists reaches its threshold.


def check_verdict(case: AdmissionContext) -> None:
    """An area without any evidence is unknown, which is not below, and not enough either."""
    payload = case.payload
    if payload.outcome is not Outcome.ADMIT or payload.vetoes:
        case.deny(Code.RECORD_DENIED, "outcome", f"{payload.outcome.name}, {payload.vetoes} vetoes")
    for area, least in case.policy.areas.items():
        entry = payload.areas.get(area)
        if entry is None or (entry.belief == 0 and entry.disbelief == 0):
            case.deny(Code.AREA_UNKNOWN, f"areas.{area}", "nothing is known")
        elif entry.belief < least or entry.outcome is Outcome.REFUSE:
            case.deny(
                Code.AREA_BELOW, f"areas.{area}", f"{entry.outcome.name}, belief {entry.belief:.3f}, needs {least:.3f}"
            )
