"""What changed for callers between a release and the one before it, on real packages.

    python tools/bench/stability.py NAME[@VERSION]...

Prints a line a release: step, names compared, removals and broken calls with how many were announced, seconds; then
the names. Needs an index; nothing is written but the cache.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime

from supplytrust.appraisal.signals.responsiveness import api_stable
from supplytrust.collection.options import load_settings, open_collect_context
from supplytrust.collection.resolve import resolve
from supplytrust.collection.scheduler import collect_claims
from supplytrust.collection.sources import artifact, index, stability
from supplytrust.errors import SupplytrustError
from supplytrust.model.claims.release import ApiChanges
from supplytrust.model.finding import AppraisalContext
from supplytrust.model.policy import Context


def main(names: list[str]) -> None:
    now = datetime.now(UTC)
    with open_collect_context(load_settings({}), at=now, now=now, options={}) as world:
        for name in names:
            try:
                subject = resolve(f"pkg:pypi/{name}", world)
                known = collect_claims(subject, world, (index, artifact))
                began = time.perf_counter()
                known = look_again(subject, known, world)
            except SupplytrustError as error:
                print(f"{name}: {error.message}")
                continue
            show(name, subject, known, time.perf_counter() - began)


def look_again(subject, known, world):
    from supplytrust.collection.scheduler import observation
    from supplytrust.io.context import SourceClaim
    from supplytrust.model.evidence import SubjectEvidence

    made = stability.observe(subject, known, world)
    seen = tuple(observation(stability.NAME, o, world.now) for o in made if isinstance(o, SourceClaim))
    gaps = tuple(f"{m.claim}: {m.reason} {m.detail}" for m in made if not isinstance(m, SourceClaim))
    for gap in gaps:
        print(f"{subject.name} {subject.version}: {gap}")
    return SubjectEvidence(subject, known.observations + seen, known.gaps)


def show(name, subject, known, seconds):
    seen = known.newest(ApiChanges)
    if seen is None:
        return
    claim = seen.claim
    found = api_stable.ask(subject, known, AppraisalContext(datetime.now(UTC), Context()))
    print(
        f"{subject.name} {claim.predecessor} -> {claim.version}: {claim.step.value},"
        f" {claim.names} names in {claim.modules} modules,"
        f" unread {claim.unread}, removed {claim.removed} ({claim.removed_unannounced} unannounced), calls"
        f" {claim.signatures} ({claim.signatures_unannounced}), {seconds:.1f} s:"
        f" {found.status.value} {found.grade} | {found.because}"
    )
    for change in claim.changes[:14]:
        print(f"      {change.kind.value:9} {change.name}{' (announced)' if change.announced else ''} {change.detail}")


if __name__ == "__main__":
    main(sys.argv[1:])
