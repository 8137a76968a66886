"""What the keeper of a gate writes: its first policy, and the signed list of what was revoked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from supplytrust.errors import MalformedRecordError, UsageError, VerificationError
from supplytrust.gate.denial import GateDenied
from supplytrust.gate.freshness import STATUS_SCHEMA, STATUS_TYPE, StatusList, read_status
from supplytrust.gate.policy import read_policy
from supplytrust.records.envelope import Signer, seal
from supplytrust.wasm.capability import Grants

# --- The signed status list that `freshness.read_status` reads: begun, added to, renewed; never taken back.
# What is revoked stays revoked: a list only grows, and its sequence with it, so that an older one is noticed.

KINDS = ("records", "subjects", "keys")
NOTHING: Mapping[str, frozenset[str]] = {}


def begin_list(name: str, signer: Signer, *, at: datetime, hours: int) -> bytes:
    """A list on which nothing is yet, with the first sequence, fresh for so many hours."""
    return _seal(name, 1, dict.fromkeys(KINDS, frozenset[str]()), signer, at, hours)


def next_list(
    older: bytes, signer: Signer, *, at: datetime, hours: int, revoked: Mapping[str, frozenset[str]] = NOTHING
) -> bytes:
    """The list after an older one of the same signer, with what is revoked besides: digests (hex) by kind.

    Raises UsageError when the older list is none that this key signed, or was issued later.
    """
    known = _read(older, signer)
    if at < known.issued:
        raise UsageError(f"the list was issued at {known.issued.isoformat()}, which is later", hint="check the clock")
    listed = {kind: getattr(known, kind) | revoked.get(kind, frozenset()) for kind in KINDS}
    return _seal(known.id, known.sequence + 1, listed, signer, at, hours)


def _read(data: bytes, signer: Signer) -> StatusList:
    try:
        return read_status(data, (signer.public,))
    except (GateDenied, MalformedRecordError, VerificationError) as error:
        raise UsageError(f"that is no status list of this key: {error}", hint="the key that signed it") from None


def _seal(
    name: str, sequence: int, listed: Mapping[str, frozenset[str]], signer: Signer, at: datetime, hours: int
) -> bytes:
    if not name or hours < 1:
        raise UsageError("a status list needs a name and an hour at least")
    payload = {
        "schema": STATUS_SCHEMA,
        "id": name,
        "sequence": sequence,
        "issued": _rfc3339(at),
        "nextUpdate": _rfc3339(at + timedelta(hours=hours)),
        "revoked": {kind: sorted(listed[kind]) for kind in KINDS},
    }
    return seal(json.dumps(payload, sort_keys=True, separators=(",", ":")).encode("utf-8"), STATUS_TYPE, signer)


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- A gate policy to begin with: as narrow as one workload, its configuration and the vetting policy let it be.


@dataclass(frozen=True, slots=True)
class Draft:
    """What a gate is to require. Keys are PEM texts; `areas` what the vetting policy asks of the workload itself."""

    name: str
    trustor: str
    record_key: str
    status_key: str
    scope: str
    policy_digest: str
    policy_epoch: int
    purpose: str
    role: str
    areas: Mapping[str, float]
    max_age_days: int
    tee: tuple[str, ...]
    grants: Grants | None


def draft_policy(draft: Draft, at: datetime) -> bytes:
    """The TOML of a policy, which this gate reads. Raises PolicyError when it does not fit together."""
    capabilities = sorted(c.value for c in draft.grants.capabilities) if draft.grants else []
    lines = [
        "schema = 1",
        f"id = {_quote(draft.name)}",
        "epoch = 1                   # raise it with every change: an older file is then a rollback",
        f"issued = {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "",
        "[[trustor]]                 # whose records count, and about what",
        f"id = {_quote(draft.trustor)}",
        f'key = """\n{draft.record_key.strip()}\n"""',
        f"scope = {_list([draft.scope])}",
        "",
        "[record]",
        f"max_age_hours = {draft.max_age_days * 24}",
        "skew_seconds = 60",
        f"min_policy_epoch = {draft.policy_epoch}",
        f"policies = {_list([draft.policy_digest])}  # the vetting policy that records must be made under",
        f"purposes = {_list([draft.purpose])}",
        f"roles = {_list([draft.role])}",
        "",
        "[areas]                     # belief that must be reached, as the vetting policy asks",
        *(f'{area} = "{theta:g}"' for area, theta in draft.areas.items()),
        "",
        "[capabilities]              # what the configuration lets the loader serve",
        f"allow = {_list(capabilities)}",
        "",
        "[grants]",
        f"formats = {_list([draft.grants.format if draft.grants else 'none'])}",
        f"allow = {_list(draft.grants.items if draft.grants else ())}",
        "",
        "[dependencies]",
        "record = []                 # kinds that need a record of their own",
        'outcome = ["link", "build", "service-local", "service-remote"]  # kinds that must be ADMIT',
        "",
        "[status]",
        "required = true",
        f"id = {_quote(draft.name)}",
        "max_age_hours = 168",
        "[[status.key]]",
        f'key = """\n{draft.status_key.strip()}\n"""',
        "",
        "[state]",
        "required = true",
        "",
        "[platform]",
        "required = true",
        'accept = ["plain"]          # the word of who runs the gate; name `snp`, `tdx` or `ear` for an attestation',
        f"tee = {_list(draft.tee)}",
        "max_age_minutes = 60",
        "",
    ]
    data = "\n".join(lines).encode("utf-8")
    read_policy(data)
    return data


def _quote(value: str) -> str:
    return json.dumps(value, ensure_ascii=True)


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(_quote(v) for v in values)}]"
