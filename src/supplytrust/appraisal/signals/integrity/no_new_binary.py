"""Question
    Is there no compiled or opaque file that the last release did not have?
Why it matters
    What cannot be read hides best. A first executable, library or unreadable fixture in a package that had
    none changes what has to be taken on trust, whoever added it.
Evidence used
    ChangeSincePredecessor of the judged file: native or opaque members without a counterpart before.
Supports when
    No such member is new. Grade `none` when the predecessor's file had no native member either.
Opposes when
    Never. Healthy packages start to ship compiled parts, and compiled ones gain modules; it holds.
Not observed when
    The file was not compared (its source's reason), or there is no predecessor (no-predecessor); only other
    files were compared (incomplete); such a member is new (inconclusive, naming it).
Limits
    Compares names, so a known library with new contents is not seen: rebuild it. A payload encoded as text
    or as Python bytes is no binary. The predecessor's file must be of the same kind and platform.
References
    OpenSSF Scorecard, check "Binary-Artifacts"; CVE-2024-3094 (xz 5.6, test fixtures); ultralytics 8.3.41
    (2024); Ladisa et al., "SoK: Taxonomy of attacks on open-source software supply chains" (IEEE S&P 2023).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import first_of, judge_file, show_text
from supplytrust.model.claims.artifact import ChangeSincePredecessor
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="integrity/no_new_binary", claims=(ChangeSincePredecessor,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look for native members that the predecessor's file did not have."""
    return judge_file(META, subject, evidence, ChangeSincePredecessor, _answer, grades=("none", ""))


def _answer(seen: Observation[ChangeSincePredecessor]) -> Finding:
    claim, before = seen.claim, show_text(seen.claim.predecessor, 16)
    if claim.new_native:
        first = "" if claim.had_native else "the first ones, "
        text = f"compiled, {first}new since {before}: {first_of(sorted(claim.new_native), 28)}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, (seen,))
    if claim.had_native and not claim.dated:
        return META.not_observed(NotObservedReason.INCOMPLETE, f"when {before} was released is not known", (seen,))
    if claim.had_native:
        return META.supports(f"{show_text(claim.file_name)}: no further binary since {before}", (seen,))
    return META.supports(f"{show_text(claim.file_name)}: no binary, none in {before}", (seen,), grade="none")
