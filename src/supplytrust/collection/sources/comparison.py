"""The wheel of a release against its sdist, by content."""

from __future__ import annotations

from collections.abc import Sequence

from supplytrust import ecosystems
from supplytrust.ecosystems import artifact_cache
from supplytrust.ecosystems.artifact_cache import Reading
from supplytrust.errors import NotFoundError
from supplytrust.io.context import BytesAnswer, CollectContext, SourceClaim, not_observed
from supplytrust.model.claims.artifact import MeasuredDigest, WheelAgainstSdist
from supplytrust.model.claims.claim import Claim
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Subject

NAME = "comparison"
OFFERS: tuple[type[Claim], ...] = (WheelAgainstSdist,)
NEEDS: tuple[type[Claim], ...] = (MeasuredDigest,)  # the artifacts have been fetched by then
ECOSYSTEMS = ecosystems.known_types()


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:  # noqa: ARG001
    """Compare the judged wheel, or the first one beside a judged sdist, with the sdist."""
    judged = [subject.artifact] if subject.artifact else []
    files = [*judged, *subject.others]
    wheel = next((a for a in files if a.kind.is_built), None)
    sdist = next((a for a in files if a.kind.is_source), None)
    if wheel is None or sdist is None:
        lacking = "wheel" if wheel is None else "sdist"
        return [
            not_observed(WheelAgainstSdist, NotObservedReason.NOT_PUBLISHED, f"the release has no {lacking} to compare")
        ]
    both = (subject, [wheel, sdist])
    return artifact_cache.ask(NAME, BytesAnswer, both, world, lambda readings: _compare(subject, readings)).seen


def _compare(subject: Subject, readings: Sequence[Reading]) -> BytesAnswer:
    wheel, sdist = (one.contents for one in readings)
    if not sdist.files:
        raise NotFoundError(f"{sdist.file_name} is empty")
    claim = ecosystems.of(subject).compare_with_source(wheel, sdist)
    return BytesAnswer((SourceClaim(claim, "member by member, by digest", f"sha256:{wheel.digest}"),))
