"""The source repository of a release: which commit it is, how its artifacts relate to it, who stands behind it.

The repository is the caller's (`--repository`), the configuration's, or the one the release declares; the last is
believed as far as the artifact's own files are found in its history. What cannot be read whole is missed with
its reason; no number is drawn from a part.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from supplytrust import ecosystems
from supplytrust.errors import NotFoundError, SourceError
from supplytrust.evidence.repository import addresses, artifact_diff, control, history, response, tags
from supplytrust.evidence.repository.artifact_diff import ArtifactFiles
from supplytrust.evidence.repository.control import release_at
from supplytrust.evidence.repository.people import People
from supplytrust.evidence.repository.tags import Package
from supplytrust.io.archives.collector import Spool
from supplytrust.io.context import CollectContext, SourceClaim, not_observed
from supplytrust.io.git.log import latest_time, main_tip
from supplytrust.io.git.objects import Log, Tag
from supplytrust.io.git.process import View
from supplytrust.io.http.url_rules import fact_key
from supplytrust.model.claims.artifact import CoreMetadata
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.history import CommitHistory, FixHistory, MaintainedLines
from supplytrust.model.claims.release import ProjectMetadata, ReleaseFiles, ReleaseHistory
from supplytrust.model.claims.source_tree import KnownBy, ReleaseTag, SourceComparison, SourceRepository
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Artifact, Subject

NAME = "git"
_HISTORY: tuple[type[Claim], ...] = (CommitHistory, FixHistory, MaintainedLines, *response.OFFERS)
OFFERS: tuple[type[Claim], ...] = (SourceRepository, ReleaseTag, SourceComparison, *_HISTORY)
NEEDS: tuple[type[Claim], ...] = (ReleaseFiles, ReleaseHistory, ProjectMetadata, CoreMetadata)
ECOSYSTEMS: tuple[str, ...] = ()

MOST_TAGS = 40  # of one version, whose trees are looked at
OURS = 0.3  # share of files a repository must know to be taken for the project's own (unrelated ones share ~0)
Seen = list[SourceClaim | NotObserved]


@dataclass(frozen=True, slots=True)
class Reading:
    """A repository as read for one subject."""

    view: View
    log: Log
    blobs: frozenset[bytes]
    claim: SourceRepository


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:
    """Claims about the release's source; raises SourceError when no repository could be read."""
    address, known_by = addresses.locate_repository(subject, known, world)
    found = _open_repository(address, subject, world)
    opened, failed = _artifacts(subject, world)
    reading = _read(address, known_by, opened, found, world)
    first = SourceClaim(reading.claim, "read with git")
    if _foreign(reading.claim) and not _says_it_is_own(subject, reading, opened):
        told = f"knows {reading.claim.shared} of {reading.claim.compared} files of the artifact: another project's?"
        return [first, *(not_observed(kind, NotObservedReason.INCONCLUSIVE, told) for kind in OFFERS[1:])]
    stated = _stated_commit(opened) or _best_tagged(subject, reading, opened)
    tag_claim, tag = _tag(subject, known, world, reading, (address, stated))
    seen: Seen = [first, SourceClaim(tag_claim, "tags and branches of the repository")]
    seen += _comparisons(subject, reading, (tag, stated), opened, failed)
    return [*seen, *_history(subject, known, world, reading, tag)]


def _artifacts(
    subject: Subject, world: CollectContext
) -> tuple[list[ArtifactFiles], list[tuple[Artifact, SourceError]]]:
    """The judged file and the sdist beside it, read; those that could not be, with the reason."""
    wanted = [a for a in (subject.artifact,) if a is not None]
    wanted += [a for a in subject.others if a.kind.is_source][:1]
    found, failed = [], []
    for artifact in wanted:
        if not (artifact.kind.is_built or artifact.kind.is_source):
            continue
        try:
            own = ecosystems.for_type(subject.type)
            data = own.fetch(subject, artifact, world)
            rules = own.packaging_rules(subject, world)
            found.append(artifact_diff.open_artifact(artifact, data, rules, Spool(world.scratch)))
        except SourceError as error:
            failed.append((artifact, error))
    return found, failed


