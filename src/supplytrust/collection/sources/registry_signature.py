"""Whether the registry signed its listing of the judged file: name, version and digest, under a key that is pinned.

The keys are those of the configuration (`[trust-root] registry-keys`), else those that the ecosystem's client brings.
A signature counts for the bytes that were measured only: over another digest it says nothing of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from supplytrust import ecosystems
from supplytrust.errors import NotFoundError
from supplytrust.evidence.attestations.registry_keys import judge_listing, pinned_keys
from supplytrust.evidence.attestations.verdict import FAILURES, UNPINNED_KEY
from supplytrust.io.context import CollectContext, SourceClaim, not_observed
from supplytrust.model.claims.artifact import MeasuredDigest
from supplytrust.model.claims.attestation import RegistrySignature
from supplytrust.model.claims.claim import Claim
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Subject

NAME = "registry_signature"
OFFERS: tuple[type[Claim], ...] = (RegistrySignature,)
NEEDS: tuple[type[Claim], ...] = (MeasuredDigest,)
ECOSYSTEMS = ecosystems.known_types()
LISTING = "listing"
MOST = 16  # signatures that are looked at


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:
    """Every signature over the listing that a pinned key could have made: verified, or wrong."""
    artifact, ecosystem = subject.artifact, ecosystems.of(subject)
    if artifact is None:
        raise NotFoundError(f"{subject.name} has no file to judge")
    signed = ecosystem.signed_listing(subject, artifact, world)
    measured = [m.claim.measured_sha512 for m in known.all(MeasuredDigest) if m.claim.file_name == artifact.file_name]
    if signed.sha512 not in measured or not signed.sha512:
        text = "what is signed is the digest of other bytes, or of bytes that were not measured"
        return [not_observed(RegistrySignature, NotObservedReason.INCONCLUSIVE, text)]
    keys = pinned_keys(world.settings.registry_keys, ecosystem.client_keys)
    answers = [(k, judge_listing(k, s, signed.text, signed.published, keys)) for k, s in signed.signatures[:MOST]]
    decided = [(key, answer) for key, answer in answers if not answer or answer in FAILURES]
    if decided:
        method = "signature over name, version and digest"
        return [
            SourceClaim(RegistrySignature(artifact.file_name, key, LISTING, None, answer or None), method)
            for key, answer in dict.fromkeys(decided)
        ]
    unpinned = all(answer == UNPINNED_KEY for _, answer in answers)
    text = "signed with a key that is not pinned" if unpinned else f"the signature cannot be judged: {answers[0][1]}"
    return [not_observed(RegistrySignature, NotObservedReason.INCONCLUSIVE, text)]
