"""Question
    Do the signed steps that the relying party's in-toto layout asks for lead to exactly this file?
Why it matters
    A layout says who may do which step and which materials become which products. When every link is
    signed by its own party and the digests chain, no single key can put another file in between.
Evidence used
    LayoutFollowed: a layout of the configuration, verified with the keys beside it.
Supports when
    Every configured layout that was read holds, and this file is a product of its last step.
Opposes when
    Never: links that are missing or a layout that ended do not show that the file is wrong.
Not observed when
    No layout is configured or it cannot be read (its source's reason); a layout does not hold
    (inconclusive); its term ended before the judged moment (stale).
Limits
    The layout is as good as its rules; commands that steps ran are stated, not checked. Layouts with
    inspections are not used, because inspections run commands on the verifier's machine.
References
    in-toto specification v1.0; Torres-Arias et al., in-toto (USENIX Security 2019).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import of_layouts
from supplytrust.model.claims.attestation import LayoutFollowed
from supplytrust.model.evidence import Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="build/layout_followed", claims=(LayoutFollowed,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Every layout that was read has to hold."""
    return of_layouts(META, subject, evidence, moment, _holding)


def _holding(seen: Observation[LayoutFollowed], name: str) -> Finding:
    claim = seen.claim
    return META.supports(f"{claim.steps} signed steps of layout {name} lead here", (seen,), until=claim.expires)
