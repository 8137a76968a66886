"""What the relying party says it uses this package for (`[purpose]` of the configuration)."""

from __future__ import annotations

from collections.abc import Sequence

from supplytrust.errors import NotFoundError
from supplytrust.io.context import CollectContext, SourceClaim
from supplytrust.model.claims.claim import Claim, StatedPurpose
from supplytrust.model.evidence import NotObserved, SubjectEvidence
from supplytrust.model.subject import Subject

NAME = "purpose"
OFFERS: tuple[type[Claim], ...] = (StatedPurpose,)
NEEDS: tuple[type[Claim], ...] = ()
ECOSYSTEMS: tuple[str, ...] = ()


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:  # noqa: ARG001
    """The stated purpose; NotFoundError when none is stated."""
    stated = world.settings.purpose.get(subject.package, "")
    if not stated:
        raise NotFoundError("no purpose is stated for this package", hint="[purpose] in the configuration")
    return [SourceClaim(StatedPurpose(stated), "stated by the relying party")]
