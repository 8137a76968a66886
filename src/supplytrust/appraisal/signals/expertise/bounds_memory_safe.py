"""Question
    Is what the file runs written where the language itself keeps memory accesses within bounds?
Why it matters
    Most severe defects of C and C++ code are errors of memory: about 70 % in long-lived code bases. A
    package without such code cannot have them itself, and needs less expertise to be judged.
Evidence used
    CodeComposition of the judged file: bytes by language, compiled members, modules that use ctypes.
    CodeFindings: rules unbounded-copy and raw-memory (C's unbounded writes, `unsafe` in Rust and Go, copies
    by address through ctypes).
Supports when
    Grade `all`: every byte of code is in a language that checks bounds, nothing is compiled, and no code goes
    round the checks. Grade `foreign`: the same, but modules call into other libraries or use addresses.
    Grade `mostly`: at least nine tenths are, by bytes, and no write without a bound was seen.
Opposes when
    Never. Native code is not bad code: numerics, codecs and cryptography have good reasons for it. What it
    needs is evidence of another kind: tests, fuzzing, audits.
Not observed when
    The composition was not measured or the code not read (its source's reason); only other files were
    (incomplete); the file holds no code (not-applicable); more than one file in twenty could not be read
    (incomplete); more than a tenth is compiled or in another language, with its share and the unsafe places
    counted, or a write without a bound was seen (inconclusive).
Limits
    Bytes are not exposure: a small parser in C may be the whole risk. Compiled members are counted as not
    checked by language because the file does not say what they were written in, so Rust extensions are
    undervalued. Interpreters and what dependencies bring are not seen here; a length checked before an
    unbounded copy is not seen either.
References
    NSA, "Software Memory Safety" (2022); CISA et al., "The Case for Memory Safe Roadmaps" (2023); M.
    Miller, "Trends, challenges, and strategic shifts in software vulnerability mitigation" (BlueHat IL
    2019); OpenSSF, "Memory Safety SIG"; CWE-119, CWE-120, CWE-242.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.code_findings import first_place, not_read, of_family
from supplytrust.appraisal.signals.support.select import (
    judged_file,
    least_favourable,
    nothing_about,
    of_file,
    show_text,
)
from supplytrust.model.claims.artifact import CodeComposition
from supplytrust.model.claims.code import CodeFinding, CodeFindings, Family
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="expertise/bounds_memory_safe", claims=(CodeComposition, CodeFindings))
MOSTLY = 0.9
_BOUNDED = frozenset(
    {
        "bash", "batch", "c#", "clojure", "csharp", "css", "elixir", "erlang", "f#", "go", "haskell",
        "html", "java", "javascript", "julia", "kotlin", "lua", "ocaml", "perl", "php", "powershell",
        "python", "r", "ruby", "rust", "scala", "shell", "sql", "swift", "typescript",
    }
)  # fmt: skip


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Compute the share of the judged file's code that is in bounds-checked languages, and what goes round them."""
    name = judged_file(subject)
    measured, read = of_file(evidence, CodeComposition, name), of_file(evidence, CodeFindings, name)
    for kind, seen in ((CodeComposition, measured), (CodeFindings, read)):
        if not seen:
            return nothing_about(META, evidence, kind, name or subject.purl)
    grades = ("all", "foreign", "mostly")
    return least_favourable((_answer(sizes, code) for sizes in measured for code in read), grades=grades)


def _answer(measured: Observation[CodeComposition], read: Observation[CodeFindings]) -> Finding:
    claim, cited, name = measured.claim, (measured, read), show_text(measured.claim.file_name, 34)
    sizes = [(language.strip().lower(), max(size, 0)) for language, size in claim.bytes_by_language]
    total = sum(size for _, size in sizes)
    if total == 0 and claim.native_members == 0:
        return META.not_observed(NotObservedReason.NOT_APPLICABLE, f"{name} holds no code", cited)
    places = of_family(read.claim, Family.BOUNDS)
    bounded = sum(size for language, size in sizes if language in _BOUNDED)
    share = bounded / total if total else 0.0
    if share < MOSTLY or _has_unbounded_copy(places):
        return META.not_observed(NotObservedReason.INCONCLUSIVE, _open(name, share, places), cited)
    reason, unread = not_read(read.claim)
    if unread:
        return META.not_observed(reason, unread, cited)
    if bounded < total or claim.native_members:
        text = f"{name}: {int(share * 100)} % of the code is in bounds-checked languages"
        return META.supports(text, cited, grade="mostly")
    users = len({*claim.ctypes_modules, *(f.path for f in places)})
    if users:
        what = "use ctypes or addresses" if claim.ctypes_modules else f"go round the checks, in {len(places)} places"
        text = f"{name}: nothing compiled, {users} files {what}"
        return META.supports(text, cited, grade="foreign")
    return META.supports(f"{name}: all code is in bounds-checked languages", cited, grade="all")


def _has_unbounded_copy(places: list[CodeFinding]) -> bool:
    return any(f.rule == "unbounded-copy" for f in places)


def _open(name: str, share: float, places: list[CodeFinding]) -> str:
    if share >= MOSTLY:
        return first_place(f for f in places if f.rule == "unbounded-copy")
    percent = f"{int(share * 100)} % of the code is in bounds-checked languages"
    return f"{show_text(name, 24)}: {percent}, {len(places)} open places"
