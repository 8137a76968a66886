"""What a release takes away from its callers, and what the disclosure policy in its sdist promises them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from supplytrust import ecosystems
from supplytrust.ecosystems import artifact_cache
from supplytrust.ecosystems.artifact_cache import Reading
from supplytrust.ecosystems.contents import Contents
from supplytrust.ecosystems.values import InterfaceComparison
from supplytrust.errors import SourceError, TooLargeError
from supplytrust.evidence.repository import security_policy
from supplytrust.evidence.repository.file_kinds import is_policy
from supplytrust.io.context import CollectContext, SourceClaim, not_observed
from supplytrust.model.claims.artifact import MeasuredDigest
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.history import DisclosurePromises
from supplytrust.model.claims.release import ApiChangeKind, ApiChanges, ReleaseFiles, ReleaseHistory
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Artifact, Subject

NAME = "stability"
OFFERS: tuple[type[Claim], ...] = (ApiChanges, DisclosurePromises)
NEEDS: tuple[type[Claim], ...] = (ReleaseHistory, ReleaseFiles, MeasuredDigest)  # the artifacts are fetched by then
ECOSYSTEMS = ecosystems.known_types()
MOST_CHANGES = 100
LARGEST = 24 * 2**20
Look = Callable[[Subject, SubjectEvidence, CollectContext], SourceClaim | NotObserved]


@dataclass(frozen=True, slots=True)
class PolicyText:
    """The longest policy text of an sdist and its place; both empty when there is none."""

    text: str
    path: str


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:
    """Compare the pure wheel of the judged release with that of the release before; read the policy in its sdist."""
    return [
        _guard(ApiChanges, _changes, subject, known, world),
        _guard(DisclosurePromises, _policy, subject, known, world),
    ]


def _guard(
    kind: type[Claim], look: Look, subject: Subject, known: SubjectEvidence, world: CollectContext
) -> SourceClaim | NotObserved:
    try:
        return look(subject, known, world)
    except SourceError as error:
        return not_observed(kind, NotObservedReason(error.reason), error.message)


def _policy(subject: Subject, known: SubjectEvidence, world: CollectContext) -> SourceClaim | NotObserved:
    """The longest policy text of the release's sdist."""
    files = [a for a in (subject.artifact, *subject.others) if a is not None and a.kind.is_source]
    if not files:
        return not_observed(DisclosurePromises, NotObservedReason.NOT_PUBLISHED, "the release has no sdist")
    wanted = (subject, files[:1])
    found = artifact_cache.ask("policy text", PolicyText, wanted, world, lambda made: _longest(made[0].contents))
    if not found.text:
        return not_observed(
            DisclosurePromises, NotObservedReason.NOT_PUBLISHED, f"no policy text in {files[0].file_name}"
        )
    digest = artifact_cache.of(subject, files[0], world).sha256
    listed = known.newest(ReleaseFiles)
    uploaded = listed.claim.uploaded_at if listed else None
    version = ecosystems.versions_of(subject.type).read(subject.version)
    made = security_policy.claim(found.text, KnownBy.CONFIRMED, found.path, version, uploaded, files[0].file_name)
    return SourceClaim(made, "policy text of the sdist", f"sha256:{digest}")


def _longest(read: Contents) -> PolicyText:
    texts = [(text, f.path) for f in read.files if is_policy(f.path) and (text := read.text(f.path))]
    return PolicyText(*max(texts, key=lambda pair: (len(pair[0]), pair[1]), default=("", "")))


def _changes(subject: Subject, known: SubjectEvidence, world: CollectContext) -> SourceClaim | NotObserved:
    history = known.newest(ReleaseHistory)
    if history is None:
        return _missing(
            NotObservedReason.DEPENDS, f"the release history is missing: {known.gap(ReleaseHistory).reason}"
        )
    before = history.claim.predecessor
    if not before:
        return _missing(
            NotObservedReason.NO_PREDECESSOR, history.claim.before(subject.version).absence(subject.version)
        )
    ecosystem = ecosystems.of(subject)
    files = [a for a in (subject.artifact, *subject.others) if a is not None]
    now = next((a for a in files if ecosystem.has_interface(a)), None)  # the judged file first
    if now is None:
        return _missing(NotObservedReason.NOT_APPLICABLE, "no pure wheel: a compiled interface is not read")
    earlier = [f for f in ecosystem.index_files(subject.name, world) if f.release == before]
    found = ecosystem.select_for_install([f for f in earlier if ecosystem.has_interface(f.artifact())])
    if found is None:
        return _missing(NotObservedReason.NOT_APPLICABLE, f"{before} has no pure wheel to compare with")
    then = found.artifact()
    made = _claim(subject, history.claim, now, then, world)
    if not made.modules:
        return _missing(NotObservedReason.NOT_APPLICABLE, f"{then.file_name} has no public Python module")
    return SourceClaim(made, f"source text against {then.file_name}", f"sha256:{now.sha256}")


def _compare(subject: Subject, readings: Sequence[Reading]) -> InterfaceComparison:
    if any(one.size > LARGEST for one in readings):
        raise TooLargeError(f"{readings[1].artifact.file_name} or its predecessor has more than {LARGEST} bytes")
    return ecosystems.of(subject).compare_interface(*(one.contents for one in readings))


def _missing(reason: NotObservedReason, detail: str) -> NotObserved:
    return not_observed(ApiChanges, reason, detail)


def _claim(
    subject: Subject, history: ReleaseHistory, now: Artifact, then: Artifact, world: CollectContext
) -> ApiChanges:
    result = artifact_cache.ask(
        "interface", InterfaceComparison, (subject, [then, now]), world, lambda made: _compare(subject, made)
    )
    ecosystem = ecosystems.of(subject)
    removed = [c for c in result.changes if c.kind is ApiChangeKind.REMOVED]
    signatures = [c for c in result.changes if c.kind is ApiChangeKind.SIGNATURE]
    return ApiChanges(
        history.predecessor,
        subject.version,
        now.file_name,
        then.file_name,
        ecosystem.version_step(history.predecessor, subject.version, history),
        result.modules,
        result.names,
        result.unread,
        tuple((removed + signatures)[:MOST_CHANGES]),
        len(removed),
        sum(not c.announced for c in removed),
        len(signatures),
        sum(not c.announced for c in signatures),
    )
