"""The gate policy's TOML (docs/how-to/gate.md): every key known, every problem told, nothing optional by accident.

`[status]` and `[platform]` must be there and say `required = true` or `false`: leaving one out is not a choice.
"""

from __future__ import annotations

import hashlib
from types import MappingProxyType

from supplytrust.errors import PolicyError
from supplytrust.gate.policy_parts import area_table, kinds, moment, platform_rules, record_rules, status_rules, trustor
from supplytrust.gate.rules import GatePolicy
from supplytrust.wasm.capability import Capability
from supplytrust.wasm.config_fields import Table, parse

MAX_POLICY = 1_000_000
SCHEMA = 1
_NEVER = frozenset((Capability.UNKNOWN, Capability.DYNAMIC_LINK))


def read_policy(data: bytes) -> GatePolicy:
    """A gate policy from its bytes. Raises PolicyError (all problems) or ConfigError (no TOML)."""
    root, problems = parse(data, "gate policy", MAX_POLICY)
    if root.integer("schema", 0) != SCHEMA:
        root.complain("schema", f"is not {SCHEMA}")
    made = _policy(root, hashlib.sha256(data).hexdigest())
    root.finish()
    if not made.trustors:
        root.complain("trustor", "is missing: nobody's record could count")
    if not made.areas:
        root.complain("areas", "is empty: every record would do")
    if problems:
        raise PolicyError(tuple(problems))
    return made


def _policy(root: Table, digest: str) -> GatePolicy:
    for name in ("status", "platform", "capabilities"):
        if not root.has(name):
            root.complain(name, "is missing")
    record, grants, classes = root.table("record"), root.table("grants"), root.table("capabilities")
    depends, state = root.table("dependencies"), root.table("state")
    made = GatePolicy(
        id=root.text("id"),
        epoch=root.integer("epoch", 1, least=1),
        digest=digest,
        trustors=tuple(trustor(t) for t in root.tables("trustor")),
        areas=MappingProxyType(area_table(root.table("areas"))),
        capabilities=_capabilities(classes),
        status=status_rules(root.table("status")),
        platform=platform_rules(root.table("platform")),
        record=record_rules(record),
        issued=moment(root, "issued"),
        expires=moment(root, "expires"),
        also_imports=classes.texts("also"),
        config_formats=grants.texts("formats"),
        grants_allow=grants.texts("allow") if grants.has("allow") else None,
        record_kinds=kinds(depends, "record"),
        outcome_kinds=kinds(depends, "outcome"),
        state_required=state.flag("required", default=False),
    )
    for part in (grants, depends, classes, state):
        part.finish()
    return made


def _capabilities(table: Table) -> frozenset[Capability]:
    allowed: set[Capability] = set()
    for word in table.texts("allow"):
        try:
            capability = Capability(word)
        except ValueError:
            table.complain("allow", f"'{word}' is not a capability class")
            continue
        if capability in _NEVER:
            table.complain("allow", f"'{word}' can never be allowed")
        allowed.add(capability)
    return frozenset(allowed)
