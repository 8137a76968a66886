"""Why a record says what it says: every finding with its weight, what is missing, what would change it.

And why it does not say what another one says: what differs between two records of a package.
"""

from __future__ import annotations

from collections.abc import Iterable

from supplytrust.model.record import AreaVerdict, Missing, TrustRecord, WeighedFinding
from supplytrust.model.vocabulary import Area, Outcome, Status
from supplytrust.reports.view import count_packages, label

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
    alike: dict[tuple[object, ...], list[Missing]] = {}
    for missing in record.would_change:
        signals = tuple(gain.signal for gain in missing.evidence)
        key = (missing.area, missing.must_haves, missing.until, signals, missing.blockers)
        alike.setdefault(key, []).append(missing)
    for several in alike.values():
        yield from _missing(several)
        if [one.subject for one in several] != [""]:
            yield f"      in {_names([one.subject for one in several])}"


def _names(subjects: list[str]) -> str:
    """The packages that lack the same thing: this one first, then those it depends on."""
    names = dict.fromkeys(label(purl) if purl else "this package" for purl in sorted(subjects))
    number = f"{count_packages(len(names))}: " if len(names) > 1 else ""
    return f"{number}{', '.join(names)}"


def _missing(several: list[Missing]) -> Iterable[str]:
    """What is missing for one cause, which may be that of several packages; weights from the least to the most."""
    first = several[0]
    area = first.area.value
    for must in first.must_haves:
        until = f", from {first.until:%Y-%m-%d %H:%M} UTC" if first.until else ""
        yield f"  {area}: {must} must be seen to hold{until}"
    if first.evidence:
        pieces = " and ".join(
            f"{gain.signal} (+{_span([one.evidence[place].gain for one in several])})"
            for place, gain in enumerate(first.evidence)
        )
        yield f"  {area}: {_span([one.missing for one in several])} weight is missing; the smallest set: {pieces}"
    elif first.blockers:
        yield f"  {area}: only resolving {', '.join(first.blockers)} can change this"


def _span(numbers: list[float]) -> str:
    least, most = f"{min(numbers):.1f}", f"{max(numbers):.1f}"
    return least if least == most else f"{least} to {most}"


# --- What differs between two records of the same package.


def compare_records(old: TrustRecord, new: TrustRecord) -> str:
    """One line a difference; 'no difference' when the judgement is the same."""
    lines = [*_head(old, new), *_areas(old, new), *_findings(old, new), *_dependencies(old, new)]
    title = f"{old.trustee.purl} ({old.assessed_at:%Y-%m-%d}) -> {new.trustee.purl} ({new.assessed_at:%Y-%m-%d})"
    return "\n".join([title, *(lines or ["  no difference in outcome, findings or dependencies"])])


def direction(before: Outcome, after: Outcome) -> str:
    """'better', 'worse' or 'same'."""
    return "same" if before == after else "better" if after < before else "worse"


def _head(old: TrustRecord, new: TrustRecord) -> Iterable[str]:
    if old.outcome != new.outcome:
        yield f"  outcome         {old.outcome.name} -> {new.outcome.name} ({direction(old.outcome, new.outcome)})"
    if old.policy.digest != new.policy.digest:
        yield f"  policy          {old.policy.id} epoch {old.policy.epoch} -> {new.policy.id} epoch {new.policy.epoch}"
    one, other = old.trustee.artifact, new.trustee.artifact
    if one and other and one.sha256 != other.sha256:
        yield f"  artifact        {one.file_name} {one.sha256[:12]} -> {other.file_name} {other.sha256[:12]}"


def _areas(old: TrustRecord, new: TrustRecord) -> Iterable[str]:
    for area in Area:
        before, after = old.areas[area], new.areas[area]
        if before.outcome != after.outcome or abs(before.belief - after.belief) >= 0.005:
            was, now = (f"{v.outcome.name} {v.belief:.2f}" for v in (before, after))
            yield f"  {area.value:<15} {was} -> {now}"


def _findings(old: TrustRecord, new: TrustRecord) -> Iterable[str]:
    before = {w.signal: w for v in old.areas.values() for w in v.findings}
    after = {w.signal: w for v in new.areas.values() for w in v.findings}
    for signal in sorted(before.keys() | after.keys()):
        one, other = before.get(signal), after.get(signal)
        if one and other and (one.status, one.grade) == (other.status, other.grade):
            continue
        was, now = (f.status.value if f else "not asked" for f in (one, other))
        yield f"  {signal}: {was} -> {now}" + (f": {other.because}" if other else "")


def _dependencies(old: TrustRecord, new: TrustRecord) -> Iterable[str]:
    before = {(d.purl, d.kind): d for d in old.dependencies or ()}
    after = {(d.purl, d.kind): d for d in new.dependencies or ()}
    for key in sorted(before.keys() | after.keys()):
        one, other = before.get(key), after.get(key)
        if one is None and other is not None:
            yield f"  + {key[1].value} {key[0]} {other.outcome.name}"
        elif other is None and one is not None:
            yield f"  - {key[1].value} {key[0]} (was {one.outcome.name})"
        elif one and other and one.outcome != other.outcome:
            yield f"  ~ {key[1].value} {key[0]} {one.outcome.name} -> {other.outcome.name}"
