"""Question
    Has somebody who is not its author read this version and vouched for it?
Why it matters
    Whoever uses a package and reads it first looks with the eyes of a user who would pay for a fault. Many such
    readings, shared, are worth more than a reputation.
Evidence used
    SecondPartyReviews (cargo-vet files, crev proofs and lists that the relying party keeps); ReleaseFiles (when
    the version was published, as the earliest date of an undated review).
Supports when
    The version was read whole, or another one was and every change from there to this one, for criteria that
    are about faults. Grade `undated`: no date is known. `narrow`: its criteria, or their depth, say little about
    faults, or issues are left open. `publisher`: not this version was read, whoever published it is vouched for.
    `claimed`: nothing shows that the named reviewer wrote it.
Opposes when
    A second party whose word counts found that this version does not meet a criterion (grade `violation`), or
    rates it negative after reading (grade `negative`).
Not observed when
    Nothing is listed (its source's reason); only other versions were read (stale); entries about it could not be
    read, of which one may be a violation (incomplete); a violation is only claimed (inconclusive).
Limits
    Files are as good as whoever lists them: an imported file speaks with the importer's voice. A review is of
    the published version by name, not by digest. Reading finds less than testing, and reviewers differ.
References
    The cargo vet book, "The Vetting Algorithm" and "Audit Criteria"; cargo-crev, "Concepts"; SLSA, "Two-party review".
"""

from __future__ import annotations

import re
from datetime import datetime

from supplytrust.appraisal.signals.support.select import (
    current,
    first_of,
    least_favourable,
    nothing_about,
    of_release,
    show_text,
)
from supplytrust.model.claims.release import ReleaseFiles
from supplytrust.model.claims.review import Basis, Review, SecondPartyReviews, Standing, Violation
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject, same_version

META = SignalMeta(id="expertise/reviewed_by_second_party", claims=(SecondPartyReviews, ReleaseFiles))
_PROMISES = re.compile("safe|secure|trusted|valid", re.IGNORECASE)
_ORDER = ("", "undated", "narrow", "publisher", "claimed")


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Violations first; then the best review of the judged version."""
    seen = current(evidence, SecondPartyReviews, lambda claim: same_version(claim.version, subject.version))
    if not seen:
        return nothing_about(META, evidence, SecondPartyReviews, subject.purl)
    published = min((o.claim.uploaded_at for o in of_release(evidence, subject) if o.claim.uploaded_at), default=None)
    return least_favourable((_judge(o, published) for o in seen), grades=_ORDER)


def _judge(seen: Observation[SecondPartyReviews], published: datetime | None) -> Finding:
    claim = seen.claim
    against = sorted(claim.violations, key=lambda v: (v.standing is Standing.CLAIMED, v.standing is Standing.VERIFIED))
    if against:
        return _against(against[0], seen)
    unread = sum(s.here for s in claim.skipped)
    if unread:
        told = f"{unread} entries about it could not be read: {show_text(claim.skipped[0].reason, 30)}"
        return META.not_observed(NotObservedReason.INCOMPLETE, told, (seen,))
    best = min(claim.reviews, key=lambda r: (_ORDER.index(_grade(r, published)), repr(r)), default=None)
    if best is None:
        where = first_of(claim.elsewhere) if claim.elsewhere else "nothing"
        told = f"read elsewhere: {where}; not {show_text(claim.version, 20)}"
        return META.not_observed(NotObservedReason.STALE, told, (seen,))
    return _supports(best, published, seen)


def _against(violation: Violation, seen: Observation[SecondPartyReviews]) -> Finding:
    told = f"{first_of(violation.reviewers, 20)}: {first_of([_plain(c) for c in violation.criteria], 22)} not met"
    if violation.standing is Standing.CLAIMED:
        return META.not_observed(NotObservedReason.INCONCLUSIVE, f"claimed only: {told}", (seen,))
    grade = "negative" if violation.standing is Standing.VERIFIED else "violation"
    return META.opposes(told, (seen,), grade=grade, at=violation.at)


def _grade(review: Review, published: datetime | None) -> str:
    if review.standing is Standing.CLAIMED:
        return "claimed"
    if review.basis is Basis.PUBLISHER:
        return "publisher"
    if not review.scopes or review.open_findings:
        return "narrow"
    return "" if review.at or published else "undated"


def _supports(review: Review, published: datetime | None, seen: Observation[SecondPartyReviews]) -> Finding:
    """Dated by the review, else by the release: a reading is no older than what was read."""
    grade = _grade(review, published)
    by, least = first_of(review.reviewers, 20), _criterion(review)
    how = {
        Basis.FULL: "read whole by",
        Basis.CHAIN: f"read from {show_text(review.steps[0], 12)} on by",
        Basis.PUBLISHER: "publisher vouched for by",
    }[review.basis]
    tail = f", {review.open_findings} open" if review.open_findings else ""
    return META.supports(f"{how} {by}: {least}{tail}", (seen,), grade=grade, at=review.at or published)


def _plain(criterion: str) -> str:
    """Names of criteria promise more than a review can."""
    return _PROMISES.sub("fit", criterion)


def _criterion(review: Review) -> str:
    return "scope " + show_text(", ".join(review.scopes), 24) if review.scopes else "not about faults"
