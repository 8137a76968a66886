"""Whether a requirement that did not exist last week was split off the judged project itself.

Projects that split a package publish both halves within minutes, so that the new name is young and no stranger. What a
package says of its origin proves nothing: its files have to be those of a commit of the judged release's repository.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from supplytrust import ecosystems
from supplytrust.ecosystems import PackageRequest
from supplytrust.errors import SourceError
from supplytrust.evidence.repository import addresses, artifact_diff, history, tags
from supplytrust.evidence.repository.artifact_diff import SourceTree
from supplytrust.io.archives.collector import Spool
from supplytrust.io.context import CollectContext, SourceClaim, not_observed
from supplytrust.io.git.objects import Log
from supplytrust.io.git.process import View
from supplytrust.model.claims.artifact import CoreMetadata
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import NewRequirements, ProjectMetadata, ReleaseFiles
from supplytrust.model.claims.source_tree import FileClass, KnownBy, SiblingRequirements
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Subject

NAME = "siblings"
OFFERS: tuple[type[Claim], ...] = (SiblingRequirements,)
NEEDS: tuple[type[Claim], ...] = (NewRequirements, ReleaseFiles, ProjectMetadata, CoreMetadata)
ECOSYSTEMS = ecosystems.known_types()
YOUNG = timedelta(days=90)  # more than any question about young requirements asks for
MOST = 8  # young requirements that are compared


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:
    """Compare the files of each young requirement with the repository; raises SourceError when there is none."""
    young = _young_names(known)
    if not young:
        why = "no young requirement was added"
        return [not_observed(SiblingRequirements, NotObservedReason.NOT_APPLICABLE, why)]
    address, known_by = addresses.locate_repository(subject, known, world)
    view, _ = addresses.open_repository(address, subject, world)
    log = history.read_log(view, world.at)
    proven = tuple(name for name in young[:MOST] if _lies_in(view, log, name, subject, world))
    told = SiblingRequirements(young, proven, known_by)
    return [SourceClaim(told, "every file of the requirement by git blob id")]


def _young_names(known: SubjectEvidence) -> tuple[str, ...]:
    """Added requirements that were first published shortly before the release, or when is not known."""
    added, listed = known.newest(NewRequirements), known.newest(ReleaseFiles)
    at = listed.claim.uploaded_at if listed else None
    ages = added.claim.added if added else ()
    return tuple(sorted(r.name for r in ages if _is_young(r.first_release, at)))


def _is_young(first: datetime | None, at: datetime | None) -> bool:
    return first is not None and at is not None and at - first < YOUNG


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
