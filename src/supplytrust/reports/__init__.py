"""Faces of a record, one file each: `render(record) -> str`."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Protocol, cast

from supplytrust.errors import UsageError
from supplytrust.model.record import TrustRecord


class Report(Protocol):
    """A module of this folder."""

    def render(self, record: TrustRecord) -> str:
        """The whole document."""
        ...


def report_named(name: str) -> Report:
    """The report of that name; UsageError when there is none."""
    known = sorted(m.name for m in pkgutil.iter_modules(__path__))
    if name not in known:
        raise UsageError(f"no report format '{name}'", hint=f"known: {', '.join(known)}")
    return cast("Report", importlib.import_module(f"{__name__}.{name}"))
