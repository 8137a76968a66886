"""Why a record says what it says: every finding with its weight, what is missing, what would change it."""

from __future__ import annotations

from collections.abc import Iterable

from supplytrust.model.record import AreaVerdict, Missing, TrustRecord, WeighedFinding
from supplytrust.model.vocabulary import Area, Outcome, Status

MARK = {Status.SUPPORTS: "+", Status.OPPOSES: "-", Status.NOT_OBSERVED: "?"}


def render(record: TrustRecord) -> str:
    """All areas, findings by weight, unknowns with their reason, then the smallest change."""
    who = record.trustor.id or "an unnamed observer"
    lines = [
        f"{record.trustee.purl}: {record.outcome.name} under policy {record.policy.id}",
        f"  as seen by {who} at {record.assessed_at:%Y-%m-%d %H:%M} UTC",
        *(f"  because {reason.text}" + _path(reason.path) for reason in record.reasons),
    ]
    for area in Area:
        lines += ["", *_area(area, record.areas[area])]
    lines += ["", *_changes(record)]
    return "\n".join(lines)


def _path(path: tuple[str, ...]) -> str:
    return f"  (via {' > '.join(path)})" if len(path) > 1 else ""


def _area(area: Area, verdict: AreaVerdict) -> list[str]:
    need = f"needs belief {verdict.threshold:.2f}" if verdict.required else "not required"
    outcome = verdict.outcome.name if verdict.required else "not required"
    shares = f"belief {verdict.belief:.3f}, disbelief {verdict.disbelief:.3f}, unknown {verdict.uncertainty:.3f}"
    lines = [f"{area.value}: {outcome}; {shares}; {need}; {verdict.coverage:.0%} of its questions answered"]
    order = sorted(verdict.findings, key=lambda w: (-w.weight.opposing, -w.weight.favourable, w.status, w.signal))
    return lines + [_finding(w) for w in order]


def _finding(weighed: WeighedFinding) -> str:
    weight = weighed.weight.favourable if weighed.status is Status.SUPPORTS else weighed.weight.opposing
    told = f"{weight:4.1f}" if weighed.status is not Status.NOT_OBSERVED else "    "
    reason = f" [{weighed.reason.value}]" if weighed.reason else ""
    return f"  {MARK[weighed.status]} {told}  {weighed.signal.partition('/')[2]:<36} {weighed.because}{reason}"


def _changes(record: TrustRecord) -> Iterable[str]:
    if record.outcome is Outcome.ADMIT:
        yield f"The record holds until {record.expires:%Y-%m-%d}."
        if record.held_back_at:
            yield f"On this evidence alone the outcome would stop being ADMIT on {record.held_back_at:%Y-%m-%d}."
        return
    yield (
        "What would change the outcome:"
        if record.would_change
        else "Nothing in the catalogue would change the outcome."
    )
    for missing in record.would_change:
        yield from _missing(missing)


def _missing(missing: Missing) -> Iterable[str]:
    for must in missing.must_haves:
        until = f", from {missing.until:%Y-%m-%d %H:%M} UTC" if missing.until else ""
        yield f"  {missing.area.value}: {must} must be seen to hold{until}"
    if missing.evidence:
        pieces = " and ".join(f"{e.signal} (+{e.gain:.1f})" for e in missing.evidence)
        yield f"  {missing.area.value}: {missing.missing:.2f} weight is missing; the smallest set: {pieces}"
    elif missing.blockers:
        yield f"  {missing.area.value}: only resolving {', '.join(missing.blockers)} can change this"
