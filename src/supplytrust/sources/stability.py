"""What a release takes away from its callers: the public interface of its pure wheel against its predecessor's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from supplytrust.ecosystems import pypi
from supplytrust.ecosystems.pypi import choice, contents
from supplytrust.ecosystems.pypi.api_change import compare
from supplytrust.ecosystems.pypi.version_steps import step
from supplytrust.errors import SourceError, TooLargeError
from supplytrust.model.claims.artifact import MeasuredDigest
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import ReleaseHistory
from supplytrust.model.claims.stability import ApiChangeKind, ApiChanges
from supplytrust.model.evidence import GapReason, SubjectEvidence
from supplytrust.model.subject import Artifact, ArtifactKind, Subject
from supplytrust.ports.world import Missed, Observed, World

NAME = "stability"
OFFERS: tuple[type[Claim], ...] = (ApiChanges,)
NEEDS: tuple[type[Claim], ...] = (ReleaseHistory, MeasuredDigest)
ECOSYSTEMS: tuple[str, ...] = ("pypi",)
MOST_CHANGES = 100
LARGEST = 24 * 2**20


def observe(subject: Subject, known: SubjectEvidence, world: World) -> Sequence[Observed | Missed]:
    """Compare the pure wheel of the judged release with that of the release before."""
    history = known.newest(ReleaseHistory)
    if history is None:
        return _missed(GapReason.DEPENDS, f"the release history is missing: {known.gap(ReleaseHistory).reason}")
    before = history.claim.predecessor
    if not before:
        return _missed(GapReason.NO_PREDECESSOR, f"{subject.version} is the first release")
    now = _pure(a for a in (subject.artifact, *subject.others) if a is not None)
    if now is None:
        return _missed(GapReason.NOT_APPLICABLE, "no pure wheel: a compiled interface is not read")
    earlier = [f for f in pypi.index_files(subject.name, world) if str(f.version) == before]
    found = choice.chosen([f for f in earlier if _is_pure(f.file_name)])
    if found is None:
        return _missed(GapReason.NOT_APPLICABLE, f"{before} has no pure wheel to compare with")
    return [_compared(subject, history.claim, now, found.artifact(), world)]


def _missed(reason: GapReason, detail: str) -> list[Missed]:
    return [Missed(ApiChanges, reason, detail)]


def _pure(artifacts: Iterable[Artifact]) -> Artifact | None:
    """The judged wheel if it is pure, else the first pure one beside it."""
    return next((a for a in artifacts if a.kind is ArtifactKind.WHEEL and _is_pure(a.file_name)), None)


def _is_pure(file_name: str) -> bool:
    return file_name.endswith("-none-any.whl")


def _compared(
    subject: Subject, history: ReleaseHistory, now: Artifact, then: Artifact, world: World
) -> Observed | Missed:
    try:
        made = _claim(subject, history, now, then, world)
    except SourceError as error:
        return Missed(ApiChanges, GapReason(error.reason), error.message)
    if not made.modules:
        return Missed(ApiChanges, GapReason.NOT_APPLICABLE, f"{then.file_name} has no public Python module")
    return Observed(made, f"source text against {then.file_name}", f"sha256:{now.sha256}")


def _claim(subject: Subject, history: ReleaseHistory, now: Artifact, then: Artifact, world: World) -> ApiChanges:
    read = []
    for artifact in (then, now):
        data = pypi.fetch(subject, artifact, world)
        if len(data) > LARGEST:
            raise TooLargeError(f"{artifact.file_name} has {len(data)} bytes")
        read.append(contents.read(artifact, data))
    result = compare(*read)
    removed = [c for c in result.changes if c.kind is ApiChangeKind.REMOVED]
    signatures = [c for c in result.changes if c.kind is ApiChangeKind.SIGNATURE]
    return ApiChanges(
        history.predecessor,
        subject.version,
        now.file_name,
        then.file_name,
        step(history.predecessor, subject.version, history),
        result.modules,
        result.names,
        result.unread,
        tuple((removed + signatures)[:MOST_CHANGES]),
        len(removed),
        sum(not c.announced for c in removed),
        len(signatures),
        sum(not c.announced for c in signatures),
    )
