"""A record as a page: the answer in plain words first, then what it rests on, then everything that was asked."""

from __future__ import annotations

import base64
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from supplytrust.appraisal import signals
from supplytrust.model.evidence import Evidence
from supplytrust.model.record import AreaVerdict, TrustRecord, WeighedFinding
from supplytrust.model.vocabulary import Area, Outcome, Status
from supplytrust.records.statement import to_statement
from supplytrust.reports.pages import name_signal, render_page
from supplytrust.reports.pages.drawings import LANES, draw_timeline, trace_chain
from supplytrust.reports.pages.graph_drawing import draw_graph
from supplytrust.reports.record_view import NextStep, RecordView, view_record
from supplytrust.reports.remedies import Step
from supplytrust.reports.view import count, label, show_size

QUESTIONS = {
    Area.BUILD: "Was this file made by a clean, repeatable build with tools that can be accounted for?",
    Area.INTEGRITY: "Are the source inputs what is expected, and which source version made this file?",
    Area.RESPONSIVENESS: "Are features stable, and are bugs answered in time, security bugs above all?",
    Area.PROVENANCE: "Who wrote it, who can release it, and has control moved to someone without a history?",
    Area.EXPERTISE: "Do the people and the reviews fit what the code does?",
}
ANSWERS = {
    Outcome.ADMIT: "It may be let in",
    Outcome.REFER: "It is not let in yet: a person has to decide, or more has to be shown",
    Outcome.REFUSE: "It is not to be let in",
}
PEOPLE = (
    *("provenance/release_owners_known", "provenance/owners_unchanged_since_first_seen"),
    *("provenance/control_held_by_known_people", "provenance/no_sudden_displacement", "provenance/releaser_known"),
    *("provenance/signing_key_known", "integrity/publisher_unchanged"),
)
LISTED = 300
STATE = {Status.SUPPORTS: "for", Status.OPPOSES: "against", Status.NOT_OBSERVED: "open"}


def render_record(record: TrustRecord, *, beside: str = "", evidence: Evidence | None = None) -> str:
    """The whole document. The statement, as it is signed, is in it, or in the file `beside` it if one is named.

    With the evidence that it was made of, its time line shows releases, owners and advisories too.
    """
    body, seen = to_statement(record), view_record(record)
    return render_page(
        "record",
        record=record,
        seen=seen,
        sentences=tuple(describe(record, seen)),
        questions=QUESTIONS,
        stages=trace_chain(record),
        line=draw_timeline(record, evidence),
        lanes=LANES,
        reasons=tuple(reason.text for reason in sorted(record.reasons, key=lambda r: len(r.path) > 1)),
        changes=_gather(seen.changes)[:LISTED],
        people=tuple(_find(record, PEOPLE)),
        graph=draw_graph(record.trustee.purl, record.outcome, record.dependencies or ()),
        dependencies=_worst_first(record)[:LISTED],
        answers=tuple((area, _answers(record.areas[area])) for area in Area),
        commands=tuple(list_commands(record)),
        workload=tuple(_workload(record)),
        statement=beside or f"data:application/json;base64,{base64.b64encode(body).decode()}",
        statement_size=show_size(len(body)),
        statement_name=f"{record.trustee.name}-{record.trustee.version or 'record'}.json".replace("/", "-"),
        label=label,
        name_signal=name_signal,
        show_size=show_size,
        count=count,
        ask=question_of,
        state=STATE,
    )


# --- in plain words


def describe(record: TrustRecord, seen: RecordView) -> Iterator[tuple[str, str]]:
    """What it is, what was asked, the answer, until when, what is not known, what to do, who answers for it."""
    trustee, context = record.trustee, record.context
    file = f", judged by its file {trustee.artifact.file_name}" if trustee.artifact else ", of which no file was read"
    kind = "a WebAssembly workload" if record.workload is not None else f"a package of the kind {trustee.type}"
    yield "What it is", f"{trustee.name} {trustee.version} is {kind}{file}."
    use = f"{context.role}, purpose {context.purpose}, sensitivity {context.sensitivity}"
    when = f"{record.assessed_at:%Y-%m-%d}"
    yield "What was asked", f"May it be used ({use}) under the policy {record.policy.id}, on what was known on {when}?"
    yield "The answer", f"{record.outcome.name}. {ANSWERS[record.outcome]}{_why(record)}."
    yield "Until when", _until(record)
    yield "What is not known", _unknown(record)
    yield "What to do", _to_do(record, seen)
    yield "Who answers for it", _responsible(record)


def _why(record: TrustRecord) -> str:
    if record.vetoes:
        return f", because of a fact that nothing outweighs: {record.vetoes[0].because}"
    if record.outcome is Outcome.ADMIT:
        met = [area.value for area in Area if record.areas[area].required]
        return f": {', '.join(met)} meet what the policy asks" if met else ""
    failing = [a.value for a in Area if record.areas[a].required and record.areas[a].outcome is not Outcome.ADMIT]
    if failing:
        return f", because of {' and '.join([', '.join(failing[:-1]), failing[-1]] if failing[:-1] else failing)}"
    return f", because: {record.reasons[0].text}" if record.reasons else ""


