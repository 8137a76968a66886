"""Checks from the inputs to a record that is about these bytes. `checks.CHECKS` says in which order they run."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta

from supplytrust.errors import UsageError
from supplytrust.gate.context import AdmissionContext
from supplytrust.gate.denial import Code, GateDenied
from supplytrust.gate.freshness import RememberedEpochs
from supplytrust.gate.inputs import Source, need, open_envelope, take
from supplytrust.gate.payload import PAYLOAD_TYPE, read_payload
from supplytrust.gate.policy import MAX_POLICY, GatePolicy
from supplytrust.gate.policy import read_policy as parse_policy

# --- Everything that is needed was given, is within its cap, and is read exactly once.

MAX_WORKLOAD = 100_000_000
MAX_LAYOUT = 2 * MAX_WORKLOAD
MAX_CONFIG = 1_000_000
MAX_ENVELOPE = 8 * 2**20
_MAGIC = b"\0asm"


def read_policy(case: AdmissionContext) -> None:
    """Read the gate policy."""
    case.policy = _read_gate_policy(case.inputs.gate_policy)
    case.bound["policy"] = case.policy.digest


def read_inputs(case: AdmissionContext) -> None:
    """Read workload, configuration and envelope; of several that are missing each is told."""
    given = case.inputs
    envelope = _read_input(case, given.envelope, MAX_ENVELOPE, "envelope", Code.ENVELOPE, "there is no record")
    workload = _read_workload(case, given.workload)
    if given.config is not None:
        case.config = _read_input(case, given.config, MAX_CONFIG, "config", Code.CONFIG_DIGEST, "")
    case.envelope, case.workload = envelope or b"", workload or b""
    if workload is not None and workload[:4] != _MAGIC:
        raise GateDenied(Code.NOT_WASM, "workload", "has no WebAssembly header")


def _read_workload(case: AdmissionContext, given: Source | None) -> bytes | None:
    """The workload's bytes: as given, or those that an OCI layout (folder or archive) leads to; None is noted."""
    try:
        if given is None:
            raise GateDenied(Code.NOT_WASM, "workload", "there is no workload")
        return _workload_bytes(given)
    except GateDenied as denied:
        case.note(denied.reason)
        return None


def _workload_bytes(given: Source) -> bytes:
    from supplytrust.wasm.oci_files import OciError, is_archive, is_layout

    place, reference = os.fspath(given) if isinstance(given, str | os.PathLike) else "", ""
    if "#" in place or "@" in place:
        from supplytrust.wasm.oci import split_reference

        place, reference = split_reference(place)
        given = place
    folder = place if place and is_layout(place) else None
    data = b"" if folder else need(given, MAX_LAYOUT, "workload", Code.NOT_WASM)
    if folder is None and not is_archive(data):
        if reference:
            raise GateDenied(Code.OCI, "workload", "a tag is named, and there is no layout that could have one")
        if len(data) > MAX_WORKLOAD:
            raise GateDenied(Code.SIZE, "workload", f"more than {MAX_WORKLOAD} bytes")
        return data
    from supplytrust.wasm.oci import read_workload
    from supplytrust.wasm.parts import WasmError

    try:
        return read_workload(folder or data, reference).wasm
    except OciError as error:
        raise GateDenied(Code.OCI, "workload", error.message) from None
    except WasmError as error:
        raise GateDenied(Code.NOT_WASM, "workload", error.message) from None


def _read_input(
    case: AdmissionContext, given: Source | None, cap: int, field: str, code: Code, absent: str
) -> bytes | None:
    """The bytes, read once; None when they are missing or cannot be read, which is noted."""
    if given is None:
        case.deny(code, field, absent)
        return None
    try:
        return need(given, cap, field, code)
    except GateDenied as denied:
        case.note(denied.reason)
        return None


def _read_gate_policy(given: GatePolicy | Source | None) -> GatePolicy:
    if given is None:
        raise GateDenied(Code.GATE_POLICY, "policy", "there is no gate policy")
    if isinstance(given, GatePolicy):
        return given
    try:
        return parse_policy(take(given, MAX_POLICY, "policy"))
    except (UsageError, OSError) as error:
        raise GateDenied(Code.GATE_POLICY, "policy", str(error)) from None


# --- The moment is given, has a zone, and is not before what this gate has already lived through.


