"""Question
    Are the inputs this file was made from chained to it by signed steps of the relying party's layout?
Why it matters
    A file of one's own making has no index and no published tag to be compared with. A layout names who
    may hand over the sources and who may build; when the products of one step are the materials of the
    next, digest by digest, the sources that were looked at are the sources that were built.
Evidence used
    LayoutFollowed: a layout of the configuration, verified with the keys beside it.
Supports when
    Every configured layout that was read holds, this file is a product of its last step, and by its rules
    every step after the first takes only what an earlier step made.
Opposes when
    Never: links that are missing or a layout that ended do not show that the file is wrong.
Not observed when
    No layout is configured or it cannot be read (its source's reason); a layout does not hold, or its rules
    let other inputs in (inconclusive); its term ended before the judged moment (stale).
Limits
    What the first step hands over is that party's word, and a step's link lists the inputs it chose to tell.
References
    in-toto specification v1.0, section 4.3.3 (artifact rules).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import of_layouts
from supplytrust.model.claims.attestation import LayoutFollowed
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="integrity/inputs_chained_by_layout", claims=(LayoutFollowed,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Every layout that was read has to hold and to chain."""
    return of_layouts(META, subject, evidence, moment, _holding)


def _holding(seen: Observation[LayoutFollowed], name: str) -> Finding:
    claim = seen.claim
    if not claim.chained:
        return META.not_observed(
            NotObservedReason.INCONCLUSIVE, f"layout {name} lets in inputs that no step made", (seen,)
        )
    return META.supports(f"inputs chained over {claim.steps} signed steps of {name}", (seen,), until=claim.expires)
