"""Question
    Was the file attested by the same publishing identity as when this package was first seen here?
Why it matters
    A project that changes hands, or whose name was taken up by somebody else, gets other numbers of
    repository and owner even when all names stay the same.
Evidence used
    PublisherComparison with the publisher that the ledger saw first.
Supports when
    Issuer, repository, its number, its owner's number and workflow are those first seen.
Opposes when
    Never: projects move and rename workflows. A change holds the package back until somebody looked.
Not observed when
    No ledger is kept or nothing was verified (its source's reason); this is the first look, or the first one was
    less than a week ago and may have been at a release of the same intruder (first-sight);
    a part differs (inconclusive).
Limits
    Knows what this ledger saw. An intruder inside the same repository stays the same publisher.
References
    Fulcio extensions 1.3.6.1.4.1.57264.1.15 and .17; account resurrection attacks (Liu et al., 2022).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import least_favourable, of_judged_file
from supplytrust.model.claims.attestation import KnownPublisher, PublisherComparison
from supplytrust.model.claims.release import HORIZON
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="integrity/publisher_unchanged", claims=(PublisherComparison,), trait="attestations")


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Compare with the first look."""
    compared = of_judged_file(META, subject, evidence, PublisherComparison)
    if isinstance(compared, Finding):
        return compared
    first = [seen for seen in compared if seen.claim.known_by is KnownPublisher.FIRST_SEEN]
    if not first:
        return META.not_observed(NotObservedReason.NOT_LOOKED, "no ledger was asked for the first publisher", compared)
    return least_favourable(_answer(seen) for seen in first)


def _answer(seen: Observation[PublisherComparison]) -> Finding:
    claim = seen.claim
    if claim.differs:
        parts = ", ".join(claim.differs)[:50]
        return META.not_observed(NotObservedReason.INCONCLUSIVE, f"another publisher than first seen: {parts}", (seen,))
    if claim.since is None or claim.since >= seen.observed_at:
        return META.not_observed(NotObservedReason.FIRST_SIGHT, "the publisher is seen for the first time", (seen,))
    if seen.observed_at - claim.since < HORIZON:
        text = f"first seen on {claim.since:%Y-%m-%d}, less than {HORIZON.days} days ago"
        return META.not_observed(NotObservedReason.FIRST_SIGHT, text, (seen,))
    return META.supports(f"the same publisher since {claim.since:%Y-%m-%d}", (seen,))
