"""Audits and reviews that the relying party lists: who read which versions, for what, and what is left open.

`[assurances] audits` are lists of our own form, `cargo-vet` cargo-vet's audits.toml and imports.lock, `crev` files of
crev proofs, of which those by one of `crev-ids` count. A file that cannot be read is missed with its position
and stands in the claims as skipped: it could have held a violation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from supplytrust import ecosystems
from supplytrust.errors import NotFoundError, SourceError
from supplytrust.evidence.reviews import audit_list, cargo_vet, chains, crev
from supplytrust.evidence.reviews.reading import ReviewCollector, read_file
from supplytrust.io.context import CollectContext, SourceClaim, not_observed
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.review import ExternalAudits, SecondPartyReviews, SkippedEntries
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Subject

NAME = "audits"
OFFERS: tuple[type[Claim], ...] = (ExternalAudits, SecondPartyReviews)
NEEDS: tuple[type[Claim], ...] = ()
ECOSYSTEMS: tuple[str, ...] = ()

T = TypeVar("T")
_MOST = 50


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:  # noqa: ARG001
    """What is listed about this package up to the judged moment; NotFoundError when no list is configured."""
    given = world.settings
    if not (given.audits or given.cargo_vet or given.crev):
        raise NotFoundError("no audits or reviews are configured", hint="[assurances] audits, cargo-vet, crev")
    told, unread = ReviewCollector(), list[NotObserved]()
    scheme = ecosystems.versions_of(subject.type)
    for listed in _files(given.audits, _read_list, told, unread):
        audit_list.collect_reviews(told, subject, world.at, listed, scheme)
    if subject.type == "cargo":
        chains.collect_reviews(told, subject, _files(given.cargo_vet, cargo_vet.read, told, unread))
    for proofs in _files(given.crev, crev.read, told, unread):
        crev.collect_reviews(told, subject, world.at, given.crev_ids, proofs, _same_name(subject.type))
    return [*_claims(subject, told), *unread]


def _read_list(raw: bytes, name: str) -> audit_list.AuditList:
    return audit_list.read(raw, name, ecosystems.versions_of)


def _same_name(purl_type: str) -> Callable[[str, str], bool]:
    """Whether two names of a type are one package."""

    def same(one: str, other: str) -> bool:
        return ecosystems.package_key(purl_type, one) == ecosystems.package_key(purl_type, other)

    return same


def _files(
    paths: Sequence[str], read: Callable[[bytes, str], T], told: ReviewCollector, unread: list[NotObserved]
) -> Iterator[tuple[str, str, T]]:
    """Name, digest and content of each readable file."""
    for name, path in _name_paths([Path(p) for p in dict.fromkeys(paths)]):
        try:
            raw = read_file(path)
            content = read(raw, name)
        except SourceError as error:
            told.skipped.append(SkippedEntries(name, f"unreadable: {error.reason}", 1, 1))
            unread += [not_observed(kind, NotObservedReason(error.reason), error.message) for kind in OFFERS]
        else:
            yield name, f"sha256:{hashlib.sha256(raw).hexdigest()}", content


def _name_paths(paths: list[Path]) -> Iterator[tuple[str, Path]]:
    """Each with a name of its own: the file's, with its folder's where files of two folders have the same."""
    last, both = [p.name for p in paths], [f"{p.parent.name}/{p.name}" for p in paths]
    for n, path in enumerate(paths):
        name = last[n] if last.count(last[n]) == 1 else both[n] if both.count(both[n]) == 1 else f"{both[n]}#{n}"
        yield name, path


def _claims(subject: Subject, told: ReviewCollector) -> Iterator[SourceClaim | NotObserved]:
    """A claim of each kind, also when all there is to say is that something about this package could not be read."""
    skipped = tuple(sorted(told.skipped, key=lambda s: (s.file, s.reason)))
    audits = tuple(sorted(told.audits, key=lambda a: (a.at, a.auditor, repr(a)), reverse=True))
    elsewhere = tuple(sorted(told.elsewhere))[:_MOST]
    hidden = any(s.here for s in skipped)
    both: tuple[tuple[Claim, bool, set[str]], ...] = (
        (ExternalAudits(subject.version, audits, skipped), bool(audits), {a.file_digest for a in audits}),
        (
            SecondPartyReviews(subject.version, tuple(told.reviews), tuple(told.violations), elsewhere, skipped),
            bool(told.reviews or told.violations or elsewhere),
            {r.file_digest for r in told.reviews} | {v.file_digest for v in told.violations},
        ),
    )
    for claim, says, digests in both:
        if says or hidden:
            yield SourceClaim(claim, "kept by the relying party", digests.pop() if len(digests) == 1 else "")
        else:
            about = subject.release
            yield not_observed(type(claim), NotObservedReason.NOT_FOUND, f"no list says anything about {about}")
