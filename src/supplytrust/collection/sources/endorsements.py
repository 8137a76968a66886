"""Signed endorsements that the relying party keeps: who vouches for which open point of this package.

`[assurances] endorsements` lists endorsement files, folders of them (`*.endorsement`), and the public keys
(`NAME.pub`) of those it listens to; the file name of a key is the author's name. Keys count only when listed
themselves: whoever can drop a file into a folder must not become an author.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from supplytrust.appraisal.signals.support.select import names_of
from supplytrust.errors import MalformedError, NotFoundError, SupplytrustError, TooLargeError
from supplytrust.io.context import CollectContext, SourceClaim, not_observed
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Subject
from supplytrust.records.endorsement import LIMITS, read_endorsement
from supplytrust.records.keys import VerificationKey, read_key

NAME = "endorsement"
OFFERS: tuple[type[Claim], ...] = (Endorsement,)
NEEDS: tuple[type[Claim], ...] = ()
ECOSYSTEMS: tuple[str, ...] = ()

_KEY, _SUFFIX, _MOST = ".pub", "*.endorsement", 10_000


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:  # noqa: ARG001
    """Endorsements of this package that were issued by the judged moment; unusable files with their reason."""
    listed = [Path(p) for p in world.settings.endorsements]
    if not listed:
        raise NotFoundError("no endorsements are configured", hint="[assurances] endorsements")
    keys = [_key(path) for path in listed if path.suffix == _KEY]
    seen = [part for path in _files(listed) if (part := _read(path, keys, subject, world.at)) is not None]
    if not seen:
        raise NotFoundError(f"no endorsement is about {subject.purl}")
    return seen


def _key(path: Path) -> VerificationKey:
    try:
        return read_key(_bytes(path), owner=path.stem)
    except SupplytrustError as error:
        raise MalformedError(f"{path.name}: {error.message}", hint="the PEM public key of an endorser") from error


def _files(listed: list[Path]) -> Iterator[Path]:
    for path in listed:
        if path.is_dir():
            yield from sorted(path.glob(_SUFFIX))[:_MOST]
        elif path.suffix != _KEY:
            yield path


def _read(path: Path, keys: list[VerificationKey], subject: Subject, at: datetime) -> SourceClaim | NotObserved | None:
    try:
        claim = read_endorsement(_bytes(path), keys)
    except SupplytrustError as error:
        return not_observed(Endorsement, NotObservedReason.MALFORMED, f"{path.name}: {error.message}")
    if claim.subject not in names_of(subject) or claim.issued > at:
        return None
    return SourceClaim(claim, f"signed by {claim.author}")


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LIMITS.size:
            raise TooLargeError(f"{path.name} is too large for what it should be")
        return path.read_bytes()
    except OSError as error:
        raise MalformedError(f"{path.name} cannot be read: {error.strerror}") from error
