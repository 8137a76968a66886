"""The source repository of a release: which commit it is, how its artifacts relate to it, who stands behind it.

The repository is the caller's (`--repository`), the configuration's, or the one the release declares; the last is
believed as far as the artifact's own files are found in its history. What cannot be read whole is missed with
its reason; no number is drawn from a part.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
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
from supplytrust.io.context import BytesAnswer, CollectContext, Question, SourceClaim, not_observed
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


@dataclass(frozen=True, slots=True)
class RepositoryAnswer:
    """What a repository in one state says of a release, whoever asks and whenever.

    `latest` is the time of its latest commit or tag, in seconds since 1970; `late` whether it was older than the
    release when it was read. The day it stands for and what a ledger pinned are added by who asks.
    """

    latest: int
    late: bool
    said: BytesAnswer


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:
    """Claims about the release's source; raises SourceError when no repository could be read.

    A repository whose branches and tags stand where they stood is not read again: what it says of a release is a
    function of them, of the release's files and of what the index lists.
    """
    place = addresses.locate_repository(subject, known, world)
    view, current = addresses.open_repository(place[0], subject, world)
    question = _ask(subject, known, world, place, view)
    answer = world.claims.recall(question) if question else None
    if answer is None or not _holds(answer, current, known, world):
        answered: list[bool] = []
        view = replace(view, refill=_watch(view.refill, answered))
        answer, whole = _look(subject, known, world, place, (view, current))
        if question and whole and all(answered) and world.at.timestamp() >= answer.latest:
            world.claims.keep(question, answer)
    return [_with_moment(seen, subject, place[0], (answer.latest, current), world) for seen in answer.said.seen]


def _ask(
    subject: Subject, known: SubjectEvidence, world: CollectContext, place: tuple[str, KnownBy], view: View
) -> Question[RepositoryAnswer] | None:
    """All that the answer depends on but the day; None when that cannot be told."""
    files = _files_to_compare(subject)
    rules = repr(ecosystems.for_type(subject.type).packaging_rules(subject, world).by_commit)
    if not all(one.sha256 for one in files) or " at 0x" in rules:
        return None
    stand = hashlib.sha256("\n".join(f"{r.name} {r.target} {r.kind}" for r in view.references()).encode()).hexdigest()
    listed = known.newest(ReleaseHistory)
    earlier = tags.releases_before(listed.claim if listed else None, subject.version)
    uploaded = min(_upload_time(known) or world.at, world.at).isoformat()
    inputs = (*place, view.algorithm, str(view.shallow), stand, subject.purl, subject.version, repr(earlier), uploaded)
    named = (part for one in files for part in (one.kind.value, one.file_name, one.sha256))
    return Question(NAME, RepositoryAnswer, (*inputs, rules, *named))


def _holds(answer: RepositoryAnswer, current: datetime, known: SubjectEvidence, world: CollectContext) -> bool:
    """Whether a kept answer is what reading would say on this day: nothing in it is hidden, and it is as late."""
    stands = _stands_for(answer.latest, current, world)
    return world.at.timestamp() >= answer.latest and answer.late == _is_late(stands, known)


def _stands_for(latest: int, current: datetime, world: CollectContext) -> datetime:
    """The day that the repository stands for."""
    return min(max(current, tags.moment_of(latest)), world.now)


def _is_late(stands: datetime, known: SubjectEvidence) -> bool:
    uploaded = _upload_time(known)
    return uploaded is None or stands < uploaded


def _watch(refill: Callable[[list[str]], bool] | None, answered: list[bool]) -> Callable[[list[str]], bool] | None:
    """Notes whether the remote gave what was asked for: what is made without it is not kept."""
    if refill is None:
        return None

    def ask(ids: list[str]) -> bool:
        answered.append(refill(ids))
        return answered[-1]

    return ask


def _with_moment(
    seen: SourceClaim | NotObserved,
    subject: Subject,
    address: str,
    times: tuple[int, datetime],
    world: CollectContext,
) -> SourceClaim | NotObserved:
    """Add the day, and the commit that was first seen behind the tag."""
    if isinstance(seen, SourceClaim) and isinstance(seen.claim, SourceRepository):
        return replace(seen, claim=replace(seen.claim, current_at=_stands_for(*times, world)))
    if isinstance(seen, SourceClaim) and isinstance(seen.claim, ReleaseTag):
        tag = seen.claim
        if tag.state == "found" and world.ledger is not None:
            at = min(world.now, world.at)
            first, since = world.ledger.remember(fact_key(subject, address), f"tag:{tag.name}", tag.commit, at)
            return replace(seen, claim=replace(tag, pinned=first, pinned_at=since))
    return seen


def _look(
    subject: Subject,
    known: SubjectEvidence,
    world: CollectContext,
    place: tuple[str, KnownBy],
    found: tuple[View, datetime],
) -> tuple[RepositoryAnswer, bool]:
    """Read the repository; and whether everything was read: no file is missing, no tag is hidden from this day."""
    address, known_by = place
    view, current = found
    opened, failed = _artifacts(subject, world)
    reading = _read(address, known_by, opened, (view, current, _read_log(view, world)), world)
    answer = RepositoryAnswer(latest_time(reading.log), _is_late(reading.claim.current_at, known), BytesAnswer.of(()))
    whole = not failed and not reading.log.later_tags
    first = SourceClaim(reading.claim, "read with git")
    if _foreign(reading.claim) and not _says_it_is_own(subject, reading, opened):
        told = f"knows {reading.claim.shared} of {reading.claim.compared} files of the artifact: another project's?"
        missed = (not_observed(kind, NotObservedReason.INCONCLUSIVE, told) for kind in OFFERS[1:])
        return replace(answer, said=BytesAnswer.of([first, *missed])), whole
    stated = _stated_commit(opened) or _best_tagged(subject, reading, opened)
    tag_claim, tag = _tag(subject, known, reading, stated)
    seen: Seen = [first, SourceClaim(tag_claim, "tags and branches of the repository")]
    seen += _comparisons(subject, reading, (tag, stated), opened, failed)
    seen += _history(subject, known, world, reading, tag)
    return replace(answer, said=BytesAnswer.of(seen)), whole


def _files_to_compare(subject: Subject) -> list[Artifact]:
    """The judged file and the sdist beside it."""
    files = [a for a in (subject.artifact,) if a is not None]
    files += [a for a in subject.others if a.kind.is_source][:1]
    return [one for one in files if one.kind.is_built or one.kind.is_source]


def _artifacts(
    subject: Subject, world: CollectContext
) -> tuple[list[ArtifactFiles], list[tuple[Artifact, SourceError]]]:
    """The judged file and the sdist beside it, read; those that could not be, with the reason."""
    found, failed = [], []
    for artifact in _files_to_compare(subject):
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
    return view, current, _read_log(view, world)


def _read_log(view: View, world: CollectContext) -> Log:
    log = history.read_log(view, world.at)
    if not log.commits:
        raise NotFoundError("the repository has no commit up to the judged day")
    return log


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
    newest = tags.moment_of(max(c.committed for c in log.commits))
    claim = SourceRepository(
        addresses.show_address(address),
        known_by,
        len(log.commits),
        newest,
        _stands_for(latest_time(log), current, world),
        shared,
        compared,
    )
    if known_by is KnownBy.DECLARED and compared and not _foreign(claim):
        claim = replace(claim, known_by=KnownBy.CONFIRMED)
    return Reading(view, log, blobs, claim)


def _foreign(claim: SourceRepository) -> bool:
    return bool(claim.compared) and (claim.shared or 0) < OURS * (claim.compared or 0)


def _tag(subject: Subject, known: SubjectEvidence, reading: Reading, stated: str) -> tuple[ReleaseTag, Tag | None]:
    """The release's tag. `stated` is the commit that the artifact names."""
    late = _is_late(reading.claim.current_at, known)
    listed = known.newest(ReleaseHistory)
    earlier = tags.releases_before(listed.claim if listed else None, subject.version)
    words = ecosystems.for_type(subject.type).TAG_WORDS
    versions = ecosystems.versions_of(subject.type)
    package = Package(_full_name(subject), versions, addresses.owner_of(reading.claim.address), words)
    known_by = reading.claim.known_by
    return tags.claim_tag(reading.log, package, subject.version, known_by, earlier, late=late, stated=stated)


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
