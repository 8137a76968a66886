"""in-toto layouts that the relying party keeps, with the links beside them.

`[assurances] layouts` lists layout files and the public keys (`.pub`) of their owners; keys count only when they
are listed themselves. The links of a layout are the `.link` files of its folder.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from supplytrust.errors import MalformedError, MalformedRecordError, NotFoundError, SourceError, TooLargeError
from supplytrust.evidence.attestations.layout import LIMITS, MOST_LINKS, follow
from supplytrust.io.context import CollectContext, SourceClaim, not_observed
from supplytrust.model.claims.artifact import MeasuredDigest
from supplytrust.model.claims.attestation import LayoutFollowed
from supplytrust.model.claims.claim import Claim
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import ArtifactKind, Subject

NAME = "layouts"
OFFERS: tuple[type[Claim], ...] = (LayoutFollowed,)
NEEDS: tuple[type[Claim], ...] = (MeasuredDigest,)
ECOSYSTEMS: tuple[str, ...] = ()


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:
    """Each layout, and whether its steps lead to the judged file; what cannot be read with its reason."""
    listed = [Path(p) for p in world.settings.layouts]
    if not listed:
        raise NotFoundError("no layouts are configured", hint="[assurances] layouts")
    artifact = subject.artifact
    if artifact is None:
        raise NotFoundError(f"{subject.name} has no file to judge")
    measured = [m.claim.measured for m in known.all(MeasuredDigest) if m.claim.file_name == artifact.file_name]
    file = (artifact.file_name, measured[0] if measured else artifact.sha256)
    keys = [_bytes(path) for path in listed if path.suffix == ".pub"]
    local = artifact.kind is ArtifactKind.WORKLOAD  # its name is anybody's: its bytes say what it is
    return [_read(path, keys, file, world.scratch, local=local) for path in listed if path.suffix != ".pub"]


def _read(
    path: Path, keys: list[bytes], file: tuple[str, str], scratch: Path, *, local: bool
) -> SourceClaim | NotObserved:
    try:
        links = [(p.name, _bytes(p)) for p in sorted(path.parent.glob("*.link"))[: MOST_LINKS + 1]]
        with tempfile.TemporaryDirectory(dir=scratch) as private:
            found = follow(_bytes(path), links, keys, ("" if local else file[0], file[1]), Path(private))
    except SourceError as error:
        return not_observed(LayoutFollowed, NotObservedReason(error.reason), f"{path.name}: {error.message}")
    except MalformedRecordError as error:
        return not_observed(LayoutFollowed, NotObservedReason.MALFORMED, f"{path.name}: {error.message}")
    claim = LayoutFollowed(file[0], path.name, found.steps, found.expires, found.reason, found.chained)
    return SourceClaim(claim, f"{len(links)} links beside the layout")


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LIMITS.size:
            raise TooLargeError(f"{path.name} is too large for what it should be")
        return path.read_bytes()
    except OSError as error:
        raise MalformedError(f"{path.name} cannot be read: {error.strerror}") from error
