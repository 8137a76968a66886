"""Popular names that this package's name could be taken for."""

from __future__ import annotations

from collections.abc import Sequence

from supplytrust import ecosystems
from supplytrust.io.context import CollectContext, SourceClaim
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import NameNeighbours
from supplytrust.model.evidence import NotObserved, SubjectEvidence
from supplytrust.model.subject import Subject

NAME = "names"
OFFERS: tuple[type[Claim], ...] = (NameNeighbours,)
NEEDS: tuple[type[Claim], ...] = ()
ECOSYSTEMS = ecosystems.known_types()


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:  # noqa: ARG001
    """Compare with the shipped list; needs no network."""
    return [SourceClaim(ecosystems.of(subject).name_neighbours(subject.name), "shipped list of popular names")]
