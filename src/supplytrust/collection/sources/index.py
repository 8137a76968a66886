"""What the package index says about a release: files, history, metadata, owners, advisories."""

from __future__ import annotations

from collections.abc import Sequence

from supplytrust import ecosystems
from supplytrust.ecosystems import ProjectFacts
from supplytrust.io.context import CollectContext, SourceClaim, not_observed
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import (
    KnownVulnerabilities,
    ProjectMetadata,
    ReleaseFiles,
    ReleaseHistory,
    ReleaseOwners,
)
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Subject

NAME = "index"
OFFERS: tuple[type[Claim], ...] = (
    ReleaseFiles,
    ReleaseHistory,
    ProjectMetadata,
    ReleaseOwners,
    KnownVulnerabilities,
)
NEEDS: tuple[type[Claim], ...] = ()
ECOSYSTEMS = ecosystems.known_types()


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:  # noqa: ARG001
    """All claims from one look at the index; each missing one with the index's reason."""
    facts = ecosystems.for_type(subject.type).facts(subject, world)
    seen: list[SourceClaim | NotObserved] = [
        SourceClaim(facts.files, facts.method),
        SourceClaim(facts.history, facts.method),
    ]
    documents: tuple[Claim | None, ...] = (facts.metadata, facts.owners, facts.vulnerabilities)
    missing = {name for name, _, _ in facts.missing}
    seen += [SourceClaim(claim, _method(claim, missing)) for claim in documents if claim is not None]
    covered = {type(part.claim).__name__ for part in seen if isinstance(part, SourceClaim)}
    return [*seen, *(missed for missed in _missing_claims(facts) if missed.claim not in covered)]


def _method(claim: Claim, missing: set[str]) -> str:
    """A claim that the index's document could not give was read from the artifact."""
    return "the artifact's own metadata" if type(claim).__name__ in missing else "project document of the index"


def _missing_claims(facts: ProjectFacts) -> list[NotObserved]:
    kinds = {kind.__name__: kind for kind in OFFERS}
    return [not_observed(kinds[n], _reason(code), detail) for n, code, detail in facts.missing if n in kinds]


def _reason(code: str) -> NotObservedReason:
    return (
        NotObservedReason(code) if code in {reason.value for reason in NotObservedReason} else NotObservedReason.REFUSED
    )
