"""The record as a short page: for pull requests, scorecards and reviews."""

from __future__ import annotations

import re
from collections.abc import Iterable

from supplytrust.audits.result import AuditResult
from supplytrust.model.record import AreaVerdict, Missing, TrustRecord
from supplytrust.model.vocabulary import Area, Outcome, Status
from supplytrust.reports.remedies import Step
from supplytrust.reports.view import Group, count_packages, label, name_with_path, view_audit

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|])")


def render(record: TrustRecord) -> str:
    """A Markdown page; text that came from outside is escaped."""
    lines = [*_head(record), "", *_areas(record), *_findings(record), *_dependencies(record), *_changes(record)]
    return "\n".join(lines) + "\n"


def _head(record: TrustRecord) -> Iterable[str]:
    subject = record.trustee
    yield f"# {escape(subject.name)} {escape(subject.version)}: {record.outcome.name}"
    yield ""
    who = escape(record.trustor.id) or "an unnamed observer"
    yield (
        f"An assessment by {who} under policy `{record.policy.id}` for purpose `{record.context.purpose}`, "
        f"{record.assessed_at:%Y-%m-%d}; it holds until {record.expires:%Y-%m-%d} at the latest."
    )
    if subject.artifact:
        yield ""
        yield f"Judged file: `{subject.artifact.file_name}`, sha256 `{subject.artifact.sha256}`."
    for fact in record.vetoes:
        yield f"* veto, {fact.veto.value}: {escape(fact.because)}"
    for reason in record.reasons:
        via = f" (via {' > '.join(map(escape, reason.path))})" if len(reason.path) > 1 else ""
        yield f"* {escape(reason.text)}{via}"


def _areas(record: TrustRecord) -> Iterable[str]:
    yield "| area | outcome | belief | disbelief | unknown | needs | answered |"
    yield "|-|-|-|-|-|-|-|"
    for area in Area:
        yield _area_row(area, record.areas[area])


def _area_row(area: Area, v: AreaVerdict) -> str:
    outcome = v.outcome.name if v.required else "not required"
    return (
        f"| {area.value} | {outcome} | {v.belief:.2f} | {v.disbelief:.2f} | {v.uncertainty:.2f} "
        f"| {v.threshold:.2f} | {v.coverage:.0%} |"
    )


def _findings(record: TrustRecord) -> Iterable[str]:
    titles = {Status.OPPOSES: "Against", Status.SUPPORTS: "For", Status.NOT_OBSERVED: "Not known"}
    weighed = [w for area in Area for w in record.areas[area].findings]
    for status, title in titles.items():
        of_status = [w for w in weighed if w.status is status]
        if of_status:
            yield f"\n## {title}\n"
            for w in of_status:
                weight = w.weight.opposing if status is Status.OPPOSES else w.weight.favourable
                told = f" ({weight:.1f})" if status is not Status.NOT_OBSERVED else f" ({w.reason})"
                yield f"* `{w.signal}`{told}: {escape(w.because)}"


def _dependencies(record: TrustRecord) -> Iterable[str]:
    yield "\n## Dependencies\n"
    if record.dependencies is None:
        yield "Not looked at."
    elif not record.dependencies:
        yield "None."
    else:
        yield "| package | kind | known how | outcome |"
        yield "|-|-|-|-|"
        for d in record.dependencies:
            yield f"| {escape(d.purl)} | {d.kind.value} | {escape(d.how)} | {d.outcome.name} |"


def _changes(record: TrustRecord) -> Iterable[str]:
    if record.outcome is Outcome.ADMIT or not record.would_change:
        return
    yield "\n## What would change it\n"
    for missing in record.would_change:
        yield from (f"* {text}" for text in _missing(missing))


def _missing(missing: Missing) -> Iterable[str]:
    for must in missing.must_haves:
        until = f", from {missing.until:%Y-%m-%d %H:%M} UTC" if missing.until else ""
        yield f"{missing.area.value}: `{must}` must be seen to hold{until}"
    if missing.evidence:
        yield f"{missing.area.value}: " + " and ".join(f"`{e.signal}` (+{e.gain:.1f})" for e in missing.evidence)
    elif missing.blockers:
        yield f"{missing.area.value}: only resolving " + ", ".join(f"`{b}`" for b in missing.blockers)


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
