"""The gate's own policy: what a relying party requires, as values, and its TOML (docs/how-to/gate.md).

In the TOML every key is known, every problem is told, nothing is optional by accident: `[status]` and `[platform]`
must be there and say `required = true` or `false`, for leaving one out is not a choice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from types import MappingProxyType

from supplytrust.errors import PolicyError
from supplytrust.gate.platforms.claims import PlatformRules, platform_rules, read_table_key
from supplytrust.model.vocabulary import Area, EdgeKind
from supplytrust.records.keys import VerificationKey
from supplytrust.wasm.capability import Capability
from supplytrust.wasm.config_fields import Table, parse

# --- The policy as a value.


@dataclass(frozen=True, slots=True)
class Trustor:
    """Whose records count: this key speaks for this trustor about these subject names (shell patterns)."""

    id: str
    key: VerificationKey
    scope: tuple[str, ...]
    not_before: datetime | None = None
    expires: datetime | None = None

    def covers(self, subject: str) -> bool:
        """Whether a subject's name is in scope."""
        return any(fnmatchcase(subject, pattern) for pattern in self.scope)


@dataclass(frozen=True, slots=True)
class StatusRules:
    """`required` False: records are used without a revocation list."""

    required: bool
    keys: tuple[VerificationKey, ...] = ()
    id: str = ""
    max_age_hours: int | None = None


@dataclass(frozen=True, slots=True)
class RecordRules:
    """What a record must be, beyond being signed. Empty tuples: any."""

    max_age_hours: int = 30 * 24
    skew_seconds: int = 0  # how far ahead of this clock a record may have been made
    min_policy_epoch: int = 1
    policies: tuple[str, ...] = ()  # hex digests of accepted appraisal policies
    purposes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    critical: tuple[str, ...] = ()  # names of `crit` extensions that the loader understands


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """Everything a relying party requires at the gate. `digest` is SHA-256 of the file it came from."""

    id: str
    epoch: int
    digest: str
    trustors: tuple[Trustor, ...]
    areas: Mapping[Area, float]
    capabilities: frozenset[Capability]
    status: StatusRules
    platform: PlatformRules
    record: RecordRules
    issued: datetime | None = None
    expires: datetime | None = None
    also_imports: tuple[str, ...] = ()
    config_formats: tuple[str, ...] = ()  # empty: any format this gate reads
    grants_allow: tuple[str, ...] | None = None  # shell patterns; None: whatever the record names
    record_kinds: tuple[EdgeKind, ...] = ()
    outcome_kinds: tuple[EdgeKind, ...] = ()
    state_required: bool = False


# --- The TOML.

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


# --- the tables, one function each

_AREAS = frozenset(a.value for a in Area)
_KINDS = frozenset(k.value for k in EdgeKind)


def trustor(table: Table) -> Trustor:
    """One `[[trustor]]`: id, key, encoding, scope, not_before, expires."""
    scope = table.texts("scope")
    if not scope:
        table.complain("scope", "is missing: name the subjects this key speaks about")
    made = Trustor(
        table.text("id"), read_table_key(table), scope, moment(table, "not_before"), moment(table, "expires")
    )
    table.finish()
    return made


def record_rules(table: Table) -> RecordRules:
    """`[record]`."""
    policies = tuple(p.removeprefix("sha256:") for p in table.texts("policies"))
    if any(len(p) != 64 for p in policies):
        table.complain("policies", "holds what is no sha256 digest")
    made = RecordRules(
        max_age_hours=table.integer("max_age_hours", 30 * 24, least=1, most=10_000_000),
        skew_seconds=table.integer("skew_seconds", 0, most=3600),
        min_policy_epoch=table.integer("min_policy_epoch", 1, least=1),
        policies=policies,
        purposes=table.texts("purposes"),
        roles=table.texts("roles"),
        critical=table.texts("critical"),
    )
    table.finish()
    return made


def area_table(table: Table) -> dict[Area, float]:
    """`[areas]`: the belief each listed area must reach, as a decimal text or number from 0 to 1."""
    made: dict[Area, float] = {}
    for name in table.keys():  # noqa: SIM118 - Table is not a mapping
        theta = table.fraction(name)
        if name not in _AREAS:
            table.complain(name, "is not an area")
        elif theta == 0:
            table.complain(name, "is 0: leave the area out if it does not matter")
        elif theta is not None:
            made[Area(name)] = theta
    return made


def kinds(table: Table, key: str) -> tuple[EdgeKind, ...]:
    """A list of edge kinds."""
    words = table.texts(key)
    for word in words:
        if word not in _KINDS:
            table.complain(key, f"'{word}' is not a kind of dependency")
    return tuple(EdgeKind(w) for w in words if w in _KINDS)


def moment(table: Table, key: str) -> datetime | None:
    """A TOML date-time with a zone; None when absent."""
    value = table.moment(key)
    return value.astimezone(UTC) if value else None


def status_rules(table: Table) -> StatusRules:
    """`[status]`: required, id, max_age_hours and `[[status.key]]`."""
    required = table.flag("required")
    found = []
    for entry in table.tables("key"):
        found.append(read_table_key(entry))
        entry.finish()
    if required and not found:
        table.complain("key", "is missing: no list could be verified")
    identifier = table.text("id", "")
    if required and not identifier:
        table.complain("id", "is missing")
    age = table.integer("max_age_hours", 0, most=1_000_000)
    table.finish()
    return StatusRules(required, tuple(found), identifier, age or None)
