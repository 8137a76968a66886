"""Question
    Do at least two people with years in the project know its sensitive parts?
Why it matters
    What one person alone understands, one illness, one job or one act of pressure can end or turn. 16 % of
    1,932 projects lost their core; 41 % of those lived on through new people.
Evidence used
    CommitHistory (people here for three years who touched build, CI or release files five times or more in
    the last three).
Supports when
    Two or more such people.
Opposes when
    Never. Whatever history shows only holds.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; there are fewer (inconclusive), which is common and honest; the
    project is younger than three years.
Limits
    Touching is not understanding. Names, addresses and dates are whatever the judged project wrote: a
    borrowed name inherits tenure and a back-dated commit fakes it; merged names are listed in the claim.
References
    Avelino et al., arXiv 1906.08058; Avelino et al., "A novel approach for estimating truck factors" (ICPC
    2016).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import first_of, judged_by, show_text, too_young
from supplytrust.model.claims.history import CommitHistory
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="expertise/co_maintained", claims=(CommitHistory,))
_TWO = 2


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Count the long-standing people."""
    return judged_by(META, evidence, CommitHistory, _judge)


def _judge(seen: Observation[CommitHistory]) -> Finding:
    people = seen.claim.long_standing
    young = too_young(META, seen)
    if young is not None:
        return young
    if len(people) >= _TWO:
        return META.supports(f"{len(people)} long-standing people: {first_of(people)}", (seen,))
    told = f"one long-standing person: {show_text(people[0])}" if people else "no long-standing person"
    return META.not_observed(NotObservedReason.INCONCLUSIVE, f"{told} touched the sensitive parts of late", (seen,))
