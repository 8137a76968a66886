"""Question
    Is everything that the workload asks of its host understood, and nothing left to be linked later?
Why it matters
    Imports are the upper bound of what a workload can do. An import without a known meaning, or a library
    that is only found at load time, is a part of it that nobody assessed.
Evidence used
    WorkloadFacts of the judged file: import names of the root by capability class, and needed libraries.
Supports when
    Every import has a known class, none is left to a dynamic linker, and no library is needed.
Opposes when
    Never: an import that is not known here may be known to the one who runs it.
Not observed when
    The file was not read; an import has no known class, or a library is still to be found (inconclusive).
Limits
    What may be asked for is not what is done: a runtime such as Python's asks for sockets to hash a text.
    Names say nothing about the host's implementation behind them.
References
    WASI snapshot preview 1 (witx); WASI 0.2 and 0.3 (WebAssembly/WASI, proposals); Component Model,
    Binary.md; tool-conventions, DynamicLinking.md.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import first_of, judge_file
from supplytrust.model.claims.workload import WorkloadFacts
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="integrity/workload_imports_classified", claims=(WorkloadFacts,), trait="workload")


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look at the classes of the root's imports."""
    return judge_file(META, subject, evidence, WorkloadFacts, _answer)


def _answer(seen: Observation[WorkloadFacts]) -> Finding:
    by_class = dict(seen.claim.required)
    if unknown := by_class.get("unknown"):
        return META.not_observed(
            NotObservedReason.INCONCLUSIVE, f"imports without a known class: {first_of(unknown)}", (seen,)
        )
    if later := (*by_class.get("dynamic-link", ()), *seen.claim.needed):
        return META.not_observed(
            NotObservedReason.INCONCLUSIVE, f"left to a dynamic linker: {first_of(later)}", (seen,)
        )
    classes = ", ".join(sorted(by_class))
    count = len(seen.claim.imports)
    return META.supports(f"{count} imports, all classified: {classes or 'none'}"[:90], (seen,))
