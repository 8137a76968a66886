"""Question
    Does the attestation name the commit that the repository's tag of this release names?
Why it matters
    Two places say which source the file is from: the builder's certificate and the repository. When one tag
    names two commits, the tag was moved or another tree was built.
Evidence used
    VerifiedAttestation: commit and ref in the certificate; ReleaseTag and SourceRepository.
Supports when
    Both name the same commit.
Opposes when
    The certificate says that it was this very tag, and names another commit than the repository does now.
Not observed when
    Either is missing (its source's reason); the attested commit is not of a tag, or of another one
    (inconclusive); the repository read here is not the attested one, or was only declared.
Limits
    Both statements are in the hand of whoever controls repository and pipeline. Says nothing about the
    contents of the file.
References
    SLSA v1.0, "Source threats"; Fulcio extensions 1.3.6.1.4.1.57264.1.13 and .14; tj-actions (2025-03).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import current, judged_by, least_favourable, of_judged_file, show_text
from supplytrust.model.claims.attestation import VerifiedAttestation
from supplytrust.model.claims.source_tree import ReleaseTag, SourceRepository
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(
    id="integrity/attested_commit_matches_tag",
    claims=(VerifiedAttestation, ReleaseTag, SourceRepository),
    trait="attestations",
)


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Compare every attested commit with the tag."""
    attested = of_judged_file(META, subject, evidence, VerifiedAttestation)
    if isinstance(attested, Finding):
        return attested
    named = [seen for seen in attested if seen.claim.commit]
    if not named:
        return META.not_observed(NotObservedReason.NOT_PUBLISHED, "the attestation names no commit", attested)
    if _elsewhere(evidence, named[0].claim):
        where = show_text(named[0].claim.repository, 50)
        return META.not_observed(NotObservedReason.DEPENDS, f"attested for another repository: {where}", named)
    return judged_by(META, evidence, ReleaseTag, lambda tag: least_favourable(_answer(one, tag) for one in named))


def _elsewhere(evidence: SubjectEvidence, attested: VerifiedAttestation) -> bool:
    """Addresses can be compared when both are web addresses; a path on disk may be a copy of anything."""
    read = [seen.claim.address for seen in current(evidence, SourceRepository)]
    remote = [_plain(address) for address in read if "://" in address and not address.startswith("file:")]
    return bool(remote) and _plain(attested.repository) not in remote


def _plain(address: str) -> str:
    return address.partition("://")[2].removesuffix("/").removesuffix(".git").lower()


def _answer(one: Observation[VerifiedAttestation], tag: Observation[ReleaseTag]) -> Finding:
    claim, seen = one.claim, (one, tag)
    if tag.claim.state != "found":
        return META.not_observed(NotObservedReason.NOT_FOUND, "no one tag of this version", seen)
    if claim.commit == tag.claim.commit:
        return META.supports(f"attestation and tag {show_text(tag.claim.name, 30)} name {claim.commit[:12]}", seen)
    told = f"attested {claim.commit[:12]}, tag {show_text(tag.claim.name, 20)} names {tag.claim.commit[:12]}"
    if claim.ref == f"refs/tags/{tag.claim.name}":
        return META.opposes(told, seen)
    return META.not_observed(NotObservedReason.INCONCLUSIVE, told, seen)
