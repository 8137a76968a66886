"""The record as a short page: for pull requests, scorecards and reviews."""

from __future__ import annotations

import re
from collections.abc import Iterable

from supplytrust.audits.result import AuditResult
from supplytrust.model.record import TrustRecord
from supplytrust.model.vocabulary import Status
from supplytrust.reports.record_view import RecordView, view_record
from supplytrust.reports.remedies import Step
from supplytrust.reports.view import Group, count_packages, label, name_with_path, view_audit

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|])")


def render(record: TrustRecord) -> str:
    """A Markdown page; text that came from outside is escaped."""
    seen = view_record(record)
    lines = [*_head(record, seen), "", *_areas(seen), *_findings(seen), *_dependencies(seen), *_changes(seen)]
    return "\n".join(lines) + "\n"


def _head(record: TrustRecord, seen: RecordView) -> Iterable[str]:
    yield f"# {escape(seen.title)}: {seen.outcome.name}"
    yield ""
    yield (
        f"An assessment by {escape(seen.observer)} under policy `{record.policy.id}` for purpose "
        f"`{record.context.purpose}`, {record.assessed_at:%Y-%m-%d}; it holds until {record.expires:%Y-%m-%d} at the "
        "latest."
    )
    if record.trustee.artifact:
        yield ""
        yield f"Judged file: `{record.trustee.artifact.file_name}`, sha256 `{record.trustee.artifact.sha256}`."
    yield from (f"* {escape(text)}" for text in seen.reasons)


def _areas(seen: RecordView) -> Iterable[str]:
    yield "| area | outcome | belief | disbelief | unknown | needs | answered |"
    yield "|-|-|-|-|-|-|-|"
    for row in seen.areas:
        v = row.verdict
        outcome = v.outcome.name if v.required else "not required"
        numbers = f"{v.belief:.2f} | {v.disbelief:.2f} | {v.uncertainty:.2f} | {v.threshold:.2f} | {v.coverage:.0%}"
        yield f"| {row.area.value} | {outcome} | {numbers} |"


def _findings(seen: RecordView) -> Iterable[str]:
    titles = {Status.OPPOSES: "Against", Status.SUPPORTS: "For", Status.NOT_OBSERVED: "Not known"}
    for status, title in titles.items():
        of_status = [w for w in seen.findings if w.status is status]
        if of_status:
            yield f"\n## {title}\n"
            for w in of_status:
                weight = w.weight.opposing if status is Status.OPPOSES else w.weight.favourable
                note = f" ({weight:.1f})" if status is not Status.NOT_OBSERVED else f" ({w.reason})"
                yield f"* `{w.signal}`{note}: {escape(w.because)}"


def _dependencies(seen: RecordView) -> Iterable[str]:
    yield "\n## Dependencies\n"
    yield from (f"* {f'{name}: ' if name else ''}{escape(text)}" for name, text in seen.facts)
    if seen.dependencies:
        yield "\n| package | kind | known how | outcome |"
        yield "|-|-|-|-|"
        for d in seen.dependencies:
            yield f"| {escape(d.purl)} | {d.kind.value} | {escape(d.how)} | {d.outcome.name} |"


def _changes(seen: RecordView) -> Iterable[str]:
    if seen.changes:
        yield "\n## What would change it\n"
    for change in seen.changes:
        yield from (f"{escape(change.text)}", "", *_steps(change.steps))


def escape(text: str) -> str:
    """Text from outside as literal Markdown on one line."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


# --- an audit -----------------------------------------------------------------------------------------


def render_audit(result: AuditResult, *, changed_only: bool = False) -> str:
    """A Markdown page in the order of the view; text that came from outside is escaped."""
    seen = view_audit(result)
    lines = [f"# {escape(seen.headline)}", ""]
    if not changed_only:
        lines += [line for group in seen.groups for line in _group(group)]
        lines += [*([f"{escape(seen.admitted)}.", ""] if seen.admitted else []), f"Footprint: {escape(seen.footprint)}"]
    lines += ["", *(f"* {word}: {escape(text)}" for word, text in seen.remarks if not changed_only or word != "note")]
    lines += [f"* changed: {escape(text)}" for text in (seen.changes if changed_only else [seen.changed]) if text]
    return "\n".join(lines).rstrip() + "\n"


def _group(group: Group) -> Iterable[str]:
    number = count_packages(len(group.items))
    if group.kind in ("cause", "unjudged"):
        yield from (f"## {number}: {escape(group.text)}", "", *_steps(group.steps))
        yield from (", ".join(escape(name_with_path(item)) for item in group.items), "")
        return
    yield from (f"## {group.title} ({number})", "")
    for item in group.items:
        place = f" ({escape(item.where)})" if item.where else ""
        yield from (f"**{escape(label(item.purl))}** {item.outcome}{place}: {escape(item.text)}", "")
        yield from _steps(item.steps)
    yield from _steps(group.steps)


def _steps(steps: Iterable[Step]) -> Iterable[str]:
    """Sentences as such, what is to be pasted as a block of code whose fence the text cannot close."""
    for step in steps:
        if step.kind == "do":
            yield from (escape(step.text), "")
        else:
            indented = (f"    {line}" for line in step.text.splitlines())
            yield from (*indented, "")
