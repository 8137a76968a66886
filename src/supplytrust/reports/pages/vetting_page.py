"""One package for those who decide about it: two printed pages, from recommendation to signatures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from supplytrust.model.record import TrustRecord
from supplytrust.model.vocabulary import Area, Outcome
from supplytrust.reports.pages import render_page
from supplytrust.reports.pages.record_page import QUESTIONS, describe
from supplytrust.reports.record_view import RecordView, view_record
from supplytrust.reports.view import count, label

ROWS = 6
RECOMMENDATIONS = {
    Outcome.ADMIT: "Take it in, under the conditions below.",
    Outcome.REFER: "Do not take it in yet. Decide who brings what is missing, or take it in by an exception that ends.",
    Outcome.REFUSE: "Do not take it in.",
}
COSTS = {
    "run": "a command",
    "config": "a line of configuration",
    "do": "work of a person",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What is missing, in a sentence, and what it takes to bring it."""

    text: str
    takes: str


def render_board_document(record: TrustRecord, alternatives: Iterable[TrustRecord] = ()) -> str:
    """The document, self-contained and cut to two pages of A4; everything that is left out is in the record.

    Args:
        record: the package that is decided about.
        alternatives: records of what could be taken instead; an empty list says that none was judged.
    """
    seen = view_record(record)
    costs = tuple(list_costs(seen))
    return render_page(
        "board",
        record=record,
        seen=seen,
        recommendation=RECOMMENDATIONS[record.outcome],
        sentences=tuple(pair for pair in describe(record, seen) if pair[0] != "What to do"),
        conditions=tuple(list_conditions(record))[:ROWS],
        costs=costs[:ROWS],
        more_costs=max(len(costs) - ROWS, 0),
        alternatives=tuple(sorted(alternatives, key=lambda r: (r.outcome, r.trustee.purl)))[:ROWS],
        questions=QUESTIONS,
        areas=tuple(Area),
        label=label,
        count=count,
    )


def list_conditions(record: TrustRecord) -> Iterator[str]:
    """Under which the answer holds: the very file, the use, the time, the exceptions and what was not looked at."""
    artifact = record.trustee.artifact
    if artifact:
        yield f"Only this file: {artifact.file_name}, sha256 {artifact.sha256}."
    else:
        yield "No file was read: the answer is about no file in particular."
    use = record.context
    yield f"Only for this use: {use.role}, purpose {use.purpose}, sensitivity {use.sensitivity}."
    ends = min(moment for moment in (record.expires, record.held_back_at) if moment)
    yield f"Only until {ends:%Y-%m-%d}; to be looked at again by {record.review_by:%Y-%m-%d}."
    for one in record.exceptions:
        areas = ", ".join(area.value for area in one.covers)
        yield f"{one.owner} answers for {areas} until {one.expires:%Y-%m-%d}: {one.reason}."
    if record.dependencies is None:
        yield "What it needs was not looked at; each of those packages has to be judged too."
    open_ = [area.value for area in Area if not record.areas[area].required]
    if open_:
        yield f"The policy asks nothing about {', '.join(open_)}."


def list_costs(seen: RecordView) -> Iterator[Cost]:
    """What each missing fact takes. Nobody can say in general how long it takes; what is to be done is said."""
    for change in seen.changes:
        kinds = dict.fromkeys(COSTS[step.kind] for step in change.steps if step.kind in COSTS)
        yield Cost(change.text, ", or ".join(kinds) or "not known")
