"""Question
    Do users of an older release line still get fixes?
Why it matters
    Whoever cannot move to the newest line at once depends on the older one. Releases on it after a newer
    line had started show that it is served.
Evidence used
    MaintainedLines (release lines by tag, releases behind the highest line in two years, live branches).
Supports when
    An older line got a release in the last two years, or a branch of a release line was worked on in the
    last.
Opposes when
    Never. Whatever history shows only holds.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; the project has one line only, or older ones got nothing (not-
    published): most small projects promise no more.
Limits
    A branch name is a name. A release behind the highest line need not be a fix.
References
    OpenSSF Best Practices, "maintained"; semantic versioning 2.0.0.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import first_of, judged_by
from supplytrust.model.claims.history import MaintainedLines
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="responsiveness/maintained_branches", claims=(MaintainedLines,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look for releases behind the highest line."""
    return judged_by(META, evidence, MaintainedLines, _judge)


def _judge(seen: Observation[MaintainedLines]) -> Finding:
    claim = seen.claim
    if claim.backports:
        return META.supports(f"older lines got releases: {first_of(claim.backports[::-1])}", (seen,))
    if claim.branches and len(claim.lines) > 1:
        return META.supports(f"worked on in the last year: {first_of(claim.branches)}", (seen,), grade="branch")
    told = f"{len(claim.lines)} release lines, no release behind the highest in two years"
    return META.not_observed(NotObservedReason.NOT_PUBLISHED, told, (seen,))
