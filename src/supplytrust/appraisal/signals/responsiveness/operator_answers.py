"""Question
    Is there somebody who answers for the service that is called, and in time?
Why it matters
    A service changes without a release. Who depends on it must be able to reach the one who runs it, and
    that one must have promised to answer.
Evidence used
    Endorsement of the service, signed by somebody the relying party listens to.
Supports when
    An endorsement that holds at the judged moment vouches for its operator.
Opposes when
    Never: silence about a service says nothing against it.
Not observed when
    No endorsement of the service was found (not-found).
Limits
    A promise to answer is not an answer; how often it was kept is not measured.
References
    FIRST, PSIRT Services Framework; RFC 9116 (security contact of a host).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import covering_endorsements, support_by
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import NotObservedReason, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="responsiveness/operator_answers", claims=(Endorsement,), trait="service")


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look for an endorsement of the operator."""
    found = covering_endorsements(META.id, subject, evidence, moment)
    if not found:
        return META.not_observed(NotObservedReason.NOT_FOUND, "nobody vouches for who runs it")
    return support_by(META, found, moment)
