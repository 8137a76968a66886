"""Claims about the machine a workload would enter, one file a format: bytes in, `PlatformClaims` out.

Each module has `looks_like(data)` and `read(data, rules)`; the latter verifies what its format can have
verified and raises Denied otherwise. Closed world: a format is a module here and named by the policy.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Protocol, cast

from supplytrust.gate.denial import Code, GateDenied
from supplytrust.gate.platforms.claims import PlatformClaims, PlatformRules

_SHARED = ("claims", "certificates")  # what formats have in common
MAX_PLATFORM = 1_000_000


class Format(Protocol):
    """A module of this package, apart from what they have in common."""

    def looks_like(self, data: bytes) -> bool:
        """Whether these bytes are meant for this format."""
        ...

    def read(self, data: bytes, rules: PlatformRules) -> PlatformClaims:
        """Verified claims; raises Denied."""
        ...


def formats() -> tuple[str, ...]:
    """Names of all formats."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in _SHARED))


def read_platform(data: bytes, rules: PlatformRules) -> PlatformClaims:
    """By the one format whose form the bytes have, if the policy accepts it. Raises Denied."""
    for name in formats():
        format_ = cast("Format", importlib.import_module(f"{__name__}.{name}"))
        if format_.looks_like(data):
            if name not in rules.accept:
                raise GateDenied(Code.PLATFORM, "platform", f"claims of the form '{name}' are not accepted")
            return format_.read(data, rules)
    raise GateDenied(Code.PARSE, "platform", "has none of the known forms")
