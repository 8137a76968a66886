"""What a record says, in the order in which a person should read it; every format shows this same view."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from supplytrust.appraisal import judge
from supplytrust.appraisal.signals.support.select import show_text
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.record import (
    VENDOR,
    AreaVerdict,
    DependencyVerdict,
    Footprint,
    Missing,
    TrustRecord,
    WeighedFinding,
)
from supplytrust.model.vocabulary import Area, EdgeKind, Outcome, Status
from supplytrust.reports import remedies
from supplytrust.reports.remedies import Lack, Step
from supplytrust.reports.view import count, count_packages, label, show_size

UNASKED = {"dependencies-unknown", "nothing-required"}
TREE = "integrity/artifact_matches_source_tree"
EASE = ("repository", "advisories", "rebuild", "index", "ledger", "artifact", "predecessor", "attestation", "review")
SHOWN_NAMES = 4


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One area: its outcome ('-' when not required), numbers, and what speaks against and for it, gravest first."""

    area: Area
    verdict: AreaVerdict
    outcome: str
    answered: int
    against: tuple[str, ...]
    favourable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing that would change the outcome, in a sentence, and what brings it."""

    text: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordView:
    """A whole record. `facts` are labelled lines: dependencies, what it leans on, footprint, exceptions, vetoes."""

    title: str
    outcome: Outcome
    basis: str
    artifact: str
    observer: str
    reasons: tuple[str, ...]
    areas: tuple[AreaRow, ...]
    findings: tuple[WeighedFinding, ...]
    dependencies: tuple[DependencyVerdict, ...] | None
    facts: tuple[tuple[str, str], ...]
    changes: tuple[NextStep, ...]


def view_record(record: TrustRecord) -> RecordView:
    """The view of a record; everything that came from outside is printable and stands on one line."""
    artifact = record.trustee.artifact
    return RecordView(
        title=f"{record.trustee.name} {record.trustee.version}".strip(),
        outcome=record.outcome,
        basis=f"policy {record.policy.id}, {_term(record)}",
        artifact=f"{artifact.file_name}  sha256 {artifact.sha256}" if artifact else "",
        observer=record.trustor.id or "an unnamed observer",
        reasons=tuple(_reasons(record)),
        areas=tuple(_area(area, record.areas[area]) for area in Area),
        findings=tuple(_by_weight(record)),
        dependencies=record.dependencies,
        facts=tuple(_facts(record)),
        changes=tuple(_changes(record)),
    )


def _term(record: TrustRecord) -> str:
    if record.outcome is Outcome.ADMIT:
        return f"holds until {record.expires:%Y-%m-%d}"
    return f"as of {record.assessed_at:%Y-%m-%d %H:%M} UTC"


def _reasons(record: TrustRecord) -> Iterator[str]:
    yield from (f"veto, {fact.veto.value}: {fact.because}" for fact in record.vetoes)
    for reason in record.reasons:
        yield reason.text + (f" (via {' > '.join(reason.path)})" if len(reason.path) > 1 else "")


def _area(area: Area, verdict: AreaVerdict) -> AreaRow:
    against = [w for w in verdict.findings if w.status is Status.OPPOSES]
    order = sorted(against, key=lambda w: (w.veto is None, -w.weight.opposing))
    return AreaRow(
        area,
        verdict,
        verdict.outcome.name if verdict.required else "-",
        sum(w.status is not Status.NOT_OBSERVED for w in verdict.findings),
        tuple(w.because for w in order),
        tuple(w.because for w in _strongest(verdict.findings)),
    )


def _strongest(findings: Iterable[WeighedFinding]) -> list[WeighedFinding]:
    """The strongest supporting finding of each of the two heaviest groups."""
    best: dict[str, WeighedFinding] = {}
    for weighed in sorted(findings, key=lambda w: (-w.weight.favourable, w.signal)):
        if weighed.status is Status.SUPPORTS and weighed.weight.favourable > 0:
            best.setdefault(weighed.group, weighed)
    return list(best.values())[:2]


def _by_weight(record: TrustRecord) -> Iterator[WeighedFinding]:
    for area in Area:
        findings = record.areas[area].findings
        yield from sorted(findings, key=lambda w: (-w.weight.opposing, -w.weight.favourable, w.signal))


# --- labelled lines -----------------------------------------------------------------------------------


def _facts(record: TrustRecord) -> Iterator[tuple[str, str]]:
    yield from _dependencies(record.dependencies)
    yield from _surroundings(record)
    yield from _footprint(record.footprint)
    for one in record.exceptions:
        yield "exception", f"{', '.join(one.covers)}: {one.reason} ({one.owner}, until {one.expires:%Y-%m-%d})"
    yield from _unused_endorsements(record)
    for fact in record.vetoes:
        yield "VETO", f"{fact.veto.value}: {fact.because}"


def _dependencies(dependencies: tuple[DependencyVerdict, ...] | None) -> Iterator[tuple[str, str]]:
    if dependencies is None:
        yield "dependencies", "not looked at (--deps direct looks at them)"
        return
    if not dependencies:
        yield "dependencies", "none"
        return
    parts = []
    for kind in EdgeKind:
        of_kind = {d.purl: d for d in dependencies if d.kind is kind}.values()
        if of_kind:
            counts = Counter(d.outcome for d in of_kind)
            counted = ", ".join(f"{counts[o]} {o.name}" for o in Outcome if counts[o])
            parts.append(f"{len(of_kind)} {kind.value} ({counted})")
    yield "dependencies", " · ".join(parts)
    covered = {f"{d.kind.value}: {how}" for d in dependencies for how in d.how.split("; ")[1:]}
    yield from (("", line) for line in sorted(covered))
    worst = sorted((d for d in dependencies if d.outcome is not Outcome.ADMIT), key=lambda d: (-d.outcome, d.purl))
    names = list(dict.fromkeys(f"{label(d.purl)} {d.outcome.name}" for d in worst))[:SHOWN_NAMES]
    if names:
        yield "", "look at: " + ", ".join(names)


def _surroundings(record: TrustRecord) -> Iterator[tuple[str, str]]:
    """What the artifact leans on that is no package: named here, asked nothing."""
    stated = record.ext.get("surroundings")
    found = stated if isinstance(stated, Mapping) else {}
    platform, system, inferred = found.get("platform"), found.get("system") or (), found.get("inferred") or ()
    names = [str(one.get("name")) for one in inferred if isinstance(one, Mapping)]
    parts = [f"{len(system)} libraries of the platform ({platform})"] if system else []
    if names:
        more = ", ..." if len(names) > 3 else ""
        parts.append(f"{len(names)} inferred from code: {', '.join(map(show_text, names[:3]))}{more}")
    if parts:
        yield "leans on", " · ".join(parts)


def _unused_endorsements(record: TrustRecord) -> Iterator[tuple[str, str]]:
    stated = record.ext.get(judge.EXT)
    for one in stated if isinstance(stated, list | tuple) else ():
        if isinstance(one, Mapping):
            what = one.get("file") or f"{one.get('claim')} by {one.get('author')}"
            yield "endorsement", f"not used: {show_text(str(what), 80)}: {show_text(str(one.get('why')), 120)}"


def _footprint(footprint: Footprint | None) -> Iterator[tuple[str, str]]:
    if footprint is None:
        return
    size = "size unknown" if footprint.bytes is None else show_size(footprint.bytes)
    native = "native code unknown" if footprint.native is None else f"{footprint.native} with native code"
    line = f"{count_packages(footprint.packages)}, {size}, {native}"
    shippers = [point for point in footprint.single_points if point.kind != VENDOR]
    if shippers and footprint.packages > 1:
        top = shippers[0]
        reach = f"{len(top.packages)} of {footprint.packages}"
        line += f" · widest single point: {top.kind} {show_text(top.name)} can ship {reach}"
    for point in [point for point in footprint.single_points if point.kind == VENDOR][:3]:
        line += f" · {len(point.packages)} of {footprint.packages} on the word of {show_text(point.name)}"
    yield "footprint", line


# --- what would change it -----------------------------------------------------------------------------


def _changes(record: TrustRecord) -> Iterator[NextStep]:
    """The package's own lacks first, then those of what it depends on, equal ones together; () when admitted."""
    if record.outcome is Outcome.ADMIT:
        return
    for reason in record.reasons:
        if reason.code in UNASKED:
            yield NextStep(reason.text, (Step("run", f"supplytrust assess '{record.trustee.purl}' --deps direct"),))
    for missing in record.would_change:
        if not missing.subject:
            yield from _own_lack(record, missing)
    yield from _lacks_below(record)


