"""Question
    Is the tag signed with a key that signed earlier releases of the project?
Why it matters
    A key that has signed for years is one more thing somebody has to steal. A new one, where one key was
    used before, is how the takeover of xz announced itself.
Evidence used
    ReleaseTag (kind and id of the key, read from the signature; the signature itself is not checked).
Supports when
    The tag is signed and names a key that at least one earlier signed release tag names.
Opposes when
    Never. Whatever history shows only holds.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; there is no one tag; it is not signed (not-published); its key is
    new (first-sight) or not named by the signature (inconclusive). A new key may be endorsed.
Limits
    Names a key without checking the signature: anybody can put any key's id into one. The key that signed
    the backdoored xz releases had been known for a year.
References
    gitformat-signature(5); RFC 9580; OpenSSH PROTOCOL.sshsig; xz v5.4.2 (2023-03-18), first tag with a
    second key in 14 years.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_by, show_text, with_endorsement
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.claims.source_tree import ReleaseTag
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(
    id="integrity/tag_signed_by_known_key",
    claims=(
        ReleaseTag,
        Endorsement,
    ),
)


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Compare the key with those of earlier tags."""
    return with_endorsement(META, judged_by(META, evidence, ReleaseTag, _judge), subject, evidence, moment)


def _judge(seen: Observation[ReleaseTag]) -> Finding:
    claim = seen.claim
    if claim.state != "found":
        return META.not_observed(NotObservedReason.NOT_FOUND, "no one tag of this version", (seen,))
    if not claim.signed:
        return META.not_observed(
            NotObservedReason.NOT_PUBLISHED, f"tag {show_text(claim.name, 30)} is not signed", (seen,)
        )
    if not claim.key:
        return META.not_observed(NotObservedReason.INCONCLUSIVE, f"the {claim.signed} signature names no key", (seen,))
    if not claim.key_before:
        key = show_text(claim.key[-16:], 16)
        text = f"key {key} is on none of {claim.signed_before} signed releases over 540 days older"
        return META.not_observed(NotObservedReason.FIRST_SIGHT, text, (seen,))
    count = f"{claim.key_before} of {claim.signed_before}"
    told = f"key {show_text(claim.key[-16:], 16)} is on {count} signed releases over 540 days older"
    return META.supports(told, (seen,))
