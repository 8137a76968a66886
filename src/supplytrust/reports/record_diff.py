"""What differs between two records of the same package."""

from __future__ import annotations

from collections.abc import Iterable

from supplytrust.model.record import TrustRecord
from supplytrust.model.vocabulary import Area, Outcome


def compare(old: TrustRecord, new: TrustRecord) -> str:
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
