"""Question
    Is what the file runs written in languages in which memory errors are ruled out by the language?
Why it matters
    Most severe defects of C and C++ code are errors of memory: about 70 % in long-lived code bases. A
    package without such code cannot have them itself, and needs less expertise to be judged.
Evidence used
    CodeComposition of the judged file: bytes by language, compiled members, modules that use ctypes.
Supports when
    Grade `all`: every byte of code is in a memory-safe language and nothing is compiled. Grade `foreign`:
    the same, but modules call into other libraries (ctypes). Grade `mostly`: at least nine tenths are, by
    bytes.
Opposes when
    Never. Native code is not bad code: numerics, codecs and cryptography have good reasons for it. What it
    needs is evidence of another kind: tests, fuzzing, audits.
Not observed when
    The composition was not measured (its source's reason); only other files were (incomplete); the file
    holds no code (not-applicable); more than a tenth is compiled or in another language (inconclusive, with
    its share).
Limits
    Bytes are not exposure: a small parser in C may be the whole risk. Compiled members are counted as not
    safe by language because the file does not say what they were written in, so Rust extensions are
    undervalued. `unsafe` blocks, interpreters and what dependencies bring are not seen here.
References
    NSA, "Software Memory Safety" (2022); CISA et al., "The Case for Memory Safe Roadmaps" (2023); M.
    Miller, "Trends, challenges, and strategic shifts in software vulnerability mitigation" (BlueHat IL
    2019); OpenSSF, "Memory Safety SIG".
"""

from __future__ import annotations

from supplytrust.model.claims.artifact import CodeComposition
from supplytrust.model.evidence import GapReason, Observation, SubjectEvidence
from supplytrust.model.finding import Finding, Moment, SignalMeta
from supplytrust.model.picking import judged, least_favourable, nothing_about, of_file, shown
from supplytrust.model.subject import Subject

META = SignalMeta(id="expertise/memory_safe_share", claims=(CodeComposition,))
MOSTLY = 0.9
_BOUNDED = frozenset(
    {
        "bash", "batch", "c#", "clojure", "csharp", "css", "elixir", "erlang", "f#", "go", "haskell",
        "html", "java", "javascript", "julia", "kotlin", "lua", "ocaml", "perl", "php", "powershell",
        "python", "r", "ruby", "rust", "scala", "shell", "sql", "swift", "typescript",
    }
)


def ask(subject: Subject, evidence: SubjectEvidence, moment: Moment) -> Finding:
    """Compute the share of the judged file's code that is in memory-safe languages."""
    measured = of_file(evidence, CodeComposition, judged(subject))
    if not measured:
        return nothing_about(META, evidence, CodeComposition, judged(subject) or subject.purl)
    return least_favourable((_answer(seen) for seen in measured), grades=("all", "foreign", "mostly"))


def _answer(seen: Observation[CodeComposition]) -> Finding:
    claim, name = seen.claim, shown(seen.claim.file_name, 34)
    sizes = [(language.strip().lower(), max(size, 0)) for language, size in claim.bytes_by_language]
    total = sum(size for _, size in sizes)
    if total == 0 and claim.native_members == 0:
        return META.not_observed(GapReason.NOT_APPLICABLE, f"{name} holds no code", (seen,))
    bounded = sum(size for language, size in sizes if language in _BOUNDED)
    share = bounded / total if total else 0.0
    if bounded == total and claim.native_members == 0:
        if claim.ctypes_modules:
            text = f"{name}: nothing compiled, {len(claim.ctypes_modules)} modules use ctypes"
            return META.supports(text, (seen,), grade="foreign")
        return META.supports(f"{name}: all code is in bounds-checked languages", (seen,), grade="all")
    percent = int(share * 100)
    text = f"{name}: {percent} % of the code is in bounds-checked languages"
    if share >= MOSTLY:
        return META.supports(text, (seen,), grade="mostly")
    return META.not_observed(GapReason.INCONCLUSIVE, text, (seen,))
