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


def render(record: TrustRecord, format_: str = "text") -> str:
    """The record as a document.

    Args:
        record: what `assess` or `appraise` returned, or `load` read.
        format_: text (for a terminal), json (the statement that is signed), markdown, html or sarif.

    Raises:
        supplytrust.errors.UsageError: there is no such format.

    Example:
        >>> import supplytrust as st
        >>> page = st.render(st.load("record.json"), "html")  # doctest: +SKIP
    """
    return report_named(format_).render(record)


def report_named(name: str) -> Report:
    """The report of that name; UsageError when there is none."""
    known = sorted(m.name for m in pkgutil.iter_modules(__path__))
    if name not in known:
        raise UsageError(f"no report format '{name}'", hint=f"known: {', '.join(known)}")
    return cast("Report", importlib.import_module(f"{__name__}.{name}"))
