"""Other formats, derived from a record and naming its digest. One file a format; they lose much and add nothing.

Only ADMIT passes: what is refused, deferred or unknown is never turned into a passing level or property, area
by area neither. Each format is a function of the record alone, so deriving twice gives the same bytes.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Protocol, cast

from supplytrust.errors import UsageError
from supplytrust.model.record import TrustRecord


class Export(Protocol):
    """A module of this package."""

    PAYLOAD_TYPE: str

    def derive(self, record: TrustRecord) -> bytes:
        """Canonical bytes. MalformedRecordError when the record is about no artifact."""
        ...


def names() -> tuple[str, ...]:
    """The formats there are. Closed world: the modules of this package."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")))


def export_named(name: str) -> Export:
    """The format of this name. Raises UsageError."""
    if name not in names():
        raise UsageError(f"no export is called '{name}'", hint=f"one of {', '.join(names())}")
    return cast("Export", importlib.import_module(f"{__name__}.{name}"))