def _own_lack(record: TrustRecord, missing: Missing) -> Iterator[NextStep]:
    area = missing.area.value
    alike: dict[tuple[str, str], list[str]] = {}  # what is required and was not seen, by why not
    for must in missing.must_haves:
        when = f" (look again from {missing.until:%Y-%m-%d %H:%M} UTC)" if missing.until else _why_not(record, must)
        reason = NotObservedReason.COOLING_DOWN.value if missing.until else _reason_of(record, must)
        alike.setdefault((when, reason), []).append(must)
    for (when, reason), several in alike.items():
        lack = _lack(record, several[0], reason, ())
        yield NextStep(f"{area}: required and not seen: {', '.join(several)}{when}", remedies.steps(lack))
    if missing.evidence:
        for piece in pieces_of(missing):
            if piece in missing.must_haves:
                continue
            lack = _lack(record, piece, _reason_of(record, piece), ())
            yield NextStep(
                f"{area}: {piece.partition('/')[2]} is not known{_why_not(record, piece)}", remedies.steps(lack)
            )
    elif missing.blockers:
        names = ", ".join(missing.blockers[:3])
        yield NextStep(
            f"{area}: only resolving this can change it: {names}",
            (Step("do", "take another release, or have its makers resolve it"),),
        )
    elif missing.missing > 0:
        yield NextStep(
            f"{area}: more is missing than all open questions can bring",
            (Step("do", f"an exception can cover it: supplytrust policy init --from {_target(record)}"),),
        )


