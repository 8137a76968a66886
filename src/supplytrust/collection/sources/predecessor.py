"""What this release has that the one before it had not: hooks, binaries, size, requirements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from supplytrust.ecosystems import pypi
from supplytrust.ecosystems.pypi import artifact_cache, core_metadata, select_file
from supplytrust.ecosystems.pypi.change import change
from supplytrust.ecosystems.pypi.contents import Contents
from supplytrust.ecosystems.pypi.files import IndexFile
from supplytrust.ecosystems.pypi.requirements import run_time_names
from supplytrust.errors import SourceError
from supplytrust.io.context import CollectContext, SourceClaim, not_observed
from supplytrust.model.claims.artifact import ChangeSincePredecessor, MeasuredDigest
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import NewRequirements, ReleaseHistory, RequirementAge
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Artifact, ArtifactKind, Subject

NAME = "predecessor"
OFFERS: tuple[type[Claim], ...] = (ChangeSincePredecessor, NewRequirements)
NEEDS: tuple[type[Claim], ...] = (ReleaseHistory, MeasuredDigest)
ECOSYSTEMS: tuple[str, ...] = ("pypi",)
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
    listed = [f for f in pypi.index_files(subject.name, world) if str(f.version) == before]
    earlier = [f for f in listed if cutoff is None or f.uploaded_at is None or f.uploaded_at <= cutoff]
    return _compare_pair(subject, before, earlier, world, dated=cutoff is not None)


def _compare_pair(
    subject: Subject, before: str, earlier: list[IndexFile], world: CollectContext, *, dated: bool
) -> Sequence[SourceClaim | NotObserved]:
    seen: list[SourceClaim | NotObserved] = []
    for artifact in _pair(subject):
        match = _counterpart(artifact, earlier)
        if match is None:
            detail = f"{before} has no {artifact.kind.value}"
            seen.append(not_observed(ChangeSincePredecessor, NotObservedReason.NOT_PUBLISHED, detail))
            continue
        known = dated and match.uploaded_at is not None
        seen += _against(subject, before, artifact, match.artifact(), world, dated=known)
    return _drop_answered(seen)


def _pair(subject: Subject) -> list[Artifact]:
    judged = subject.artifact
    if judged is None:
        return []
    other = ArtifactKind.WHEEL if judged.kind is ArtifactKind.SDIST else ArtifactKind.SDIST
    return [judged, *[a for a in subject.others if a.kind is other][:1]]


def _counterpart(artifact: Artifact, earlier: Iterable[IndexFile]) -> IndexFile | None:
    """The earlier file for the same platform if there is one, else what an install would take of that kind."""
    same = [f for f in earlier if f.kind is artifact.kind]
    tail = artifact.file_name.split("-")[2:]
    twin = [f for f in same if artifact.kind is ArtifactKind.WHEEL and f.file_name.split("-")[2:] == tail]
    return twin[0] if twin else select_file.select_for_install(same)


def _against(
    subject: Subject, before: str, artifact: Artifact, match: Artifact, world: CollectContext, *, dated: bool
) -> list[SourceClaim | NotObserved]:
    try:
        read = [artifact_cache.of(subject, file, world) for file in (match, artifact)]
        then, now = (one.contents for one in read)
    except SourceError as error:
        return [not_observed(kind, NotObservedReason(error.reason), error.message) for kind in OFFERS]
    digest = f"sha256:{now.digest}"
    changed = replace(change(before, then, now, (read[0].size, read[1].size)), dated=dated)
    seen: list[SourceClaim | NotObserved] = [SourceClaim(changed, f"against {match.file_name}", digest)]
    if artifact is subject.artifact:
        seen.append(_requirements(before, then, now, world, dated=dated))
    return seen


def _requirements(
    before: str, then: Contents, now: Contents, world: CollectContext, *, dated: bool
) -> SourceClaim | NotObserved:
    try:
        old = run_time_names(core_metadata.core_metadata(then).requires_dist)
        new = run_time_names(core_metadata.core_metadata(now).requires_dist)
    except SourceError as error:
        return not_observed(NewRequirements, NotObservedReason(error.reason), error.message)
    added = sorted(new - old)
    if len(added) > MOST_LOOKUPS:
        return not_observed(
            NewRequirements, NotObservedReason.TOO_LARGE, f"{len(added)} new requirements are not looked up"
        )
    ages = tuple(RequirementAge(name, _first(name, world)) for name in added)
    return SourceClaim(
        NewRequirements(before, ages, dated), f"metadata against {then.file_name}", f"sha256:{now.digest}"
    )


def _first(name: str, world: CollectContext) -> datetime | None:
    try:
        return pypi.first_release(name, world)
    except SourceError:
        return None


def _drop_answered(seen: list[SourceClaim | NotObserved]) -> list[SourceClaim | NotObserved]:
    """Drop what was missed of one file when another file gave it."""
    made = {type(part.claim).__name__ for part in seen if isinstance(part, SourceClaim)}
    return [part for part in seen if isinstance(part, SourceClaim) or part.claim not in made]
