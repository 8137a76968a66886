"""Question
    Does the source say how to report a vulnerability in private?
Why it matters
    Whoever finds a hole must know whom to tell, or tells everybody. 68 of 163 examined trees hold such a
    text, half of them name a private way.
Evidence used
    DisclosurePolicy (SECURITY and security.txt files of the released tree).
Supports when
    A policy text is in the tree and names a private way to report. Grade `text`: its content was not
    readable, or names none.
Opposes when
    Never. Absence says nothing: flask, click and xz have or had theirs elsewhere.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; the tree has none (not-published).
Limits
    A text is not a practice: whether it is followed is asked of past advisories. Policies kept in an
    organization's own repository or on a web page are not seen.
References
    RFC 9116 (security.txt); ISO/IEC 29147; OpenSSF Scorecard, Security-Policy.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_by, show_text
from supplytrust.model.claims.history import DisclosurePolicy
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="responsiveness/disclosure_policy_present", claims=(DisclosurePolicy,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look for the text."""
    return judged_by(META, evidence, DisclosurePolicy, _judge)


def _judge(seen: Observation[DisclosurePolicy]) -> Finding:
    claim = seen.claim
    if claim.state != "present":
        return META.not_observed(
            NotObservedReason.NOT_PUBLISHED, "no policy text in the tree; it may be elsewhere", (seen,)
        )
    if claim.private:
        return META.supports(f"{show_text(claim.paths[0])} names a private way to report", (seen,))
    return META.supports(f"{show_text(claim.paths[0])} is in the tree", (seen,), grade="text")