def check_clock(case: AdmissionContext) -> None:
    """Judge the clock before anything is judged by it; recall the state that later steps compare with."""
    case.at = _as_instant(case.inputs.at)
    policy = case.policy
    if policy.issued is not None and case.at < policy.issued:
        raise GateDenied(Code.CLOCK, "at", "before the gate policy was issued")
    case.seen = _recall_state(case)
    skew = timedelta(seconds=policy.record.skew_seconds)
    if case.seen.last is not None and case.at + skew < case.seen.last:
        raise GateDenied(Code.CLOCK, "at", f"before the last admission at {case.seen.last.isoformat()}")


def _as_instant(at: object) -> datetime:
    """Callers may be untyped; a naive time could mean any zone."""
    if not isinstance(at, datetime) or at.utcoffset() is None:
        raise GateDenied(Code.CLOCK, "at", "not a time with a zone")
    return at.astimezone(UTC)


def _recall_state(case: AdmissionContext) -> RememberedEpochs:
    """What was seen before; a policy that requires a state cannot be used without it."""
    if case.inputs.state is None:
        if case.policy.state_required:
            raise GateDenied(Code.STATE, "state", "the gate policy requires a state and none was handed in")
        return RememberedEpochs()
    try:
        return case.inputs.state.read()
    except Exception as error:  # noqa: BLE001 - a state is anybody's code
        raise GateDenied(Code.STATE, "state", f"cannot be read: {error}") from None


# --- What is judged is named by the digests of the bytes that were read.

ABSENT = "absent"


def hash_inputs(case: AdmissionContext) -> None:
    """Bind workload and configuration."""
    case.bound["wasm"] = hashlib.sha256(case.workload).hexdigest()
    case.bound["wasm-sha384"] = hashlib.sha384(case.workload).hexdigest()
    case.bound["config"] = ABSENT if case.config is None else hashlib.sha256(case.config).hexdigest()


# --- The envelope's one signature verifies over the raw payload bytes with a key of the gate's policy.


def verify_signature(case: AdmissionContext) -> None:
    """Nothing of the payload is parsed before this held. The record is known by its payload's digest."""
    trustors = case.policy.trustors
    verified = open_envelope(case.envelope, (t.key for t in trustors), PAYLOAD_TYPE, "envelope")
    fingerprint = verified.keys[0].fingerprint
    case.signers = tuple(t for t in trustors if t.key.fingerprint == fingerprint)
    case.payload_bytes = verified.payload
    case.bound["record"] = hashlib.sha256(verified.payload).hexdigest()
    case.bound["key"] = fingerprint


# --- The verified payload is a record of the one version this gate reads, with no field it does not know.


def read_record(case: AdmissionContext) -> None:
    """Parse strictly."""
    case.payload = read_payload(case.payload_bytes)


# --- The signing key speaks for the trustor the record names, about this subject, at this time.


def check_signer_scope(case: AdmissionContext) -> None:
    """A key without this trustor, subject or time in its scope counts as nobody's."""
    payload = case.payload
    own = [t for t in case.signers if t.id == payload.trustor]
    if not own:
        others = ", ".join(sorted({t.id for t in case.signers}))
        raise GateDenied(
            Code.SIGNER_SCOPE, "trustor.id", f"the key speaks for '{others}', the record says '{payload.trustor}'"
        )
    covering = [t for t in own if t.covers(payload.subject)]
    if not covering:
        raise GateDenied(Code.SIGNER_SCOPE, "subject[0].name", f"'{payload.subject}' is not in the key's scope")
    current = [
        t
        for t in covering
        if (t.not_before is None or case.at >= t.not_before) and (t.expires is None or case.at < t.expires)
    ]
    if not current:
        raise GateDenied(Code.SIGNER_SCOPE, "trustor", "the key does not count at this time")
    ends = [t.expires for t in current]
    case.until += [max(e for e in ends if e is not None)] if None not in ends else []


# --- Every extension that the record calls critical is understood by the loader behind this gate.


def check_critical_extensions(case: AdmissionContext) -> None:
    """The policy lists the names that are understood; none by default."""
    for name in case.payload.critical:
        if name not in case.policy.record.critical:
            case.deny(Code.CRIT, "crit", f"'{name}' is critical and not understood")


# --- The record is about exactly these bytes.


def check_subject(case: AdmissionContext) -> None:
    """Both digests must agree; one of them broken some day must not be enough."""
    payload = case.payload
    if payload.sha256 != case.bound["wasm"] or payload.sha384 != case.bound["wasm-sha384"]:
        raise GateDenied(Code.SUBJECT_DIGEST, "subject[0].digest", "the record is about another workload")
