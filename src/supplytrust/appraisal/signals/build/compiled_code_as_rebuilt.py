"""Question
    Are the compiled members of the wheel those that this source makes, as far as a compiler leaves that open?
Why it matters
    Another compiler makes other bytes of the same source, and without the publisher's image nobody can expect the same.
    Symbols, libraries, sections and what runs when a file is loaded are not the compiler's choice: what was added to a
    library usually shows there, and every file that is not compiled can be compared exactly.
Evidence used
    RebuildResult of the judged wheel: each compiled member with its level, and how many other members came out again.
Supports when
    Every other member came out again, and each compiled one at least with the same symbols, libraries and sections.
    Grade `loaded`: all that is loaded of each is equal, byte for byte.
Opposes when
    Never: other options, another compiler and linked-in libraries differ honestly.
Not observed when
    The wheel has no compiled members (not-applicable) or was not built again (its source's reason); a member differs,
    was not built here or cannot be read, or other members differ (inconclusive, the first one named).
Limits
    At the plain grade the bodies of functions are not compared: code that keeps to the interface passes. Libraries that
    a repair tool grafted in come from the publisher's machine and are never built here.
References
    PEP 600 (manylinux); PEP 770; System V gABI, chapters 4 and 5; CVE-2024-3094 (xz, a resolver function);
    Reproducible Builds, "Definition"; decision 0044.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import (
    current,
    judged_file,
    least_favourable,
    nothing_about,
    show_text,
)
from supplytrust.model.claims.rebuild import NativeLevel, NativeMember, RebuildResult
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="build/compiled_code_as_rebuilt", claims=(RebuildResult,), trait="rebuild")
LOADED = frozenset({NativeLevel.SAME_BYTES, NativeLevel.SAME_STRIPPED})


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Every rebuild of the judged file counts, the least favourable most."""
    name = judged_file(subject)
    results = current(evidence, RebuildResult, lambda claim: claim.file_name == name)
    if not results:
        return nothing_about(META, evidence, RebuildResult, name or subject.purl)
    return least_favourable((_answer(seen, subject) for seen in results), grades=("loaded", ""))


def _answer(seen: Observation[RebuildResult], subject: Subject) -> Finding:
    claim = seen.claim
    if subject.artifact is not None and subject.artifact.sha256 not in {"", claim.sha256}:
        return META.not_observed(NotObservedReason.INCOMPLETE, "the rebuild was of other bytes than listed", (seen,))
    if claim.native is None:
        if claim.level.reproduced or claim.level.differs:
            return META.not_observed(NotObservedReason.NOT_APPLICABLE, "no member is compiled", (seen,))
        text = f"compiled members were not compared: {show_text(claim.reason, 50)}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, (seen,))
    compiled = [member for member in claim.native if member.size]
    lost = set(claim.unreproduced) - {member.path for member in compiled}
    others = claim.members - len(compiled)
    told = f"{others - len(lost)} of {others} other members are as built"
    if lost or claim.level.differs:
        return META.not_observed(NotObservedReason.INCONCLUSIVE, f"{told}; compiled: {_count(compiled)}"[:90], (seen,))
    odd = [member for member in claim.native if member.level.is_open]
    if odd:
        first = min(odd, key=lambda m: (m.level is not NativeLevel.DIFFERS, m.path))
        return META.not_observed(NotObservedReason.INCONCLUSIVE, f"{told}; {_spell(first)}"[:90], (seen,))
    if all(member.level in LOADED for member in claim.native):
        text = f"all that is loaded of {len(compiled)} compiled members is as built"
        return META.supports(text, (seen,), grade="loaded")
    return META.supports(f"{told}, and {_count(compiled)}"[:90], (seen,))


def _count(compiled: list[NativeMember]) -> str:
    """As `the symbols of 2 of 3 compiled`."""
    kept = sum(not member.level.is_open for member in compiled)
    return f"the symbols of {kept} of {len(compiled)} compiled"


def _spell(member: NativeMember) -> str:
    how = member.differences[0] if member.differences else member.level.value
    return f"{show_text(member.path.rpartition('/')[2], 20)}: {show_text(how, 40)}"
