"""What the artifacts of a release contain: the judged file, and what its ecosystem reads beside it.

Nothing of an artifact is imported, executed or written to disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from supplytrust import ecosystems
from supplytrust.ecosystems import artifact_cache
from supplytrust.ecosystems.artifact_cache import Reading
from supplytrust.ecosystems.contents import Contents
from supplytrust.errors import SourceError
from supplytrust.io.context import BytesAnswer, CollectContext, SourceClaim, not_observed
from supplytrust.model.claims.artifact import (
    ArtifactContents,
    BuildSystem,
    ContainerAudit,
    CoreMetadata,
    MeasuredDigest,
    RecordCheck,
    StartupHooks,
)
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import ReleaseFile, ReleaseFiles
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Artifact, Subject

NAME = "artifact"
OFFERS: tuple[type[Claim], ...] = (
    MeasuredDigest,
    ArtifactContents,
    ContainerAudit,
    RecordCheck,
    CoreMetadata,
    BuildSystem,
    StartupHooks,
)
NEEDS: tuple[type[Claim], ...] = (ReleaseFiles,)
ECOSYSTEMS = ecosystems.known_types()


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """What the readers of one file say; `malformed`: the bytes are not what the file's name says, or not all of it."""

    malformed: bool
    said: BytesAnswer


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:
    """Claims about the judged file and its counterpart; a kind that no file yielded is missed with a reason."""
    files = ecosystems.of(subject).files_to_read(subject)
    seen = [part for artifact in files for part in _about(subject, artifact, known, world)]
    made = [part for part in seen if isinstance(part, SourceClaim)]
    covered = {type(part.claim).__name__ for part in made}
    missed = [part for part in seen if isinstance(part, NotObserved) and part.claim not in covered]
    return [*made, *missed, *_claims_without_file(files, covered | {part.claim for part in missed})]


def _about(
    subject: Subject, artifact: Artifact, known: SubjectEvidence, world: CollectContext
) -> list[SourceClaim | NotObserved]:
    try:
        answer = artifact_cache.ask(
            NAME, FileAnswer, (subject, [artifact]), world, lambda readings: _read_file(subject, readings[0])
        )
        read = artifact_cache.of(subject, artifact, world)
        listed = _digest_of_index(artifact, known)
        by_sha512 = bool(artifact.sha512 or (listed and listed.sha512))
        measured_sha512 = read.sha512 if by_sha512 else ""
    except SourceError as error:
        return _none(OFFERS, error)
    sha256, sha512, size = (listed.sha256, listed.sha512, listed.size) if listed else ("", "", None)
    claim = MeasuredDigest(
        artifact.file_name,
        read.sha256,
        sha256,
        read.size,
        size,
        not answer.malformed,
        measured_sha512=measured_sha512,
        listed_sha512=sha512,
    )
    return [SourceClaim(claim, "hashed as received", f"sha256:{read.sha256}"), *answer.said.seen]


def _read_file(subject: Subject, read: Reading) -> FileAnswer:
    try:
        contents = read.contents
    except SourceError as error:
        return FileAnswer(read.malformed, BytesAnswer.of(_none(OFFERS[1:], error)))
    readers = ecosystems.of(subject).artifact_readers(read.artifact.kind)
    seen = [_read(kind, reader, contents, f"sha256:{read.sha256}") for kind, reader in readers]
    return FileAnswer(malformed=False, said=BytesAnswer.of(seen))


def _read(
    kind: type[Claim], read: Callable[[Contents], Claim], contents: Contents, digest: str
) -> SourceClaim | NotObserved:
    try:
        return SourceClaim(read(contents), "read from the artifact", digest)
    except SourceError as error:
        return not_observed(kind, NotObservedReason(error.reason), error.message)


def _digest_of_index(artifact: Artifact, known: SubjectEvidence) -> ReleaseFile | None:
    """The file as the index lists it; a local file is compared with the index, not with itself."""
    seen = known.newest(ReleaseFiles)
    listed = seen.claim.files if seen else ()
    return next((f for f in listed if f.file_name == artifact.file_name), None)


def _none(kinds: Iterable[type[Claim]], error: SourceError) -> list[SourceClaim | NotObserved]:
    return [not_observed(kind, NotObservedReason(error.reason), error.message) for kind in kinds]


def _claims_without_file(files: Sequence[Artifact], covered: set[str]) -> list[NotObserved]:
    names = ", ".join(artifact.file_name for artifact in files) or "no file that can be judged"
    return [
        not_observed(k, NotObservedReason.NOT_PUBLISHED, f"the release has {names}")
        for k in OFFERS
        if k.__name__ not in covered
    ]
