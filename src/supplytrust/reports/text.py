"""For a person at a terminal: the outcome first; of a record what to do next last, of an audit beside each cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from supplytrust.appraisal.signals.support.select import show_text
from supplytrust.audits.result import AuditResult
from supplytrust.model.record import AreaVerdict, DependencyVerdict, Footprint, Missing, TrustRecord, WeighedFinding
from supplytrust.model.vocabulary import Area, EdgeKind, Outcome, Status
from supplytrust.reports.remedies import Step
from supplytrust.reports.view import Group, count_packages, label, name_with_path, show_size, view_audit

MARKS = {"run": "$ ", "config": "supplytrust.toml: ", "do": "> "}
SHOWN_NAMES = 6
LABEL = 16
NEXT_STEPS = 8
WHY = 72
UNASKED = {"dependencies-unknown", "nothing-required"}


def render(record: TrustRecord) -> str:
    """Plain text, no colours, at most one screen for one package."""
    lines = [_headline(record), _which(record), ""]
    lines += [line for area in Area for line in _area(area, record.areas[area])]
    lines += _dependencies(record.dependencies)
    lines += _surroundings(record)
    lines += _footprint(record.footprint)
    lines += _exceptions(record)
    lines += _vetoes(record)
    lines += _next(record)
    return "\n".join(lines)


def _headline(record: TrustRecord) -> str:
    name = f"{record.trustee.name} {record.trustee.version}".strip()
    if record.outcome is Outcome.ADMIT:
        term = f"holds until {record.expires:%Y-%m-%d}"
    else:
        term = f"as of {record.assessed_at:%Y-%m-%d %H:%M} UTC"
    return f"{name:<40}{record.outcome.name:>8}   (policy {record.policy.id}, {term})"


def _which(record: TrustRecord) -> str:
    artifact = record.trustee.artifact
    if artifact is None:
        return "no artifact of it was read"
    more = f"   (+{len(record.trustee.others)} other files)" if record.trustee.others else ""
    return f"{artifact.file_name}  sha256 {artifact.sha256[:12]}...{more}"


def _row(label: str, text: str) -> str:
    return f"{label:<{LABEL}}{text}"


def _area(area: Area, verdict: AreaVerdict) -> list[str]:
    asked = len(verdict.findings)
    answered = sum(w.status is not Status.NOT_OBSERVED for w in verdict.findings)
    need = f"(needs {_two(verdict.threshold)})" if verdict.required else "(not required)"
    head = (
        f"{verdict.outcome.name if verdict.required else '-':<8}belief {_two(verdict.belief)} {need}  "
        f"unknown {_two(verdict.uncertainty)}  {answered} of {asked} questions answered"
    )
    return [_row(area.value, head), *[_row("", f"  {line}") for line in _grounds(verdict)]]


def _grounds(verdict: AreaVerdict) -> Iterable[str]:
    against = [w for w in verdict.findings if w.status is Status.OPPOSES]
    for weighed in sorted(against, key=lambda w: (w.veto is None, -w.weight.opposing))[:3]:
        yield f"- {weighed.because}"
    for weighed in _strongest(verdict.findings):
        yield f"+ {weighed.because}"


def _strongest(findings: Iterable[WeighedFinding]) -> list[WeighedFinding]:
    """The strongest supporting finding of each of the two heaviest groups."""
    best: dict[str, WeighedFinding] = {}
    for weighed in sorted(findings, key=lambda w: (-w.weight.favourable, w.signal)):
        if weighed.status is Status.SUPPORTS and weighed.weight.favourable > 0:
            best.setdefault(weighed.group, weighed)
    return list(best.values())[:2]


def _dependencies(dependencies: tuple[DependencyVerdict, ...] | None) -> list[str]:
    if dependencies is None:
        return [_row("dependencies", "not looked at (--deps direct looks at them)")]
    if not dependencies:
        return [_row("dependencies", "none")]
    parts = []
    for kind in EdgeKind:
        of_kind = {d.purl: d for d in dependencies if d.kind is kind}.values()
        if of_kind:
            counts = Counter(d.outcome for d in of_kind)
            told = ", ".join(f"{counts[o]} {o.name}" for o in Outcome if counts[o])
            parts.append(f"{len(of_kind)} {kind.value} ({told})")
    worst = sorted((d for d in dependencies if d.outcome is not Outcome.ADMIT), key=lambda d: (-d.outcome, d.purl))
    names = list(dict.fromkeys(f"{d.purl.rpartition('/')[2]} {d.outcome.name}" for d in worst))[:4]
    tail = [_row("", "look at: " + ", ".join(names))] if names else []
    return [_row("dependencies", " · ".join(parts)), *_covered_lines(dependencies), *tail]


def _covered_lines(dependencies: tuple[DependencyVerdict, ...]) -> list[str]:
    """What meets the requirement of which kinds of dependency, as their entries say it."""
    told = {f"{d.kind.value}: {how}" for d in dependencies for how in d.how.split("; ")[1:]}
    return [_row("", line) for line in sorted(told)]


def _surroundings(record: TrustRecord) -> list[str]:
    """What the artifact leans on that is no package: told here, asked nothing."""
    told = record.ext.get("surroundings")
    found = told if isinstance(told, Mapping) else {}
    platform, system, inferred = found.get("platform"), found.get("system") or (), found.get("inferred") or ()
    names = [str(one.get("name")) for one in inferred if isinstance(one, Mapping)]
    parts = [f"{len(system)} libraries of the platform ({platform})"] if system else []
    if names:
        more = ", ..." if len(names) > 3 else ""
        parts.append(f"{len(names)} inferred from code: {', '.join(map(show_text, names[:3]))}{more}")
    return [_row("leans on", " · ".join(parts))] if parts else []


def _footprint(footprint: Footprint | None) -> list[str]:
    if footprint is None:
        return []
    size = "size unknown" if footprint.bytes is None else show_size(footprint.bytes)
    native = "native code unknown" if footprint.native is None else f"{footprint.native} with native code"
    line = f"{footprint.packages} packages, {size}, {native}"
    if footprint.packages == 1:
        line = line.replace("packages", "package", 1)
    if footprint.single_points and footprint.packages > 1:
        top = footprint.single_points[0]
        reach = f"{len(top.packages)} of {footprint.packages}"
        line += f" · widest single point: {top.kind} {show_text(top.name)} can ship {reach}"
    return [_row("footprint", line)]


def _exceptions(record: TrustRecord) -> list[str]:
    return [
        _row("exception", f"{', '.join(e.covers)}: {e.reason} ({e.owner}, until {e.expires:%Y-%m-%d})")
        for e in record.exceptions
    ]


def _vetoes(record: TrustRecord) -> list[str]:
    return [_row("VETO", f"{fact.veto.value}: {fact.because}") for fact in record.vetoes]


def _next(record: TrustRecord) -> list[str]:
    if record.outcome is Outcome.ADMIT:
        until = record.held_back_at
        when = f"; on this evidence it would no longer be ADMIT on {until:%Y-%m-%d}" if until else ""
        return [_row("next", f"nothing to do until {record.review_by:%Y-%m-%d} (review){when}")]
    lines = [r.text for r in record.reasons if r.code in UNASKED]
    lines += [line for missing in record.would_change if not missing.subject for line in _change(record, missing)]
    below = {missing.subject for missing in record.would_change if missing.subject}
    if below:
        lines.append(f"{len(below)} dependencies need something too: supplytrust explain RECORD")
    first, *rest = lines or [r.text for r in record.reasons] or ["supplytrust explain RECORD"]
    return [_row("to change it", first), *[_row("", line) for line in rest[:NEXT_STEPS]]]


def _change(record: TrustRecord, missing: Missing) -> Iterable[str]:
    area = missing.area.value
    for must in missing.must_haves:
        why = "" if missing.subject else _why_not(record, must)
        when = f" (look again from {_moment(missing.until)})" if missing.until else why
        yield f"{area}: required and not seen: {must}{when}"
    if missing.evidence:
        yield f"{area}: {_one(missing.missing)} weight is missing, as much as this would bring:"
        yield from (f"  {e.signal} ({_one(e.gain)}){_why_not(record, e.signal)}" for e in missing.evidence[:3])
    elif missing.blockers:
        yield f"{area}: only resolving this can change it: {', '.join(missing.blockers[:3])}"
    elif missing.missing > 0:
        yield f"{area}: {_one(missing.missing)} weight is missing, more than all open questions can bring"


def _why_not(record: TrustRecord, signal: str) -> str:
    """Why a question had no answer, in the words of the one who looked."""
    for weighed in record.areas[Area(signal.partition("/")[0])].findings:
        if weighed.signal == signal:
            return f"; now: {weighed.because[:WHY]}"
    return ""


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"


def _two(number: float) -> str:
    return f"{number:.2f}".lstrip("0") if number < 1 else f"{number:.2f}"


def _one(number: float) -> str:
    return f"{number:.1f}"


# --- an audit -----------------------------------------------------------------------------------------


def render_audit(result: AuditResult, *, changed_only: bool = False) -> str:
    """Plain text: what is dangerous first, then one paragraph a cause, then what it adds up to. Nothing is cut."""
    seen = view_audit(result)
    lines = [seen.headline]
    if not changed_only:
        lines += [line for group in seen.groups for line in _group(group)]
        lines += ["", *([seen.admitted] if seen.admitted else []), f"{'footprint':<11}{seen.footprint}"]
    lines += [f"{word:<11}{text}" for word, text in seen.remarks if not changed_only or word != "note"]
    lines += [f"{'changed':<11}{text}" for text in (seen.changes if changed_only else [seen.changed]) if text]
    return "\n".join(lines) + "\n"


def _group(group: Group) -> Iterable[str]:
    number = count_packages(len(group.items))
    if group.kind in ("cause", "unjudged"):
        names = ", ".join(name_with_path(item) for item in group.items[:SHOWN_NAMES])
        more = f" and {len(group.items) - SHOWN_NAMES} more" if len(group.items) > SHOWN_NAMES else ""
        yield from ("", f"{number}: {group.text}", f"    {names}{more}", *_steps(group.steps))
        return
    yield from ("", f"{group.title.upper()} ({number})")
    for item in group.items:
        place = f"  ({item.where})" if item.where else ""
        yield f"  {label(item.purl)}  {item.outcome}{place}: {item.text}"
        yield from _steps(item.steps)
    yield from _steps(group.steps)


def _steps(steps: Iterable[Step]) -> Iterable[str]:
    for step in steps:
        first, *rest = step.text.split("\n")
        mark = MARKS[step.kind]
        yield f"    {mark}{first}"
        yield from (f"    {' ' * len(mark)}{line}" for line in rest)