def _open_repository(address: str, subject: Subject, world: CollectContext) -> tuple[View, datetime, Log]:
    """The repository, the day it stands for, and its log."""
    view, current = addresses.open_repository(address, subject, world)
    log = history.read_log(view, world.at)
    if not log.commits:
        raise NotFoundError("the repository has no commit up to the judged day")
    return view, current, log


def _read(
    address: str,
    known_by: KnownBy,
    opened: list[ArtifactFiles],
    found: tuple[View, datetime, Log],
    world: CollectContext,
) -> Reading:
    view, current, log = found
    blobs = frozenset(t.blob for c in log.commits for t in c.touches if t.blob)
    both = [artifact_diff.overlap(o, blobs, view.algorithm) for o in opened]
    # Of wheel and sdist the one that fits better: an sdist may bring whole other projects (submodules, test data).
    shared, compared = max(both, key=lambda n: (n[0] / max(n[1], 1), n[1])) if both else (None, None)
    latest = max(current, tags.moment_of(latest_time(log)))
    newest = tags.moment_of(max(c.committed for c in log.commits))
    claim = SourceRepository(
        addresses.show_address(address), known_by, len(log.commits), newest, min(latest, world.now), shared, compared
    )
    if known_by is KnownBy.DECLARED and compared and not _foreign(claim):
        claim = replace(claim, known_by=KnownBy.CONFIRMED)
    return Reading(view, log, blobs, claim)


def _foreign(claim: SourceRepository) -> bool:
    return bool(claim.compared) and (claim.shared or 0) < OURS * (claim.compared or 0)


def _tag(
    subject: Subject, known: SubjectEvidence, world: CollectContext, reading: Reading, where: tuple[str, str]
) -> tuple[ReleaseTag, Tag | None]:
    """The release's tag. `where` is the repository's address and the commit that the artifact names."""
    address, stated = where
    uploaded = _upload_time(known)
    late = uploaded is None or reading.claim.current_at < uploaded
    listed = known.newest(ReleaseHistory)
    earlier = tags.releases_before(listed.claim if listed else None, subject.version)
    words = ecosystems.for_type(subject.type).TAG_WORDS
    versions = ecosystems.versions_of(subject.type)
    package = Package(_full_name(subject), versions, addresses.owner_of(reading.claim.address), words)
    known_by = reading.claim.known_by
    claim, tag = tags.claim_tag(reading.log, package, subject.version, known_by, earlier, late=late, stated=stated)
    if tag is not None and world.ledger is not None:
        at = min(world.now, world.at)
        first, since = world.ledger.remember(fact_key(subject, address), f"tag:{tag.name}", tag.commit, at)
        claim = replace(claim, pinned=first, pinned_at=since)
    return claim, tag


def _full_name(subject: Subject) -> str:
    return f"{subject.namespace}/{subject.name}" if subject.namespace else subject.name


def _upload_time(known: SubjectEvidence) -> datetime | None:
    seen = known.newest(ReleaseFiles)
    return seen.claim.uploaded_at if seen else None


def _stated_commit(opened: list[ArtifactFiles]) -> str:
    """The commit that the judged artifact says it was made from; '' when its kind does not, or it names none."""
    told = (o.rules.by_commit.stated_commit(o.files) for o in opened[:1] if o.rules.by_commit)
    return next(told, "")


def _best_tagged(subject: Subject, reading: Reading, opened: list[ArtifactFiles]) -> str:
    """The tagged commit with most of the artifact's files, where tags with its version stand at several commits.

    Only for ecosystems whose packages may be released from another tag than the plain one; '' where one tag says it.
    """
    if not opened or not opened[0].rules.best_tag:
        return ""
    whole = re.compile(rf"(?<![0-9.]){re.escape(subject.version)}(?![0-9.])")
    named = {tag.commit: tag for tag in reading.log.tags if whole.search(tag.name) and tag.commit in reading.log.by_id}
    if len(named) < 2 or len(named) > MOST_TAGS:
        return ""
    contents = [data for file in opened[0].files if (data := file.data) is not None]
    return max(sorted(named), key=lambda commit: _share(reading, commit, contents))


