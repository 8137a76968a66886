"""The source repository of a release: which commit it is, how its artifacts relate to it, who stands behind it.

The repository is the caller's (`--repository`), the configuration's, or the one the release declares; the last is
believed as far as the artifact's own files are found in its history. What cannot be read whole is missed with
its reason; no number is drawn from a part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from supplytrust import ecosystems
from supplytrust.errors import NotFoundError, SourceError
from supplytrust.evidence.repository import addresses, artifact_diff, control, history, response, tags
from supplytrust.evidence.repository.artifact_diff import ArtifactFiles
from supplytrust.evidence.repository.control import release_at
from supplytrust.evidence.repository.people import People
from supplytrust.evidence.repository.tags import Package
from supplytrust.io.archives.collector import Spool
from supplytrust.io.context import CollectContext, SourceClaim, not_observed
from supplytrust.io.git import repository
from supplytrust.io.git.log import latest_time, main_tip
from supplytrust.io.git.objects import Log, Tag
from supplytrust.io.git.process import View
from supplytrust.io.git.repository import open_folder
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
    found = _open_repository(address, world)
    opened, failed = _artifacts(subject, world)
    reading = _read(address, known_by, opened, found, world)
    first = SourceClaim(reading.claim, "read with git")
    if _foreign(reading.claim):
        told = f"knows {reading.claim.shared} of {reading.claim.compared} files of the artifact: another project's?"
        return [first, *(not_observed(kind, NotObservedReason.INCONCLUSIVE, told) for kind in OFFERS[1:])]
    tag_claim, tag = _tag(subject, known, world, reading, address)
    seen: Seen = [first, SourceClaim(tag_claim, "tags and branches of the repository")]
    seen += _comparisons(subject, reading, tag, opened, failed)
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
            found.append(artifact_diff.open_artifact(artifact, data, own.packaging_rules(), Spool(world.scratch)))
        except SourceError as error:
            failed.append((artifact, error))
    return found, failed


def _open_repository(address: str, world: CollectContext) -> tuple[View, datetime, Log]:
    """The repository, the day it stands for, and its log."""
    if "://" in address:
        offline = world.http.offline
        view, current = repository.open_address(address, world.cache, world.scratch, world.now, offline=offline)
    else:
        view = open_folder(Path(address).expanduser(), world.scratch)
        current = datetime.fromtimestamp(view.touched or 0, UTC)
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
    subject: Subject, known: SubjectEvidence, world: CollectContext, reading: Reading, address: str
) -> tuple[ReleaseTag, Tag | None]:
    uploaded = _upload_time(known)
    late = uploaded is None or reading.claim.current_at < uploaded
    listed = known.newest(ReleaseHistory)
    earlier = tags.releases_before(listed.claim if listed else None, subject.version)
    words = ecosystems.for_type(subject.type).TAG_WORDS
    versions = ecosystems.versions_of(subject.type)
    package = Package(_full_name(subject), versions, addresses.owner_of(reading.claim.address), words)
    claim, tag = tags.claim_tag(reading.log, package, subject.version, reading.claim.known_by, earlier, late=late)
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


def _comparisons(
    subject: Subject,
    reading: Reading,
    tag: Tag | None,
    opened: list[ArtifactFiles],
    failed: list[tuple[Artifact, SourceError]],
) -> Seen:
    if tag is None:
        return [
            not_observed(
                SourceComparison,
                NotObservedReason.NOT_FOUND,
                f"no one tag of version {subject.version} to compare with",
            )
        ]
    if not opened:
        reason = NotObservedReason(failed[0][1].reason) if failed else NotObservedReason.NOT_PUBLISHED
        return [
            not_observed(SourceComparison, reason, failed[0][1].message if failed else "no wheel or sdist to compare")
        ]
    tree = history.tree_of(reading.view, tag.commit)
    known = (reading.claim.known_by, tag.name, tag.commit)
    made = [artifact_diff.comparison(reading.view, tree, o, subject, reading.blobs, known) for o in opened]
    return [
        SourceClaim(c, "every file by git blob id", f"sha256:{o.artifact.sha256}")
        for c, o in zip(made, opened, strict=True)
    ]


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
