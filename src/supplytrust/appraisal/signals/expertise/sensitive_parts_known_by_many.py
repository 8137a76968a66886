"""Question
    Is each sensitive part of the project known to at least two people who are still at it?
Why it matters
    A project with many hands can still have one person who alone understands its cryptography, its parser or
    its release scripts: the part that needs the most knowledge has the fewest eyes.
Evidence used
    CommitHistory (for build, CI, release, cryptography and parser paths: people here for a year or longer who
    changed the part three times or more in the last three years, with tenure).
Supports when
    Every such part that changed five times or more has two or more of them. Grade `code`: code for cryptography
    or parsing is among the parts.
Opposes when
    Never. Whatever history shows only holds, and small projects honestly have one person.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; a part is known to fewer (inconclusive), and it is named; no part
    changed often enough, or the evidence is of before this was asked (incomplete).
Limits
    Parts are told by names of paths: cryptography in a file of another name is missed. Changing is not
    understanding, and finished code is known by people who need not change it. Names, addresses and dates are
    whatever the judged project wrote: a borrowed name inherits tenure and a back-dated commit fakes it.
References
    Avelino et al., "A novel approach for estimating truck factors" (ICPC 2016); Rigby et al., "Quantifying and
    mitigating turnover-induced knowledge loss" (ICSE 2016).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_by, show_text
from supplytrust.model.claims.history import CommitHistory
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="expertise/sensitive_parts_known_by_many", claims=(CommitHistory,))
_TWO, _OFTEN = 2, 5
_CODE = frozenset(["crypto", "parser"])


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Count, part by part, the people who know it."""
    return judged_by(META, evidence, CommitHistory, _judge)


def _judge(seen: Observation[CommitHistory]) -> Finding:
    if seen.claim.parts is None:
        return META.not_observed(
            NotObservedReason.INCOMPLETE, "the history was read before parts were told apart", (seen,)
        )
    parts = [p for p in seen.claim.parts if p.touches >= _OFTEN]
    if not parts:
        return META.not_observed(
            NotObservedReason.INCOMPLETE, "no sensitive part changed five times in three years", (seen,)
        )
    least = min(parts, key=lambda p: (p.known_by, p.part))
    if least.known_by < _TWO:
        who = f": {show_text(least.knowers[0][0], 24)}" if least.knowers else ""
        return META.not_observed(
            NotObservedReason.INCONCLUSIVE, f"{least.part} known to {least.known_by}{who}", (seen,)
        )
    names = ", ".join(p.part for p in parts)
    grade = "code" if _CODE & {p.part for p in parts} else ""
    return META.supports(f"{names}: each known to {least.known_by} people or more", (seen,), grade=grade)
