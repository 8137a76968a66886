"""What the code of an artifact is made of and where it uses cryptography, read as syntax, never run."""

from __future__ import annotations

from collections.abc import Sequence

from supplytrust import ecosystems
from supplytrust.ecosystems.pypi import code_reading, contents
from supplytrust.errors import NotFoundError
from supplytrust.model.claims.artifact import CodeComposition, CryptoUses, MeasuredDigest
from supplytrust.model.claims.claim import Claim
from supplytrust.model.evidence import SubjectEvidence
from supplytrust.model.subject import Subject
from supplytrust.ports.world import Missed, Observed, World

NAME = "code"
OFFERS: tuple[type[Claim], ...] = (CodeComposition, CryptoUses)
NEEDS: tuple[type[Claim], ...] = (MeasuredDigest,)  # the artifact has been fetched by then
ECOSYSTEMS: tuple[str, ...] = ("pypi",)


def observe(subject: Subject, known: SubjectEvidence, world: World) -> Sequence[Observed | Missed]:  # noqa: ARG001
    """Read the judged file."""
    if subject.artifact is None:
        raise NotFoundError("the release has no file that can be judged")
    data = ecosystems.for_type(subject.type).fetch(subject, subject.artifact, world)
    read = contents.read(subject.artifact, data)
    digest = f"sha256:{read.digest}"
    return [
        Observed(code_reading.composition(read), "bytes by language", digest),
        Observed(code_reading.crypto_uses(read), "Python syntax trees", digest),
    ]
