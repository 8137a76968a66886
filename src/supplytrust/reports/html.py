"""The record as one self-contained page: no script, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from supplytrust.audits.result import AuditResult
from supplytrust.model.record import TrustRecord
from supplytrust.reports.remedies import Step
from supplytrust.reports.view import Group, count_packages, label, name_with_path, view_audit

STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
table{border-collapse:collapse;width:100%;margin:1rem 0}
td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
.ADMIT{color:#0a6b2d}.REFER{color:#8a5a00}.REFUSE{color:#a4001d}.dim{color:#666}code{font-size:.9em;word-break:break-all}"""


def render(record: TrustRecord) -> str:
    """A whole HTML document; everything that came from outside is shown inert."""
    from supplytrust.reports.pages.record_page import render_record

    return render_record(record)


def render_audit(result: AuditResult, *, changed_only: bool = False) -> str:
    """A whole HTML document in the order of the view; everything that came from outside is escaped."""
    seen = view_audit(result)
    parts = [f"<h1>{escape(seen.headline)}</h1>"]
    if not changed_only:
        parts += [line for group in seen.groups for line in _group(group)]
        parts += [
            f"<p>{escape(seen.admitted)}</p>" if seen.admitted else "",
            f"<p>Footprint: {escape(seen.footprint)}</p>",
        ]
    said = [f"{word}: {text}" for word, text in seen.remarks if not changed_only or word != "note"]
    said += [f"changed: {text}" for text in (seen.changes if changed_only else [seen.changed]) if text]
    parts += ["<ul>", *(f"<li>{escape(text)}</li>" for text in said), "</ul>"]
    return _page(escape(seen.headline), "\n".join(parts)) + "\n"


def _group(group: Group) -> Iterable[str]:
    number = count_packages(len(group.items))
    if group.kind in ("cause", "unjudged"):
        names = ", ".join(escape(name_with_path(item)) for item in group.items)
        yield f"<h2>{number}: {escape(group.text)}</h2>{_steps(group.steps)}<p class=dim>{names}</p>"
        return
    yield f"<h2>{escape(group.title)} ({number})</h2><table>"
    for item in group.items:
        yield (
            f'<tr><td>{escape(label(item.purl))}<td class="{item.outcome}">{item.outcome}<td>{escape(item.where)}'
            f"<td>{escape(item.text)}{_steps(item.steps)}</tr>"
        )
    yield f"</table>{_steps(group.steps)}"


def _steps(steps: Iterable[Step]) -> str:
    return "".join(
        f"<p>{escape(step.text)}</p>" if step.kind == "do" else f"<pre>{escape(step.text)}</pre>" for step in steps
    )


def _page(title: str, body: str) -> str:
    """A self-contained document; both texts are HTML already."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{STYLE}</style></head><body>{body}</body></html>"
    )
