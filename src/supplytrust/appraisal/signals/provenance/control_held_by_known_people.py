"""Question
    Is control over the project in the hands of people with a history in it?
Why it matters
    The long game: somebody arrives, is helpful for a year or two, takes over commits, build files and
    releases, and then ships. What can be seen beforehand is not malice but that control moved.
Evidence used
    CommitHistory (control score of the year before the release, see
    docs/decisions/0016-control-and-endorsements.md) and Endorsement.
Supports when
    The score is below .10. Grade `shifting`: it is below .25. Grade `endorsed`: somebody the relying party
    listens to vouches for the hand-over.
Opposes when
    Never. Honest hand-overs score as high (PCRE2 .51, xz .33): the grade `control-changed` makes reputation
    weigh nothing, and the policy asks for an assurance.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; the score is .25 or more (inconclusive); the project is younger
    than three years; there was no work in the year before and the releaser is not known; binaries could not
    be read and would matter.
Limits
    Two positives, seen in hindsight; one repository's tenure only. Cannot see stolen publishing
    credentials, nor a founder who turns. Names, addresses and dates are whatever the judged project wrote:
    a borrowed name inherits tenure and a back-dated commit fakes it; merged names are listed in the claim.
References
    Goyal et al., "Anomalicious" (arXiv 2103.03846); arXiv 2508.13453; CVE-2024-3094 (xz); event-stream
    3.3.6 (2018-09-09).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_by, show_text, too_young, with_endorsement
from supplytrust.model.claims.history import CommitHistory
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import CONTROL_CHANGED, AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(
    id="provenance/control_held_by_known_people",
    claims=(
        CommitHistory,
        Endorsement,
    ),
)
_CALM, _MOVED = 0.10, 0.25


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Weigh the control score."""
    return with_endorsement(META, judged_by(META, evidence, CommitHistory, _judge), subject, evidence, moment)


def _judge(seen: Observation[CommitHistory]) -> Finding:
    claim = seen.claim
    young = too_young(META, seen)
    if young is not None:
        return young
    if not claim.window_commits and not claim.releaser.name:
        return META.not_observed(
            NotObservedReason.INCONCLUSIVE, "no work in the year before, releaser not known", (seen,)
        )
    score = f"control .{round(claim.control * 100):02d}"
    if claim.control >= _MOVED:
        told = f"{_strongest(claim)}: {score}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, told, (seen,), grade=CONTROL_CHANGED)
    if claim.control + claim.control_room >= _MOVED:
        return META.not_observed(NotObservedReason.INCOMPLETE, f"{score} or more: binaries could not be read", (seen,))
    grade = "" if claim.control + claim.control_room < _CALM else "shifting"
    return META.supports(f"{score}, {claim.people} people in the year", (seen,), grade=grade)


def _strongest(claim: CommitHistory) -> str:
    top = claim.contributors[0]
    binaries = f", {top.binaries} binaries" if top.binaries else ""
    share = f"{top.commits} of {claim.window_commits} commits{binaries}"
    return f"{show_text(top.name, 24)}, here for {top.tenure_days:,} days, made {share}"
