"""Question
    Did the year go by without a newcomer adding files nobody can read?
Why it matters
    The payload of xz came as two binary test files. A newcomer who adds three or more opaque binaries was
    seen in 0.9 % of healthy releases, and 29 days before xz 5.6.0.
Evidence used
    CommitHistory (contents with a NUL byte in their first 8,000, media files by suffix left out) and
    Endorsement.
Supports when
    No one newcomer (under three years here) added or changed three or more opaque binaries in the year.
Opposes when
    Never. Whatever history shows only holds.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; contents were not readable (incomplete); the project is younger
    than three years; a newcomer did (inconclusive).
Limits
    A payload can hide in text or in a picture. An honest test suite of a compressor is full of such files.
    Names, addresses and dates are whatever the judged project wrote: a borrowed name inherits tenure and a
    back-dated commit fakes it; merged names are listed in the claim.
References
    CVE-2024-3094 (xz), commits cf44e4b7 and 74b138d2; git's own rule for binary content (xdiff-interface,
    8000 bytes).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_by, too_young, with_endorsement
from supplytrust.model.claims.history import CommitHistory
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(
    id="provenance/no_newcomer_opaque_binaries",
    claims=(
        CommitHistory,
        Endorsement,
    ),
)
_MANY = 3


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Count newcomers' binaries."""
    return with_endorsement(META, judged_by(META, evidence, CommitHistory, _judge), subject, evidence, moment)


def _judge(seen: Observation[CommitHistory]) -> Finding:
    claim = seen.claim
    young = too_young(META, seen)
    if young is not None:
        return young
    if claim.newcomer_binaries is None:
        return META.not_observed(
            NotObservedReason.INCOMPLETE, "contents of the year's changes could not all be read", (seen,)
        )
    if claim.newcomer_binaries >= _MANY:
        last = claim.newcomer_binary_commits[-1][:12] if claim.newcomer_binary_commits else ""
        told = f"a newcomer added {claim.newcomer_binaries} opaque binaries in the year, last in {last}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, told, (seen,))
    return META.supports(f"newcomers added {claim.newcomer_binaries} opaque binaries in the year", (seen,))
