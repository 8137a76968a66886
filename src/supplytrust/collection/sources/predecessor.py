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
from supplytrust.io.context import Missed, Observed, World
from supplytrust.model.claims.artifact import ChangeSincePredecessor, MeasuredDigest
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import NewRequirements, ReleaseHistory, RequirementAge
from supplytrust.model.evidence import GapReason, SubjectEvidence
from supplytrust.model.subject import Artifact, ArtifactKind, Subject

NAME = "predecessor"
OFFERS: tuple[type[Claim], ...] = (ChangeSincePredecessor, NewRequirements)
NEEDS: tuple[type[Claim], ...] = (ReleaseHistory, MeasuredDigest)
ECOSYSTEMS: tuple[str, ...] = ("pypi",)
MOST_LOOKUPS = 30


def observe(subject: Subject, known: SubjectEvidence, world: World) -> Sequence[Observed | Missed]:
    """Compare the judged file and its counterpart with the same kind of file of the predecessor."""
    history = known.newest(ReleaseHistory)
    if history is None:
        gap = known.gap(ReleaseHistory)
        return [Missed(kind, GapReason.DEPENDS, f"the release history is missing: {gap.reason}") for kind in OFFERS]
    before = history.claim.predecessor
    if not before:
        text = history.claim.before(subject.version).absence(subject.version)
        return [Missed(kind, GapReason.NO_PREDECESSOR, text) for kind in OFFERS]
    cutoff = history.claim.cutoff(subject.version)
    listed = [f for f in pypi.index_files(subject.name, world) if str(f.version) == before]
    earlier = [f for f in listed if cutoff is None or f.uploaded_at is None or f.uploaded_at <= cutoff]
    return _compared(subject, before, earlier, world, dated=cutoff is not None)


def _compared(
    subject: Subject, before: str, earlier: list[IndexFile], world: World, *, dated: bool
) -> Sequence[Observed | Missed]:
    seen: list[Observed | Missed] = []
    for artifact in _pair(subject):
        match = _counterpart(artifact, earlier)
        if match is None:
            detail = f"{before} has no {artifact.kind.value}"
            seen.append(Missed(ChangeSincePredecessor, GapReason.NOT_PUBLISHED, detail))
            continue
        known = dated and match.uploaded_at is not None
        seen += _against(subject, before, artifact, match.artifact(), world, dated=known)
    return _once(seen)


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
    return twin[0] if twin else select_file.chosen(same)


def _against(
    subject: Subject, before: str, artifact: Artifact, match: Artifact, world: World, *, dated: bool
) -> list[Observed | Missed]:
    try:
        read = [artifact_cache.of(subject, file, world) for file in (match, artifact)]
        then, now = (one.contents for one in read)
    except SourceError as error:
        return [Missed(kind, GapReason(error.reason), error.message) for kind in OFFERS]
    digest = f"sha256:{now.digest}"
    changed = replace(change(before, then, now, (read[0].size, read[1].size)), dated=dated)
    seen: list[Observed | Missed] = [Observed(changed, f"against {match.file_name}", digest)]
    if artifact is subject.artifact:
        seen.append(_requirements(before, then, now, world, dated=dated))
    return seen


def _requirements(before: str, then: Contents, now: Contents, world: World, *, dated: bool) -> Observed | Missed:
    try:
        old = run_time_names(core_metadata.core_metadata(then).requires_dist)
        new = run_time_names(core_metadata.core_metadata(now).requires_dist)
    except SourceError as error:
        return Missed(NewRequirements, GapReason(error.reason), error.message)
    added = sorted(new - old)
    if len(added) > MOST_LOOKUPS:
        return Missed(NewRequirements, GapReason.TOO_LARGE, f"{len(added)} new requirements are not looked up")
    ages = tuple(RequirementAge(name, _first(name, world)) for name in added)
    return Observed(NewRequirements(before, ages, dated), f"metadata against {then.file_name}", f"sha256:{now.digest}")


def _first(name: str, world: World) -> datetime | None:
    try:
        return pypi.first_release(name, world)
    except SourceError:
        return None


def _once(seen: list[Observed | Missed]) -> list[Observed | Missed]:
    """Drop what was missed of one file when another file gave it."""
    made = {type(part.claim) for part in seen if isinstance(part, Observed)}
    return [part for part in seen if isinstance(part, Observed) or part.kind not in made]
