"""What signals about layouts have in common: every layout that was read has to hold, now."""

from __future__ import annotations

from collections.abc import Callable

from supplytrust.appraisal.signals.support.select import (
    judged_file,
    least_favourable,
    nothing_about,
    of_file,
    show_text,
)
from supplytrust.model.claims.attestation import LayoutFollowed
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

Held = Callable[[Observation[LayoutFollowed], str], Finding]  # a layout that holds, and its name as shown


def of_layouts(
    meta: SignalMeta, subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext, held: Held
) -> Finding:
    """The least favourable answer over the layouts of the judged file; `held` answers for one that holds."""
    found = of_file(evidence, LayoutFollowed, judged_file(subject))
    if not found:
        return nothing_about(meta, evidence, LayoutFollowed, judged_file(subject) or subject.purl)
    return least_favourable(_answer(meta, seen, moment, held) for seen in found)


def _answer(meta: SignalMeta, seen: Observation[LayoutFollowed], moment: AppraisalContext, held: Held) -> Finding:
    claim, name = seen.claim, show_text(seen.claim.layout, 30)
    if claim.reason:
        return meta.not_observed(
            NotObservedReason.INCONCLUSIVE, f"layout {name} does not hold: {claim.reason[:30]}", (seen,)
        )
    if claim.expires is None or claim.expires < moment.at:
        return meta.not_observed(NotObservedReason.STALE, f"layout {name} is past its term", (seen,))
    return held(seen, name)
