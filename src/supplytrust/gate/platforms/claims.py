"""What is said about a platform, whoever says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

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
