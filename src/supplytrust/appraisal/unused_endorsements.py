"""Which endorsements that were at hand answered nothing, and why: nobody's word is passed over in silence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from supplytrust.appraisal import signals
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import NotObservedReason, SubjectEvidence
from supplytrust.model.finding import Finding
from supplytrust.model.vocabulary import Status

EXT = "endorsementsNotUsed"  # under `ext` of a record: [{claim, author, why}], [{file, why}]
MOST = 50


def list_unused(node: SubjectEvidence, findings: tuple[Finding, ...], at: datetime) -> tuple[dict[str, str], ...]:
    """One entry for each endorsement of this package that no answer cites, and for each file that is none."""
    return tuple(_entries(node, findings, at))[:MOST]


def _entries(node: SubjectEvidence, findings: tuple[Finding, ...], at: datetime) -> Iterator[dict[str, str]]:
    cited = {one for finding in findings for one in finding.evidence}
    answers = {finding.signal: finding for finding in findings}
    for seen in node.all(Endorsement):
        if seen.id not in cited:
            claim = seen.claim
            yield {"claim": claim.claim, "author": claim.author, "why": _why(claim, answers.get(claim.claim), at)}
    for gap in sorted(node.gaps):
        if gap.claim == Endorsement.__name__ and gap.reason is NotObservedReason.MALFORMED:
            name, _, why = gap.detail.partition(": ")
            yield {"file": name, "why": why or gap.detail}


def _why(claim: Endorsement, answer: Finding | None, at: datetime) -> str:
    signal = signals.find(claim.claim)
    if signal is None:
        return "there is no such question"
    if Endorsement not in signal.META.claims:
        return "this question takes nobody's word"
    if at >= claim.expires:
        return f"it ended on {claim.expires:%Y-%m-%d}"
    if answer is None:
        return "the question is not asked of such a package"
    if answer.status is Status.SUPPORTS:
        return "the question is answered without it"
    if answer.status is Status.OPPOSES:
        return "what was seen speaks against the package, and no word takes that back"
    return "the question is open in a way that it does not answer"
