"""What this release has that the one before it had not: hooks, binaries, size, requirements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from supplytrust import ecosystems
from supplytrust.ecosystems import Ecosystem, IndexedFile, artifact_cache
from supplytrust.ecosystems.contents import Contents
from supplytrust.errors import SourceError
from supplytrust.io.context import CollectContext, SourceClaim, not_observed
from supplytrust.model.claims.artifact import ChangeSincePredecessor, MeasuredDigest
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import NewRequirements, ReleaseHistory, RequirementAge
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Artifact, Subject

NAME = "predecessor"
OFFERS: tuple[type[Claim], ...] = (ChangeSincePredecessor, NewRequirements)
NEEDS: tuple[type[Claim], ...] = (ReleaseHistory, MeasuredDigest)
ECOSYSTEMS = ecosystems.known_types()
MOST_LOOKUPS = 30


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:
    """Compare the judged file and its counterpart with the same kind of file of the predecessor."""
    history = known.newest(ReleaseHistory)
    if history is None:
        gap = known.gap(ReleaseHistory)
        return [
            not_observed(kind, NotObservedReason.DEPENDS, f"the release history is missing: {gap.reason}")
            for kind in OFFERS
        ]
    before = history.claim.predecessor
    if not before:
        text = history.claim.before(subject.version).absence(subject.version)
        return [not_observed(kind, NotObservedReason.NO_PREDECESSOR, text) for kind in OFFERS]
    cutoff = history.claim.cutoff(subject.version)
    listed = [f for f in ecosystems.of(subject).index_files(subject.name, world) if f.release == before]
    earlier = [f for f in listed if cutoff is None or f.uploaded_at is None or f.uploaded_at <= cutoff]
    return _compare_pair(subject, before, earlier, world, dated=cutoff is not None)


def _compare_pair(
    subject: Subject, before: str, earlier: list[IndexedFile], world: CollectContext, *, dated: bool
) -> Sequence[SourceClaim | NotObserved]:
    seen: list[SourceClaim | NotObserved] = []
    ecosystem = ecosystems.of(subject)
    for artifact in ecosystem.files_to_read(subject):
        match = ecosystem.counterpart(artifact, earlier)
        if match is None:
            detail = f"{before} has no {artifact.kind.value}"
            seen.append(not_observed(ChangeSincePredecessor, NotObservedReason.NOT_PUBLISHED, detail))
            continue
        known = dated and match.uploaded_at is not None
        seen += _against(subject, before, artifact, match.artifact(), world, dated=known)
    return _drop_answered(seen)


def _against(
    subject: Subject, before: str, artifact: Artifact, match: Artifact, world: CollectContext, *, dated: bool
) -> list[SourceClaim | NotObserved]:
    try:
        read = [artifact_cache.of(subject, file, world) for file in (match, artifact)]
        then, now = (one.contents for one in read)
    except SourceError as error:
        return [not_observed(kind, NotObservedReason(error.reason), error.message) for kind in OFFERS]
    ecosystem, sizes = ecosystems.of(subject), (read[0].size, read[1].size)
    seen: list[SourceClaim | NotObserved] = [_change(ecosystem, before, then, now, sizes, dated=dated)]
    if artifact is subject.artifact:
        seen.append(_requirements(ecosystem, before, then, now, world, dated=dated))
    return seen


def _change(
    ecosystem: Ecosystem, before: str, then: Contents, now: Contents, sizes: tuple[int, int], *, dated: bool
) -> SourceClaim | NotObserved:
    try:
        changed = replace(ecosystem.change(before, then, now, sizes), dated=dated)
    except SourceError as error:
        return not_observed(ChangeSincePredecessor, NotObservedReason(error.reason), error.message)
    return SourceClaim(changed, f"against {then.file_name}", f"sha256:{now.digest}")


def _requirements(
    ecosystem: Ecosystem, before: str, then: Contents, now: Contents, world: CollectContext, *, dated: bool
) -> SourceClaim | NotObserved:
    try:
        old, new = ecosystem.run_time_names(then), ecosystem.run_time_names(now)
    except SourceError as error:
        return not_observed(NewRequirements, NotObservedReason(error.reason), error.message)
    added = sorted(new - old)
    if len(added) > MOST_LOOKUPS:
        return not_observed(
            NewRequirements, NotObservedReason.TOO_LARGE, f"{len(added)} new requirements are not looked up"
        )
    ages = tuple(RequirementAge(name, _first(ecosystem, name, world)) for name in added)
    return SourceClaim(
        NewRequirements(before, ages, dated), f"metadata against {then.file_name}", f"sha256:{now.digest}"
    )


def _first(ecosystem: Ecosystem, name: str, world: CollectContext) -> datetime | None:
    try:
        return ecosystem.first_release(name, world)
    except SourceError:
        return None


def _drop_answered(seen: list[SourceClaim | NotObserved]) -> list[SourceClaim | NotObserved]:
    """Drop what was missed of one file when another file gave it."""
    made = {type(part.claim).__name__ for part in seen if isinstance(part, SourceClaim)}
    return [part for part in seen if isinstance(part, SourceClaim) or part.claim not in made]
