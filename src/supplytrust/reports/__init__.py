"""Documents, one file a format: `render(record)` for one package, `render_audit(result)` for a set of them."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Protocol, cast

from supplytrust.errors import UsageError
from supplytrust.model.arguments import check_argument
from supplytrust.model.evidence import Evidence
from supplytrust.model.record import TrustRecord

if TYPE_CHECKING:
    from supplytrust.audits.result import AuditResult

FORMATS = ("text", "json", "markdown", "html", "sarif")


class Report(Protocol):
    """A module of this folder."""

    def render(self, record: TrustRecord) -> str:
        """The whole document."""
        ...

    def render_audit(self, result: AuditResult, *, changed_only: bool = False) -> str:
        """The whole document about a set; `changed_only`: what differs from the last run."""
        ...


def render(record: TrustRecord, format_: str = "text", *, evidence: Evidence | None = None) -> str:
    """The record as a document.

    Args:
        record: what `assess` or `appraise` returned, or `load` read.
        format_: text (for a terminal), json (the statement that is signed), markdown, html or sarif.
        evidence: what the record was made of: html then shows when what happened.

    Raises:
        supplytrust.errors.UsageError: there is no such format.

    Example:
        >>> import supplytrust as st
        >>> page = st.render(st.load("record.json"), "html")  # doctest: +SKIP
    """
    check_argument("record", record, TrustRecord)
    check_argument("format_", format_, str)
    check_argument("evidence", evidence, Evidence, optional=True)
    if evidence is not None and format_ == "html":
        from supplytrust.reports import html

        return html.render(record, evidence)
    return report_named(format_).render(record)


def report_named(name: str) -> Report:
    """The report of that name; UsageError when there is none."""
    if name in {m.name for m in pkgutil.iter_modules(__path__)}:
        report = importlib.import_module(f"{__name__}.{name}")
        if hasattr(report, "render"):  # some modules here are no formats
            return cast("Report", report)
    raise UsageError(f"no report format '{name}'", hint=f"known: {', '.join(FORMATS)}")


def render_audit(result: AuditResult, form: str, *, changed_only: bool = False) -> str:
    """An audit in one of FORMATS; UsageError when there is no such format."""
    return report_named(form).render_audit(result, changed_only=changed_only)