def _share(reading: Reading, commit: str, contents: list[bytes]) -> int:
    tree = history.tree_of(reading.view, commit)
    return sum(tree.blob(data) in tree.paths for data in contents)


def _says_it_is_own(subject: Subject, reading: Reading, opened: list[ArtifactFiles]) -> bool:
    """Whether the tree of the version, else the newest one, names the package: most files of some are built."""
    if not opened:
        return False
    whole = re.compile(rf"(?<![0-9.]){re.escape(subject.version)}(?![0-9.])")
    tagged = [t.commit for t in reading.log.tags if whole.search(t.name) and t.commit in reading.log.by_id]
    commit = tagged[0] if tagged else main_tip(reading.log, latest_time(reading.log))
    return bool(commit) and opened[0].rules.is_own(_source_tree(reading, commit))


def _source_tree(reading: Reading, commit: str) -> artifact_diff.SourceTree:
    return artifact_diff.SourceTree(
        history.tree_of(reading.view, commit),
        commit,
        lambda ids: history.contents_of(reading.view, ids),
        reading.blobs,
        lambda one: tags.on_branch(reading.log, one),
    )


def _comparisons(
    subject: Subject,
    reading: Reading,
    where: tuple[Tag | None, str],
    opened: list[ArtifactFiles],
    failed: list[tuple[Artifact, SourceError]],
) -> Seen:
    """Every artifact against the tag's tree; without a tag against that of the commit that it names itself, which can
    only show what is not there: any tree holds the files of whoever wrote it."""
    tag, stated = where
    commit = tag.commit if tag else stated if stated in reading.log.by_id else ""
    if not commit:
        told = f"no one tag of version {subject.version} to compare with"
        return [not_observed(SourceComparison, NotObservedReason.NOT_FOUND, told)]
    if not opened:
        reason = NotObservedReason(failed[0][1].reason) if failed else NotObservedReason.NOT_PUBLISHED
        return [
            not_observed(SourceComparison, reason, failed[0][1].message if failed else "no wheel or sdist to compare")
        ]
    source = _source_tree(reading, commit)
    known = (reading.claim.known_by, tag.name if tag else f"commit {commit[:12]}")
    made = [(artifact_diff.comparison(reading.view, source, o, subject, known), o) for o in opened]
    if tag is None and not any(claim.odd for claim, _ in made):
        told = f"untagged: no tag of version {subject.version}, though commit {commit[:12]} has its files"
        return [not_observed(SourceComparison, NotObservedReason.NOT_FOUND, told)]
    return [SourceClaim(claim, "every file by git blob id", f"sha256:{o.artifact.sha256}") for claim, o in made]


def _history(
    subject: Subject, known: SubjectEvidence, world: CollectContext, reading: Reading, tag: Tag | None
) -> Seen:
    scheme, known_by, view = ecosystems.versions_of(subject.type), reading.claim.known_by, reading.view
    people = People(reading.log, scheme)
    release = release_at(people, tag.commit, tag.name) if tag else None
    uploaded = _upload_time(known)
    moment = release.at if release else int(min(uploaded or world.at, world.at).timestamp())
    opaque = history.opaque_of(view, control.binary_candidates(people.window(moment)))
    claim = control.summarize(people, release, moment, known_by, opaque)
    if claim is None:
        return [not_observed(k, NotObservedReason.NOT_FOUND, "no commit before the release") for k in _HISTORY]
    tip = tag.commit if tag else main_tip(reading.log, moment)
    made: list[Claim] = [claim, response.fixes(people, moment, known_by), response.lines(people, moment, known_by)]
    made += response.policy_claims(view, people, tip, moment, world.at, known_by, scheme.read(subject.version))
    absent = [k for k in response.OFFERS if not any(isinstance(c, k) for c in made)]
    missed = [
        not_observed(k, NotObservedReason.NOT_PUBLISHED, "no disclosure policy in the repository") for k in absent
    ]
    return [*(SourceClaim(c, "aggregated from the log") for c in made), *missed]
