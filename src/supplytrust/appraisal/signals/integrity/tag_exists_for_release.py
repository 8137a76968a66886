"""Question
    Does the repository have a tag for this release, as it has for the releases before it?
Why it matters
    Whoever publishes with stolen credentials often cannot or does not bother to write to the repository: 36
    of 64 documented attacks have no tag, 0 of 294 healthy final releases of 20 projects lack one.
Evidence used
    ReleaseTag.
Supports when
    A tag of the judged version was found; what stands before its version names this package or nobody.
Opposes when
    The release is a final one, at least three final releases before it were looked up and nine of ten of
    them, the last three among them, have a tag; this one has none, and the repository is known to be
    complete up to a day after the upload or later. Releases of the seven days before it are not counted.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; the repository may be older than the release, or has a tag of a later
    date (stale); tags are not this project's habit, or it is a pre-release (inconclusive); several tags fit
    (inconclusive).
Limits
    An attacker with push rights makes a tag too. A copy of a repository whose files got new times when it
    was copied looks fresher than it is. A project that stops tagging is refused until it tags again or the
    policy names another repository.
References
    Ohm et al., "Backstabber's Knife Collection" (DIMVA 2020); event-stream 3.3.6, ua-parser-js 0.7.29 and
    litellm 2026-03-24, all without a tag.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import first_of, judged_by, show_text
from supplytrust.model.claims.release import not_counted
from supplytrust.model.claims.source_tree import ReleaseTag
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="integrity/tag_exists_for_release", claims=(ReleaseTag,))
_ENOUGH, _HABIT = 3, 0.9


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Compare with the habit of the releases before."""
    return judged_by(META, evidence, ReleaseTag, _judge)


def _judge(seen: Observation[ReleaseTag]) -> Finding:
    claim, version = seen.claim, show_text(seen.claim.version, 24)
    if claim.state == "found":
        return META.supports(f"tag {show_text(claim.name, 30)} of {claim.at:%Y-%m-%d}", (seen,))
    if claim.state == "ambiguous":
        return META.not_observed(
            NotObservedReason.INCONCLUSIVE, f"several tags fit: {first_of(claim.candidates)}", (seen,)
        )
    if claim.late:
        told = f"no tag of {version} as of then: the repository may be older, or was tagged anew later"
        return META.not_observed(NotObservedReason.STALE, told, (seen,))
    untagged = f"no tag of {version}"
    if claim.foreign:
        untagged += f" ({first_of(claim.foreign)} names another package)"
    before = f"{claim.tagged} of {claim.predecessors} releases before it have one"
    if claim.recent:
        before += f" ({not_counted(len(claim.recent))})"
    if not claim.final or not _habit(claim):
        return META.not_observed(NotObservedReason.INCONCLUSIVE, f"{untagged}; {before}", (seen,))
    return META.opposes(f"{untagged}, while {before}", (seen,))


def _habit(claim: ReleaseTag) -> bool:
    return (
        claim.predecessors >= _ENOUGH
        and claim.tagged >= _HABIT * claim.predecessors
        and not set(claim.untagged) & set(claim.newest_before)
    )