def _until(record: TrustRecord) -> str:
    review = f"it is to be looked at again by {record.review_by:%Y-%m-%d}"
    if record.outcome is Outcome.ADMIT:
        ends = min(moment for moment in (record.expires, record.held_back_at) if moment)
        return f"The answer holds until {ends:%Y-%m-%d} at the latest, and {review}."
    waits = [one.until for one in record.would_change if one.until]
    when = f" Waiting alone can change it on {max(waits):%Y-%m-%d}." if waits else ""
    return f"This describes {record.assessed_at:%Y-%m-%d}; {review}.{when}"


def _unknown(record: TrustRecord) -> str:
    found = [w for area in record.areas.values() for w in area.findings]
    open_ = [w for w in found if w.status is Status.NOT_OBSERVED]
    if not open_:
        return "Every question has an answer. What no question asks stays unknown."
    because, number = Counter(w.because for w in open_).most_common(1)[0]
    most = f", {number} of them because: {because}" if number > 1 else f": {because}"
    unasked = " Its dependencies were not looked at." if record.dependencies is None else ""
    return f"{len(open_)} of {len(found)} questions have no answer{most}.{unasked}"


def _to_do(record: TrustRecord, seen: RecordView) -> str:
    if record.outcome is Outcome.ADMIT:
        return f"Nothing, until it is to be looked at again on {record.review_by:%Y-%m-%d}."
    if record.outcome is Outcome.REFUSE:
        return "Do not install it; choose another release or another package."
    if not seen.changes:
        return "Look at what was asked, below."
    first = seen.changes[0].steps[0].text.partition("\n")[0] if seen.changes[0].steps else "see below"
    number = len(_gather(seen.changes))
    return first if number == 1 else f"{number} steps would change it, the first: {first}"


def _responsible(record: TrustRecord) -> str:
    tool = record.trustor.tool
    owners = list(dict.fromkeys(one.owner for one in record.exceptions))
    stands = f" It stands on exceptions of {', '.join(owners)}." if owners else ""
    return (
        f"{record.trustor.id or 'An unnamed observer'}, whose policy was applied by {tool.name} {tool.version}.{stands}"
    )


# --- what it rests on


def _find(record: TrustRecord, wanted: Iterable[str]) -> Iterator[WeighedFinding]:
    found = {w.signal: w for area in record.areas.values() for w in area.findings}
    return (found[signal] for signal in wanted if signal in found)


def _answers(verdict: AreaVerdict) -> tuple[WeighedFinding, ...]:
    """What speaks against it, then what speaks for it, then what is open; the heaviest first."""
    order = (Status.OPPOSES, Status.SUPPORTS, Status.NOT_OBSERVED)
    return tuple(
        sorted(
            verdict.findings,
            key=lambda w: (order.index(w.status), -w.weight.opposing, -w.weight.favourable, w.signal),
        )
    )


def _worst_first(record: TrustRecord) -> tuple[object, ...]:
    return tuple(sorted(record.dependencies or (), key=lambda d: (-d.outcome, d.purl, d.via)))


@cache
def question_of(signal: str) -> str:
    """What a signal asks, of its own page; '' for one that this version does not know."""
    asked = signals.find(signal)
    text = (getattr(asked, "__doc__", "") or "").partition("\nWhy it matters")[0]
    return " ".join(text.removeprefix("Question").split())


def _workload(record: TrustRecord) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What a workload asks for, exports and is granted; nothing for what is no workload."""
    if record.workload is None:
        return
    grants = record.workload.get("grants")
    granted = grants.get("items") if isinstance(grants, Mapping) else ()
    yield "interface", (str(record.workload.get("abi", "not known")),)
    for word, values in (
        ("asks for", record.workload.get("imports")),
        ("offers", record.workload.get("exports")),
        ("is granted", granted),
    ):
        yield word, tuple(map(str, values)) if isinstance(values, list | tuple) else ()


# --- what to do


def _gather(changes: Iterable[NextStep]) -> tuple[tuple[tuple[Step, ...], list[str]], ...]:
    """What is brought in the same way, together; in the order of the view."""
    by_steps: dict[tuple[Step, ...], list[str]] = {}
    for change in changes:
        by_steps.setdefault(change.steps, []).append(change.text)
    return tuple(by_steps.items())


def list_commands(record: TrustRecord) -> Iterator[tuple[str, str]]:
    """What to type to do this again, to look closer, and to hand it on."""
    purl, policy = shlex.quote(record.trustee.purl), shlex.quote(record.policy.id)
    name = shlex.quote(f"{record.trustee.name}-{record.trustee.version or 'record'}.json".replace("/", "-"))
    yield "Ask again, now", f"supplytrust assess {purl} --policy {policy}"
    yield (
        "Ask again as of that moment",
        (f"supplytrust assess {purl} --policy {policy} --at {record.assessed_at:%Y-%m-%dT%H:%M:%SZ}"),
    )
    yield "Say exactly what is missing (with the JSON beside this page)", f"supplytrust explain {name}"
    yield "Build it again and compare", f"supplytrust rebuild {purl}"
    yield "Sign it, so that a gate can take it", f"supplytrust sign {name} --key KEY"
    yield "What was judged before", f"supplytrust history {purl}"