def _lacks_below(record: TrustRecord) -> Iterator[NextStep]:
    """What dependencies lack. A build tool needs nothing once every byte of the artifact is accounted for."""
    tools = _open_tools(record)
    if tools:
        lack = _lack(record, TREE, NotObservedReason.DEPENDS.value, ())
        yield NextStep(
            f"build tools: {_names(tools)} would need no answer if {TREE.partition('/')[2]} were known",
            remedies.steps(lack),
        )
    alike: dict[tuple[object, ...], list[Missing]] = {}
    for missing in record.would_change:
        if missing.subject and missing.subject not in tools:
            wanted = missing.must_haves or pieces_of(missing)[:1]
            alike.setdefault((missing.area, wanted, missing.blockers), []).append(missing)
    for several in alike.values():
        yield _lack_below(record, several)


def _lack_below(record: TrustRecord, several: list[Missing]) -> NextStep:
    first, packages = several[0], tuple(missing.subject for missing in several)
    wanted = first.must_haves[0] if first.must_haves else next(iter(pieces_of(first)), "")
    if not wanted:
        what = f"only resolving {', '.join(first.blockers[:3])} can change it" if first.blockers else "nothing would do"
        return NextStep(f"{first.area.value} of {_names(packages)}: {what}", (Step("do", "take another release"),))
    until = f" (look again from {first.until:%Y-%m-%d %H:%M} UTC)" if first.until else ""
    reason = NotObservedReason.COOLING_DOWN.value if first.until else ""
    text = f"{first.area.value} of {_names(packages)}: {wanted.partition('/')[2]} is not known{until}"
    return NextStep(text, remedies.steps(_lack(record, wanted, reason, packages)))


def _open_tools(record: TrustRecord) -> list[str]:
    """Build tools that are asked something, where the artifact was not compared with its source; not linked ones."""
    dependencies = record.dependencies or ()
    others = {d.purl for d in dependencies if d.kind is not EdgeKind.BUILD or "; covered by" in d.how}
    open_ = {missing.subject for missing in record.would_change if missing.subject}
    seen = any(w.signal == TREE and w.status is not Status.NOT_OBSERVED for w in record.areas[Area.INTEGRITY].findings)
    return [] if seen else sorted({d.purl for d in dependencies if d.kind is EdgeKind.BUILD} & open_ - others)


def pieces_of(missing: Missing) -> tuple[str, ...]:
    """The smallest set of answers; of several that are each enough the one that is brought most easily."""
    alone = [gain.signal for gain in missing.single]
    if len(missing.evidence) == 1 and alone:
        return (min(alone, key=_ease),)
    return tuple(gain.signal for gain in missing.evidence)


def _ease(signal: str) -> int:
    topic = remedies.topic_of(signal)
    return EASE.index(topic) if topic in EASE else len(EASE)


def _lack(record: TrustRecord, signal: str, reason: str, packages: tuple[str, ...]) -> Lack:
    target = _target(record)
    return Lack(
        signal, reason, packages or (record.trustee.purl,), target, f"supplytrust assess {target}", bool(packages)
    )


def _target(record: TrustRecord) -> str:
    """The package as a command takes it."""
    return shlex.quote(label(record.trustee.purl))


def _names(packages: Iterable[str]) -> str:
    names = [label(purl) for purl in packages]
    more = f" and {count(len(names) - SHOWN_NAMES, 'other')}" if len(names) > SHOWN_NAMES else ""
    return f"{', '.join(names[:SHOWN_NAMES])}{more}"


def _finding(record: TrustRecord, signal: str) -> WeighedFinding | None:
    return next((w for area in Area for w in record.areas[area].findings if w.signal == signal), None)


def _why_not(record: TrustRecord, signal: str) -> str:
    """Why a question had no answer, in the words of the one who looked."""
    found = _finding(record, signal)
    return f"; now: {found.because}" if found else ""


def _reason_of(record: TrustRecord, signal: str) -> str:
    found = _finding(record, signal)
    return found.reason.value if found and found.reason else ""
