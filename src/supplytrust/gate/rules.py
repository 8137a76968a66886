"""The gate's own policy as a value. `policy_file` makes one from TOML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from types import MappingProxyType

from supplytrust.model.vocabulary import Area, EdgeKind
from supplytrust.records.keys import VerificationKey
from supplytrust.wasm.capability import Capability


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
class CpuRule:
    """A processor generation that is refused. All facts that are given must match; None matches any."""

    because: str
    vendor: str | None = None
    family: int | None = None
    models: tuple[int, ...] = ()
    generation: str | None = None
    stepping_below: int | None = None
    microcode_below: int | None = None


@dataclass(frozen=True, slots=True)
class StatusRules:
    """`required` False: records are used without a revocation list."""

    required: bool
    keys: tuple[VerificationKey, ...] = ()
    id: str = ""
    max_age_hours: int | None = None


@dataclass(frozen=True, slots=True)
class Authority:
    """Who issues platform certificates, and the TEE and measurement that its own policy lets through.

    Certificates of a Steward carry no evidence about the platform; what they stand for is said here.
    """

    certificate: str  # PEM
    tee: str
    measurement: str = ""
    debug: bool | None = None  # False: it lets no platform through that can be debugged; None: not said


@dataclass(frozen=True, slots=True)
class PlatformRules:
    """What must be known of the platform. Empty tuples: any (but then nothing is bound by them)."""

    required: bool
    accept: tuple[str, ...] = ()
    tee: tuple[str, ...] = ()
    measurements: tuple[str, ...] = ()
    tcb_status: tuple[str, ...] = ()
    advisories_allowed: tuple[str, ...] | None = None  # None: open advisories need not be told; told ones deny
    minimum: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    cpu_deny: tuple[CpuRule, ...] = ()
    max_age_minutes: int | None = None
    debug_allowed: bool = False
    verifiers: tuple[VerificationKey, ...] = ()
    authorities: tuple[Authority, ...] = ()


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
