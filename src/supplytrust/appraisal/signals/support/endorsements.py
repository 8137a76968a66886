"""What an endorsement may do: answer an open question with somebody's word, for a time. Never a fact that opposes.

A history that shows a hand-over cannot tell an honest one from the other kind; the relying party, or somebody it
listens to, may know. Their statement turns "not observed" into support at the grade `endorsed`, as reliable as
the policy holds endorsements, until it expires. Opposition and vetoes are not open questions.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import show_text
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import Status

ENDORSED = "endorsed"


def with_endorsement(
    meta: SignalMeta, found: Finding, subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext
) -> Finding:
    """The finding, or, where nothing was observed, the support of an endorsement that covers it."""
    if found.status is not Status.NOT_OBSERVED:
        return found
    covering = [o for o in evidence.all(Endorsement) if _covers(o.claim, meta.id, subject, moment)]
    if not covering:
        return found
    best = max(covering, key=lambda o: (o.claim.expires, o.id))
    cited = [best, *(o for o in evidence.observations if o.id in found.evidence)]
    author, reason = show_text(best.claim.author, 24), show_text(best.claim.reason, 34)
    text = f"{author} vouches until {best.claim.expires:%Y-%m-%d}: {reason}"
    return meta.supports(text, cited, grade=ENDORSED, at=best.claim.issued, until=best.claim.expires)


def names_of(subject: Subject) -> tuple[str, ...]:
    """What an endorsement may call it: the release or every release; a local file only by its checksum."""
    if subject.type == "generic":
        return (subject.purl,)
    return subject.release, subject.package


def _covers(claim: Endorsement, signal: str, subject: Subject, moment: AppraisalContext) -> bool:
    about = claim.subject in names_of(subject)
    in_time = claim.issued <= moment.at < claim.expires
    return about and in_time and claim.claim == signal and claim.area == signal.partition("/")[0]
