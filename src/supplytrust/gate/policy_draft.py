"""A gate policy to begin with: as narrow as one workload, its configuration and the vetting policy let it be."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from supplytrust.gate.policy import read_policy
from supplytrust.wasm.capability import Grants


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
        f"id = {_text(draft.name)}",
        "epoch = 1                   # raise it with every change: an older file is then a rollback",
        f"issued = {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "",
        "[[trustor]]                 # whose records count, and about what",
        f"id = {_text(draft.trustor)}",
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
        f"id = {_text(draft.name)}",
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


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=True)


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(_text(v) for v in values)}]"
