"""For a person at a terminal: the outcome first; of a record what to do next last, of an audit beside each cause."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable

from supplytrust.audits.result import AuditResult
from supplytrust.model.record import AreaVerdict, TrustRecord
from supplytrust.model.vocabulary import Outcome
from supplytrust.reports.record_view import AreaRow, RecordView, view_record
from supplytrust.reports.remedies import Step
from supplytrust.reports.view import Group, count, count_packages, label, name_with_path, view_audit

MARKS = {"run": "$ ", "config": "supplytrust.toml: ", "do": "> "}
SHOWN_NAMES = 6
LABEL = 16
NEXT_STEPS = 6
SHADES, PLAIN_SHADES = "█▒░┃", "#x.|"  # belief, doubt, unknown, what is needed
LONGEST_BAR = 60


def render(record: TrustRecord, columns: int = 0, shades: str = SHADES) -> str:
    """Plain text, at most one screen for one package.

    With the `columns` of a terminal each area has its bar (belief, doubt, unknown in `shades`, and where belief has to
    reach), and lines are fitted to the width; commands stay whole, so that they can be copied.
    """
    seen = view_record(record)
    artifact = record.trustee.artifact
    more = f"   (+{count(len(record.trustee.others), 'other file')})" if record.trustee.others else ""
    which = (
        f"{artifact.file_name}  sha256 {artifact.sha256[:12]}...{more}" if artifact else "no artifact of it was read"
    )
    lines = [f"{seen.title:<40}{seen.outcome.name:>8}   ({seen.basis})", which, ""]
    lines += [line for row in seen.areas for line in _area(row, min(columns - LABEL - 2, LONGEST_BAR), shades)]
    lines += [_row(*fact) for fact in seen.facts]
    lines += _next(record, seen)
    return "\n".join(part for line in lines for part in _fit(line, columns))


def _fit(line: str, columns: int) -> list[str]:
    """A line as lines of so many columns; of a command, and of a word that is longer, nothing is broken."""
    if not columns or len(line) <= columns or line.lstrip().startswith(tuple(MARKS.values())):
        return [line]
    hang = " " * min(LABEL + 4, columns // 2)
    return textwrap.wrap(
        line,
        columns,
        subsequent_indent=hang,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )


def draw_bar(verdict: AreaVerdict, cells: int, shades: str = SHADES) -> str:
    """Belief, doubt and unknown side by side; the last shade stands where belief has to reach."""
    belief, doubt, unknown, mark = (shades[n] for n in range(4))
    first = round(cells * verdict.belief)
    second = round(cells * (verdict.belief + verdict.disbelief))
    bar = list(belief * first + doubt * (second - first) + unknown * (cells - second))
    if verdict.required and bar:
        bar[min(max(math.ceil(cells * verdict.threshold) - 1, 0), cells - 1)] = mark
    return "".join(bar)


def _row(label: str, text: str) -> str:
    return f"{label:<{LABEL}}{text}"


def _area(row: AreaRow, cells: int, shades: str) -> list[str]:
    verdict = row.verdict
    need = f"(needs {_two(verdict.threshold)})" if verdict.required else "(not required)"
    head = (
        f"{row.outcome:<8}belief {_two(verdict.belief)} {need}  unknown {_two(verdict.uncertainty)}  "
        f"{row.answered} of {count(len(verdict.findings), 'question')} answered"
    )
    grounds = [*(f"- {text}" for text in row.against[:3]), *(f"+ {text}" for text in row.favourable)]
    bar = [_row("", draw_bar(verdict, cells, shades))] if cells > 0 else []
    return [_row(row.area.value, head), *bar, *[_row("", f"  {line}") for line in grounds]]


def _next(record: TrustRecord, seen: RecordView) -> list[str]:
    if record.outcome is Outcome.ADMIT:
        until = record.held_back_at
        when = f"; on this evidence it would no longer be ADMIT on {until:%Y-%m-%d}" if until else ""
        return [_row("next", f"nothing to do until {record.review_by:%Y-%m-%d} (review){when}")]
    lines: list[str] = []
    said: set[Step] = set()
    for number, change in enumerate(seen.changes):
        if number == NEXT_STEPS:
            lines.append(f"and {count(len(seen.changes) - number, 'more cause')}: supplytrust explain RECORD")
            break
        lines.append(change.text)
        fresh = [step for step in change.steps[:1] if step not in said]
        said |= set(fresh)
        lines += [f"  {line.strip()}" for line in _steps(fresh)]
    lines = lines or list(seen.reasons) or ["supplytrust explain RECORD"]
    return [_row("to change it", lines[0]), *[_row("", line) for line in lines[1:]]]


def _two(number: float) -> str:
    return f"{number:.2f}".lstrip("0") if number < 1 else f"{number:.2f}"


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
