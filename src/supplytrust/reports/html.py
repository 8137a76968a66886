"""The record and the audit as self-contained pages: nothing is loaded from elsewhere, nothing needs a script."""

from __future__ import annotations

from supplytrust.audits.result import AuditResult
from supplytrust.model.record import TrustRecord


def render(record: TrustRecord) -> str:
    """A whole HTML document; everything that came from outside is shown inert."""
    from supplytrust.reports.pages.record_page import render_record

    return render_record(record)


def render_audit(result: AuditResult, *, changed_only: bool = False) -> str:
    """A whole HTML document in the order of the view; everything that came from outside is shown inert."""
    from supplytrust.reports.pages.audit_page import render_result

    return render_result(result, changed_only=changed_only)
