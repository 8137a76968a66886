"""Where a vetting stands, readable in half a minute; and which packages of a set come next."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from supplytrust.audits.vetting.delta import describe_change
from supplytrust.audits.vetting.folder import NEEDS_WORK, SPEAKS_AGAINST, Question, QuestionState, Vetting
from supplytrust.audits.vetting.queue import QueuedPackage
from supplytrust.formats.codec import encode
from supplytrust.formats.json_reader import Json
from supplytrust.model.record import TrustRecord
from supplytrust.reports.view import count, label

SHOWN, CHANGES_SHOWN, WIDTH = 8, 3, 112


def render_status(vetting: Vetting, judged: TrustRecord, at: datetime, *, folder: str, whole: bool = False) -> str:
    """One screen: the outcome, the counts, what speaks against it, what is open by weight, what to type next.

    `judged` is the record with the answers in it; `whole` shows every question and every change.
    """
    states = {q.id: vetting.state(q, at) for q in vetting.questions}
    title = f"{label(vetting.purl):<40}{vetting.outcome_at(at):>8}   (vetting; {vetting.outcome} by the policy alone)"
    lines = [title, *_head(vetting, judged, states.values()), *_difference(vetting, whole=whole)]
    groups = (("against it", SPEAKS_AGAINST), ("open, the weightiest first", NEEDS_WORK))
    for title, wanted in (*groups, *([("answered", frozenset(QuestionState))] if whole else [])):
        asked = [q for q in vetting.questions if states[q.id] in wanted]
        asked = [q for q in asked if title != "answered" or states[q.id] not in SPEAKS_AGAINST | NEEDS_WORK]
        lines += _questions(title, sorted(asked, key=lambda q: -q.weight), vetting, whole=whole)
    return "\n".join([*lines, *_next(vetting, states, folder)])


def _head(vetting: Vetting, judged: TrustRecord, states: Iterable[QuestionState]) -> Iterator[str]:
    counted = list(states)
    against = sum(state in SPEAKS_AGAINST for state in counted)
    by_evidence, answered = counted.count(QuestionState.SEEN), counted.count(QuestionState.ANSWERED)
    yield f"{'file':<12}{vetting.file_name or 'none was read'}  sha256 {vetting.sha256[:12] or '-'}"
    source = (
        f"{vetting.repository} at {vetting.commit[:12] or 'no known commit'}" if vetting.repository else "not known"
    )
    yield f"{'source':<12}{source}"
    yield (
        f"{'questions':<12}{len(counted)}: {answered} answered, {by_evidence} by evidence, {against} against it, "
        f"{len(counted) - answered - by_evidence - against} open"
    )
    ends = [a.expires for q in vetting.questions if (a := vetting.answer(q.id)) and a.expires]
    until = f"; the first answer ends on {min(ends):%Y-%m-%d}" if ends else ""
    yield f"{'policy':<12}{vetting.policy}: {judged.outcome} with these answers{until}"


def _difference(vetting: Vetting, *, whole: bool) -> Iterator[str]:
    if not vetting.since:
        return
    carried = sum(bool(a.first_given) for a in vetting.answers)
    yield f"{'since':<12}{label(vetting.since)}: {count(carried, 'answer')} carried over, {len(vetting.lapses)} lapsed"
    for change in (c for c in vetting.changes if not c.is_same):
        lines = list(describe_change(change))
        yield from (f"{'':<12}{line}" for line in lines[: None if whole else CHANGES_SHOWN])
        if not whole and len(lines) > CHANGES_SHOWN:
            yield f"{'':<12}{change.facet}: {change.count} in all"


def _questions(title: str, asked: Sequence[Question], vetting: Vetting, *, whole: bool) -> Iterator[str]:
    if not asked:
        return
    yield from ("", title)
    lapsed = {one.question: one.why for one in vetting.lapses}
    for question in asked[: None if whole else SHOWN]:
        brings = f"  +{question.weight:g} {question.area}" if question.weight else f"  {question.area}"
        yield f"  {question.id}{brings}"
        yield from textwrap.wrap(question.text, WIDTH, initial_indent="      ", subsequent_indent="      ")
        answer = vetting.answer(question.id)
        if answer is not None:
            given = f", given for {label(answer.first_given)}" if answer.first_given else ""
            yield f"      {answer.verdict}: {answer.reason} ({answer.who}, {answer.at:%Y-%m-%d}{given})"
        elif question.id in lapsed:
            yield f"      {lapsed[question.id]}"
        else:
            yield f"      {question.because}"
    if not whole and len(asked) > SHOWN:
        yield f"  and {len(asked) - SHOWN} more: vet status --all"


def _next(vetting: Vetting, states: dict[str, QuestionState], folder: str) -> Iterator[str]:
    open_ = sorted((q for q in vetting.questions if states[q.id] in NEEDS_WORK), key=lambda q: -q.weight)
    yield ""
    if open_:
        yield f"next        supplytrust vet answer {folder} {open_[0].id} --says yes|no|wanting --reason WHY --who NAME"
    else:
        yield f"next        supplytrust vet sign {folder} --vendor NAME --key KEY --expires DATE -o list.json"


def describe_status(vetting: Vetting, judged: TrustRecord, at: datetime) -> str:
    """The same for programs: outcome, every question with its state and newest answer, and what changed."""
    rows: list[Json] = []
    for question in vetting.questions:
        answer = vetting.answer(question.id)
        fields = encode(question, camel=True)
        assert isinstance(fields, dict)  # noqa: S101 - a dataclass is written as an object
        given = encode(answer, camel=True) if answer else None
        rows.append({**fields, "state": vetting.state(question, at).value, "answer": given})
    found: dict[str, Json] = {
        "purl": vetting.purl,
        "sha256": vetting.sha256,
        "outcome": vetting.outcome_at(at).name,
        "outcomeOfPolicy": vetting.outcome.name,
        "outcomeWithAnswers": judged.outcome.name,
        "since": vetting.since,
        "changes": [encode(one, camel=True) for one in vetting.changes],
        "lapses": [encode(one, camel=True) for one in vetting.lapses],
        "questions": rows,
    }
    return json.dumps(found, indent=1, ensure_ascii=False)


def render_queue(queue: Sequence[QueuedPackage]) -> str:
    """One line a package, the next one to vet first; admitted and wholly vetted ones are counted only."""
    waiting = [p for p in queue if p.outcome or p.open]
    lines = [f"{'package':<36}{'outcome':<9}{'reach':>5}  vetting"]
    for one in waiting:
        missing = ", ".join(name.rpartition("/")[2] for name in one.missing[:2]) or "-"
        more = f" (+{len(one.missing) - 2})" if len(one.missing) > 2 else ""
        lines.append(f"{label(one.purl):<36}{one.outcome:<9}{one.reach:>5}  {one.vetting}; missing: {missing}{more}")
    lines.append(f"{len(waiting)} to vet, {len(queue) - len(waiting)} admitted with nothing open")
    return "\n".join(lines)


def describe_queue(queue: Sequence[QueuedPackage]) -> str:
    """The same for programs."""
    rows = [encode(one, camel=True) for one in queue]
    return json.dumps({"queue": rows}, indent=1, ensure_ascii=False)
