"""What a gate answers. Deny is a value, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType


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
