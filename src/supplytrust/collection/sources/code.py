"""What the code of an artifact is made of, what it does and where that is worth a question: read, never run."""

from __future__ import annotations

from collections.abc import Sequence

from supplytrust import ecosystems
from supplytrust.ecosystems import artifact_cache, code_reading
from supplytrust.ecosystems.contents import Contents
from supplytrust.errors import NotFoundError
from supplytrust.io.context import BytesAnswer, CollectContext, SourceClaim
from supplytrust.model.claims.artifact import CodeComposition, MeasuredDigest
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.code import Capabilities, CodeFindings
from supplytrust.model.evidence import NotObserved, SubjectEvidence
from supplytrust.model.subject import Subject

NAME = "code"
OFFERS: tuple[type[Claim], ...] = (CodeComposition, CodeFindings, Capabilities)
NEEDS: tuple[type[Claim], ...] = (MeasuredDigest,)  # the artifact has been fetched by then
ECOSYSTEMS = ecosystems.known_types()


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:  # noqa: ARG001
    """Read the judged file."""
    if subject.artifact is None:
        raise NotFoundError("the release has no file that can be judged")
    files = (subject, [subject.artifact])
    return artifact_cache.ask(NAME, BytesAnswer, files, world, lambda readings: _read(readings[0].contents)).seen


def _read(read: Contents) -> BytesAnswer:
    digest = f"sha256:{read.digest}"
    found, abilities = code_reading.findings(read)
    return BytesAnswer(
        (
            SourceClaim(code_reading.composition(read), "bytes by language", digest),
            SourceClaim(found, "syntax trees and patterns", digest),
            SourceClaim(abilities, "imports and calls", digest),
        )
    )
