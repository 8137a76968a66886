"""What crev proofs say about one package: of each id the newest review of the judged version.

A text without signature never replaces a signed one: anybody can write an id and a later day into it. Of two reviews
of one moment the less favourable counts.

A proof about a change alone, or about another version, does not reach the judged one: such versions are told
as read elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from supplytrust.evidence.reviews import criteria
from supplytrust.evidence.reviews.collector import ReviewCollector
from supplytrust.evidence.reviews.crev import AGAINST, FOR, Proof, ProofFile
from supplytrust.model.claims.review import Basis, Review, Standing, Violation
from supplytrust.model.subject import Subject


def tell(
    told: ReviewCollector,
    subject: Subject,
    at: datetime,
    listened: Collection[str],
    file: tuple[str, str, ProofFile],
    same_name: Callable[[str, str], bool],
) -> None:
    """Add reviews and violations dated no later than `at`; those of ids in `listened` count as verified."""
    name, digest, content = file
    told.skipped += content.skips.counts(name, subject.name)
    newest: dict[tuple[str, bool], Proof] = {}
    for proof in sorted(content.proofs, key=lambda p: (p.at, p.rating not in FOR, p.rating in AGAINST)):
        if not (same_name(subject.name, proof.name) and _same_registry(subject, proof)) or proof.at > at:
            continue
        if proof.version == subject.version and not proof.base:
            newest[proof.id, proof.verified] = proof
        else:
            told.elsewhere.add(f"{proof.base} -> {proof.version}" if proof.base else proof.version)
    for proof in newest.values():
        listed = proof.verified and proof.id in listened
        _add(told, proof, Standing.VERIFIED if listed else Standing.CLAIMED, name, digest)


def _same_registry(subject: Subject, proof: Proof) -> bool:
    """Whether a proof is about packages of the default registry of the purl's type."""
    from packageurl.validate import DEFINITIONS_BY_TYPE

    definition = DEFINITIONS_BY_TYPE.get(subject.type)
    home = (definition.default_repository_url or "").rstrip("/") if definition else ""
    return bool(home) and proof.source == home


def _add(told: ReviewCollector, proof: Proof, standing: Standing, name: str, digest: str) -> None:
    who, rated = (f"crev id {proof.id[:12]}",), f"rated {proof.rating or 'none'}"
    depth = (f"thoroughness {proof.thoroughness or 'none'}", f"understanding {proof.understanding or 'none'}")
    if proof.rating in AGAINST:
        told.violations.append(Violation(who, (rated,), proof.version, proof.at, standing, name, digest))
    elif proof.rating in FOR:
        scopes = criteria.scopes((criteria.DEPLOY,)) if proof.deep else ()
        steps, all_told = (proof.version,), (rated, *depth)
        told.reviews.append(
            Review(who, all_told, scopes, Basis.FULL, steps, proof.at, standing, name, digest, proof.issues)
        )
