"""Popular names that this package's name could be taken for."""

from __future__ import annotations

from collections.abc import Sequence

from supplytrust.ecosystems.pypi import typosquats
from supplytrust.io.context import Missed, Observed, World
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import NameNeighbours
from supplytrust.model.evidence import SubjectEvidence
from supplytrust.model.subject import Subject

NAME = "names"
OFFERS: tuple[type[Claim], ...] = (NameNeighbours,)
NEEDS: tuple[type[Claim], ...] = ()
ECOSYSTEMS: tuple[str, ...] = ("pypi",)


def observe(subject: Subject, known: SubjectEvidence, world: World) -> Sequence[Observed | Missed]:  # noqa: ARG001
    """Compare with the shipped list; needs no network."""
    return [Observed(typosquats.neighbours(subject.name), "shipped list of popular names")]
