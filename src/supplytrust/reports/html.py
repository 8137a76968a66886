"""The record and the audit as self-contained pages: nothing is loaded from elsewhere, nothing needs a script."""

from __future__ import annotations

from supplytrust.audits.result import AuditResult
from supplytrust.model.evidence import Evidence
from supplytrust.model.record import TrustRecord
from supplytrust.model.vocabulary import Outcome
from supplytrust.reports.pages import render_page
from supplytrust.reports.pages.drawings import draw_treemap
from supplytrust.reports.pages.record_page import render_record
from supplytrust.reports.view import count, label, name_with_path, relative, show_size, view_audit

LISTED = 1000
POINTS = 12
ORDER = tuple(reversed(Outcome))


def render(record: TrustRecord, evidence: Evidence | None = None) -> str:
    """A whole HTML document, with a time line of what the evidence dates; what came from outside is shown inert."""
    return render_record(record, evidence=evidence)


def render_audit(result: AuditResult, *, changed_only: bool = False) -> str:
    """A whole HTML document in the view's order: what is dangerous, each cause with what to do, the sum."""
    seen = view_audit(result)
    sizes = [(label(s.purl), float(s.facts.bytes or 0), s.outcome.name) for s in result.subjects]
    return render_page(
        "audit",
        result=result,
        seen=seen,
        set_name=relative(result.name),
        counts=tuple((o.name, result.count(o)) for o in ORDER),
        total=len(result.subjects),
        changed_only=changed_only,
        remarks=tuple((word, text) for word, text in seen.remarks if not changed_only or word != "note"),
        points=result.footprint.single_points[:POINTS],
        tiles=draw_treemap(sizes),
        subjects=result.subjects[:LISTED],
        relative=relative,
        label=label,
        name_with_path=name_with_path,
        show_size=show_size,
        count=count,
    )
