"""What a gate answers, and the names of the platforms that it is asked about. Deny is a value, never an exception."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, order=True)
class DenyReason:
    """Why a workload was not admitted: a code of `gate.denial`, the field it concerns, one line of detail."""

    code: str
    field: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """`admit` is True only when every check held. `bound` names by digest all that was judged.

    `workload_bytes` and `config_bytes` are the very bytes that were judged, so that nothing else need be
    loaded; empty unless admitted.
    """

    admit: bool
    reasons: tuple[DenyReason, ...]
    decided_at: datetime
    valid_until: datetime | None = None
    bound: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    workload_bytes: bytes = field(default=b"", repr=False)
    config_bytes: bytes | None = field(default=None, repr=False)


# Names of trusted execution environments and processors: one spelling each, beside the others that are in use.
#
# Sources: attestation drivers and verifiers (confidential containers, Veraison, Enarx), CPUID vendor texts.

_TEES: Final = {
    "sgx": "intel-sgx",
    "sev-snp": "snp sevsnp amd-snp amd-sev-snp amdsevsnp az-snp-vtpm azsnpvtpm",
    "tdx": "intel-tdx az-tdx-vtpm aztdxvtpm",
    "cca": "arm-cca armcca",
    "nitro": "aws-nitro nitro-enclave nitro-enclaves",
}
_VENDORS: Final = {"authenticamd": "amd", "genuineintel": "intel", "hygongenuine": "hygon"}
TEES: Final = tuple(_TEES)
CPU_RULE: Final = r"([A-Za-z][A-Za-z0-9._-]{0,40})(<=|<|==)(0x[0-9a-fA-F]{1,16}|[0-9]{1,9}(?:\.[0-9]{1,9}){0,3})"
VERSION: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){1,3}")


def _table(rows: dict[str, str]) -> dict[str, str]:
    return {name: one for one, others in rows.items() for name in (one, *others.split())}


TEE_NAMES: Final = _table(_TEES)
VENDOR_NAMES: Final = _table(_VENDORS)


def tee_name(text: str) -> str:
    """The one spelling of a TEE; what is not known stays as it is, in small letters."""
    plain = text.strip().lower().replace("_", "-").replace(" ", "-")
    return TEE_NAMES.get(plain, plain)


def vendor_name(text: str) -> str:
    """The one spelling of a processor's vendor; what is not known stays as it is, in small letters."""
    plain = text.strip().lower()
    return VENDOR_NAMES.get(plain, plain)


@dataclass(frozen=True, slots=True)
class CpuBound:
    """A platform is refused whose fact `name` compares so with `value` (`SNP<1.55`, `microcode<0x0a20102b`)."""

    name: str
    comparison: str
    value: tuple[int, ...]

    def refuses(self, fact: int | str) -> bool | None:
        """Whether a fact is refused; None when it cannot be compared, as a lone number with a dotted version."""
        told = (fact,) if isinstance(fact, int) else _parts(fact)
        if (len(told) == 1) != (len(self.value) == 1):
            return None
        width = max(len(told), len(self.value))
        mine, bound = (v + (0,) * (width - len(v)) for v in (told, self.value))
        if self.comparison == "==":
            return mine == bound
        return mine < bound or (self.comparison == "<=" and mine == bound)


def cpu_bound(text: str) -> CpuBound | None:
    """A rule from its text; None when it is none."""
    found = re.fullmatch(CPU_RULE, text, re.ASCII)
    if found is None:
        return None
    name, comparison, value = found.groups()
    number = (int(value, 16),) if value.lower().startswith("0x") else _parts(value)
    return CpuBound(tee_name(name), comparison, number)


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
