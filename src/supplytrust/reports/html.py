"""The record as one self-contained page: no script, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from supplytrust.audits.result import AuditResult
from supplytrust.model.record import TrustRecord
from supplytrust.model.vocabulary import Status
from supplytrust.reports.record_view import RecordView, view_record
from supplytrust.reports.remedies import Step
from supplytrust.reports.view import Group, count_packages, label, name_with_path, view_audit

STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
table{border-collapse:collapse;width:100%;margin:1rem 0}
td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
.ADMIT{color:#0a6b2d}.REFER{color:#8a5a00}.REFUSE{color:#a4001d}.dim{color:#666}code{font-size:.9em;word-break:break-all}"""


def render(record: TrustRecord) -> str:
    """A whole HTML document; everything that came from outside is escaped."""
    seen = view_record(record)
    title = escape(seen.title)
    parts = (_head(record, seen, title), _areas(seen), _findings(seen), _dependencies(seen), _changes(seen))
    return _page(f"{title}: {seen.outcome.name}", "".join(line for part in parts for line in part))


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


def _head(record: TrustRecord, seen: RecordView, title: str) -> Iterable[str]:
    yield f'<h1>{title}: <span class="{seen.outcome.name}">{seen.outcome.name}</span></h1>'
    yield (
        f"<p>An assessment by {escape(seen.observer)} under policy "
        f"<b>{escape(record.policy.id)}</b>, {record.assessed_at:%Y-%m-%d %H:%M} UTC; "
        f"it holds until {record.expires:%Y-%m-%d} at the latest.</p>"
    )
    if record.trustee.artifact:
        artifact = record.trustee.artifact
        yield f"<p>{escape(artifact.file_name)}<br><code>sha256 {artifact.sha256}</code></p>"
    yield "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in seen.reasons) + "</ul>"


def _areas(seen: RecordView) -> Iterable[str]:
    yield "<table><tr><th>area<th>outcome<th>belief<th>disbelief<th>unknown<th>needs<th>answered</tr>"
    for row in seen.areas:
        v = row.verdict
        outcome = v.outcome.name if v.required else "not required"
        numbers = "".join(f"<td>{n:.2f}" for n in (v.belief, v.disbelief, v.uncertainty, v.threshold))
        yield f'<tr><td>{row.area.value}<td class="{outcome}">{outcome}{numbers}<td>{v.coverage:.0%}</tr>'
    yield "</table>"


def _findings(seen: RecordView) -> Iterable[str]:
    yield "<table><tr><th>question<th>answer<th>weight<th>because</tr>"
    for w in seen.findings:
        unknown = w.status is Status.NOT_OBSERVED
        weight = "" if unknown else f"{max(w.weight.favourable, w.weight.opposing):.1f}"
        because = escape(w.because + (f" ({w.reason.value})" if w.reason else ""))
        status = w.status.value.replace("_", " ")
        dim = ' class="dim"' if unknown else ""
        yield f"<tr{dim}><td>{escape(w.signal)}<td>{status}<td>{weight}<td>{because}</tr>"
    yield "</table>"


def _dependencies(seen: RecordView) -> Iterable[str]:
    yield "<h2>Dependencies</h2><ul>"
    yield from (f"<li>{f'{name}: ' if name else ''}{escape(text)}</li>" for name, text in seen.facts)
    yield "</ul>"
    if seen.dependencies:
        yield "<table><tr><th>package<th>kind<th>known how<th>outcome</tr>"
        for d in seen.dependencies:
            name = d.outcome.name
            yield f'<tr><td>{escape(d.purl)}<td>{d.kind.value}<td>{escape(d.how)}<td class="{name}">{name}</tr>'
        yield "</table>"


def _changes(seen: RecordView) -> Iterable[str]:
    if seen.changes:
        yield "<h2>What would change it</h2>"
    yield from (f"<p>{escape(change.text)}</p>{_steps(change.steps)}" for change in seen.changes)
