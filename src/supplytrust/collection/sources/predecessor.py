"""What this release has that the one before it had not: hooks, binaries, size, requirements.

Projects that split a package publish both halves within minutes, so that the new name is young and no stranger. What a
package says of its origin proves nothing: its files have to be those of a commit of the judged release's repository.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from supplytrust import ecosystems
from supplytrust.ecosystems import Ecosystem, IndexedFile, PackageRequest, artifact_cache
from supplytrust.ecosystems.artifact_cache import Reading
from supplytrust.errors import RefusedError, SourceError
from supplytrust.evidence.repository import addresses, artifact_diff, history, tags
from supplytrust.evidence.repository.artifact_diff import SourceTree
from supplytrust.io.archives.collector import Spool
from supplytrust.io.context import BytesAnswer, CollectContext, SourceClaim, not_observed
from supplytrust.io.git.objects import Log
from supplytrust.io.git.process import View
from supplytrust.model.claims.artifact import ChangeSincePredecessor, CoreMetadata, MeasuredDigest
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import (
    NewRequirements,
    ProjectMetadata,
    ReleaseFiles,
    ReleaseHistory,
    RequirementAge,
)
from supplytrust.model.claims.source_tree import FileClass, KnownBy, SiblingRequirements
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Artifact, Subject

NAME = "predecessor"
COMPARED: tuple[type[Claim], ...] = (ChangeSincePredecessor, NewRequirements)
OFFERS: tuple[type[Claim], ...] = (*COMPARED, SiblingRequirements)
NEEDS: tuple[type[Claim], ...] = (ReleaseHistory, MeasuredDigest, ReleaseFiles, ProjectMetadata, CoreMetadata)
ECOSYSTEMS = ecosystems.known_types()
MOST_LOOKUPS = 30
YOUNG = timedelta(days=90)  # more than any question about young requirements asks for
MOST_SIBLINGS = 8  # young requirements that are compared


@dataclass(frozen=True, slots=True)
class AddedNames:
    """What the judged file needs at run time and the earlier one did not; `gap`: why that cannot be told."""

    names: tuple[str, ...]
    gap: NotObserved | None = None


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:
    """Compare the judged file and its counterpart with the same kind of file of the predecessor, then what is young."""
    seen = _observe_change(subject, known, world)
    added = [part.claim for part in seen if isinstance(part, SourceClaim) and isinstance(part.claim, NewRequirements)]
    if not added:
        return seen
    young = _young_names(added[0], known)
    if young:
        return [*seen, _compare_siblings(subject, young, known, world)]
    return [*seen, SourceClaim(SiblingRequirements((), ()), "no young requirement was added")]


def _observe_change(
    subject: Subject, known: SubjectEvidence, world: CollectContext
) -> Sequence[SourceClaim | NotObserved]:
    history = known.newest(ReleaseHistory)
    if history is None:
        gap = known.gap(ReleaseHistory)
        return [
            not_observed(kind, NotObservedReason.DEPENDS, f"the release history is missing: {gap.reason}")
            for kind in COMPARED
        ]
    before = history.claim.predecessor
    if not before:
        text = history.claim.before(subject.version).absence(subject.version)
        return [not_observed(kind, NotObservedReason.NO_PREDECESSOR, text) for kind in COMPARED]
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
    ecosystem, both = ecosystems.of(subject), [match, artifact]
    asks_names = (lambda r: _list_added_names(ecosystem, r)) if artifact is subject.artifact else None
    try:
        said = artifact_cache.ask(
            NAME, BytesAnswer, (subject, both), world, lambda r: _change(ecosystem, before, r), (before,)
        )
        earlier = artifact_cache.of(subject, match, world)
        if match.sha256 and earlier.sha256 != match.sha256:
            raise RefusedError(f"{match.file_name} is not the file that the index lists: nothing is compared with it")
        names = asks_names and artifact_cache.ask("new names", AddedNames, (subject, both), world, asks_names)
        digest = f"sha256:{artifact_cache.of(subject, artifact, world).sha256}"
    except SourceError as error:
        return [not_observed(kind, NotObservedReason(error.reason), error.message) for kind in COMPARED]
    claims = [
        replace(one, claim=replace(one.claim, dated=dated))
        for one in said.claims
        if isinstance(one.claim, ChangeSincePredecessor)
    ]
    seen: list[SourceClaim | NotObserved] = [*claims, *said.gaps]
    if names is not None:
        seen.append(_requirements(ecosystem, before, (match.file_name, digest), names, world, dated=dated))
    return seen


def _change(ecosystem: Ecosystem, before: str, readings: Sequence[Reading]) -> BytesAnswer:
    """What the bytes tell; whether the day of the earlier file is known is added by who asks."""
    then, now = (one.contents for one in readings)
    try:
        changed = ecosystem.change(before, then, now, (readings[0].size, readings[1].size))
    except SourceError as error:
        gap = not_observed(ChangeSincePredecessor, NotObservedReason(error.reason), error.message)
        return BytesAnswer((), (gap,))
    return BytesAnswer((SourceClaim(changed, f"against {then.file_name}", f"sha256:{now.digest}"),))


def _list_added_names(ecosystem: Ecosystem, readings: Sequence[Reading]) -> AddedNames:
    then, now = (one.contents for one in readings)
    try:
        return AddedNames(tuple(sorted(ecosystem.run_time_names(now) - ecosystem.run_time_names(then))))
    except SourceError as error:
        return AddedNames((), not_observed(NewRequirements, NotObservedReason(error.reason), error.message))


def _requirements(
    ecosystem: Ecosystem,
    before: str,
    of: tuple[str, str],
    names: AddedNames,
    world: CollectContext,
    *,
    dated: bool,
) -> SourceClaim | NotObserved:
    """`of` is (name of the earlier file, digest of the judged one)."""
    if names.gap is not None:
        return names.gap
    if len(names.names) > MOST_LOOKUPS:
        return not_observed(
            NewRequirements, NotObservedReason.TOO_LARGE, f"{len(names.names)} new requirements are not looked up"
        )
    ages = tuple(RequirementAge(name, _first(ecosystem, name, world)) for name in names.names)
    return SourceClaim(NewRequirements(before, ages, dated), f"metadata against {of[0]}", of[1])


def _first(ecosystem: Ecosystem, name: str, world: CollectContext) -> datetime | None:
    try:
        return ecosystem.first_release(name, world)
    except SourceError:
        return None


def _drop_answered(seen: list[SourceClaim | NotObserved]) -> list[SourceClaim | NotObserved]:
    """Drop what was missed of one file when another file gave it."""
    made = {type(part.claim).__name__ for part in seen if isinstance(part, SourceClaim)}
    return [part for part in seen if isinstance(part, SourceClaim) or part.claim not in made]


# --- young requirements


def _young_names(added: NewRequirements, known: SubjectEvidence) -> tuple[str, ...]:
    """Added requirements that were first published shortly before the release."""
    listed = known.newest(ReleaseFiles)
    at = listed.claim.uploaded_at if listed else None
    return tuple(sorted(r.name for r in added.added if _is_young(r.first_release, at)))


def _is_young(first: datetime | None, at: datetime | None) -> bool:
    return first is not None and at is not None and at - first < YOUNG


def _compare_siblings(
    subject: Subject, young: tuple[str, ...], known: SubjectEvidence, world: CollectContext
) -> SourceClaim | NotObserved:
    """Which of them are made of the judged release's repository."""
    try:
        address, known_by = addresses.locate_repository(subject, known, world)
        view, _ = addresses.open_repository(address, subject, world)
        log = history.read_log(view, world.at)
    except SourceError as error:
        return not_observed(SiblingRequirements, NotObservedReason(error.reason), error.message)
    proven = tuple(name for name in young[:MOST_SIBLINGS] if _lies_in(view, log, name, subject, world))
    told = SiblingRequirements(young, proven, known_by)
    return SourceClaim(told, "every file of the requirement by git blob id")


def _lies_in(view: View, log: Log, name: str, subject: Subject, world: CollectContext) -> bool:
    """Whether the newest release of a name is explained file by file by the commit of this repository that it names."""
    ecosystem = ecosystems.of(subject)
    try:
        found = ecosystem.resolve(PackageRequest(subject.type, name), world)
        rules = ecosystem.packaging_rules(found, world)
        if found.artifact is None or rules.by_commit is None:
            return False
        data = ecosystem.fetch(found, found.artifact, world)
        opened = artifact_diff.open_artifact(found.artifact, data, rules, Spool(world.scratch))
        commit = rules.by_commit.stated_commit(opened.files)
        if commit not in log.by_id or not tags.on_branch(log, commit):
            return False
        source = SourceTree(
            history.tree_of(view, commit),
            commit,
            lambda ids: history.contents_of(view, ids),
            frozenset(),
            lambda one: tags.on_branch(log, one),
        )
        made = artifact_diff.comparison(view, source, opened, found, (KnownBy.GIVEN, commit[:12]))
    except SourceError:
        return False
    return made.files > 0 and not made.odd and not made.count(FileClass.UNREAD)
