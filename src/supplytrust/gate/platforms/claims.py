"""What is said about a platform, whoever says it, and what a gate policy asks of it in its table `[platform]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from supplytrust.errors import VerificationError
from supplytrust.records.keys import SignatureForm, VerificationKey, read_key
from supplytrust.wasm.config_fields import Table

STATED, VOUCHED, VERIFIED = "stated", "vouched", "verified"  # by nobody, by a party of the policy, here
PLAIN = "plain"  # the source of claims that nobody signed


@dataclass(frozen=True, slots=True)
class Cpu:
    """The processor; None where it is not told. `generation` is a word such as milan or icelake."""

    vendor: str | None = None
    family: int | None = None
    model: int | None = None
    stepping: int | None = None
    microcode: int | None = None
    generation: str | None = None
    fmspc: str | None = None  # hexadecimal, in small letters


@dataclass(frozen=True, slots=True)
class PlatformClaims:
    """`tcb` are security version numbers by component, or dotted versions as texts.

    `tier` is the worst AR4SI tier a verifier gave (2..31 good).

    `source` is the format they came in, `method` how they are known. `debug` None: not told. Times bound how long
    they may be used.
    """

    source: str
    tee: str
    measurement: str = ""
    tcb_status: str = ""
    advisories: tuple[str, ...] | None = None
    tcb: Mapping[str, int | str] = field(default_factory=lambda: MappingProxyType({}))
    cpu: Cpu = field(default_factory=Cpu)
    debug: bool | None = None
    issued: datetime | None = None
    expires: datetime | None = None
    tier: int | None = None
    method: str = STATED
    workload: str = ""  # hex SHA-256 that the platform itself binds, when it binds one


# --- What must be known of the platform: rules as values, and the table `[platform]` of a gate policy.

_ENCODINGS = {form.value: form for form in SignatureForm}
_NO_KEY = VerificationKey(b"")  # while the rest of the policy is read; a policy with a problem is not used
SOURCES = ("plain", "ear", "steward", "snp", "tdx")
METHODS = (STATED, VOUCHED, VERIFIED)


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
    fmspc: tuple[str, ...] = ()  # hexadecimal, as Intel names families of processors in platform certificates


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
    roots: tuple[str, ...] = ()  # PEM: the vendors' roots that attestation documents must lead to
    methods: tuple[str, ...] = ()  # how claims must be known (`METHODS`); empty: any
    binds_workload: bool = True  # report data of attestations begins with the workload's SHA-256


def read_table_key(table: Table) -> VerificationKey:
    """`key` in PEM and how its ECDSA signatures are written."""
    encoding = table.text("encoding", "der")
    if encoding not in _ENCODINGS:
        table.complain("encoding", "is neither der nor p1363")
    try:
        return read_key(table.text("key").encode("utf-8"), form=_ENCODINGS.get(encoding, SignatureForm.DER))
    except VerificationError as error:
        table.complain("key", error.message)
        return _NO_KEY


def platform_rules(table: Table) -> PlatformRules:
    """`[platform]` with `[platform.minimum]`, `[[platform.cpu_deny]]`, `[[platform.verifier]]`."""
    verifiers = []
    for entry in table.tables("verifier"):
        verifiers.append(read_table_key(entry))
        entry.finish()
    accept = table.texts("accept")
    if any(a not in SOURCES for a in accept):
        table.complain("accept", f"holds something else than {', '.join(SOURCES)}")
    required = table.flag("required")
    if required and not accept:
        table.complain("accept", "is missing: say which kinds of platform claims count")
    made = PlatformRules(
        required=required,
        accept=accept,
        tee=table.texts("tee"),
        measurements=table.texts("measurements"),
        tcb_status=table.texts("tcb_status"),
        advisories_allowed=table.texts("advisories_allowed") if table.has("advisories_allowed") else None,
        minimum=_minimum(table.table("minimum")),
        cpu_deny=tuple(_cpu_rule(t) for t in table.tables("cpu_deny")),
        max_age_minutes=table.integer("max_age_minutes", 0, most=100_000_000) or None,
        debug_allowed=table.flag("debug_allowed", default=False),
        verifiers=tuple(verifiers),
        authorities=tuple(_authority(t) for t in table.tables("authority")),
        roots=tuple(_root(t) for t in table.tables("root")),
        methods=_methods(table),
        binds_workload=table.flag("binds_workload", default=True),
    )
    table.finish()
    return made


def _root(table: Table) -> str:
    pem = table.text("certificate")
    if "BEGIN CERTIFICATE" not in pem:
        table.complain("certificate", "is no certificate in PEM")
    table.finish()
    return pem


def _methods(table: Table) -> tuple[str, ...]:
    methods = table.texts("methods")
    if any(m not in METHODS for m in methods):
        table.complain("methods", f"holds something else than {', '.join(METHODS)}")
    return methods


def _authority(table: Table) -> Authority:
    debug = table.flag("debug") if table.has("debug") else None
    made = Authority(table.text("certificate"), table.text("tee"), table.text("measurement", ""), debug)
    table.finish()
    return made


def _minimum(table: Table) -> MappingProxyType[str, int]:
    return MappingProxyType({name: table.integer(name) for name in table.keys()})  # noqa: SIM118


def _cpu_rule(table: Table) -> CpuRule:
    made = CpuRule(
        because=table.text("because"),
        vendor=table.text("vendor", "") or None,
        family=table.integer("family") if table.has("family") else None,
        models=table.integers("models"),
        generation=table.text("generation", "") or None,
        stepping_below=table.integer("stepping_below") if table.has("stepping_below") else None,
        microcode_below=table.integer("microcode_below") if table.has("microcode_below") else None,
        fmspc=tuple(f.lower() for f in table.texts("fmspc")),
    )
    table.finish()
    if made == CpuRule(made.because):
        table.complain("vendor", "is missing: a rule must name something")
    return made
