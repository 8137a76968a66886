"""Question
    Is every wheel file that its sdist lacks, or has otherwise, at least given back by a rebuild?
Why it matters
    Honest builds generate files, so that a file without counterpart proves little. One that no build of the
    published source gives back has another origin.
Evidence used
    WheelAgainstSdist: what has no equal in the sdist. RebuildResult from the sdist, and from the tag: what was not
    reproduced. SourceComparison and StartupHooks of the wheel: what the tagged tree has not, and what runs by itself.
Supports when
    Nothing is odd, or the rebuild is normalized or better, or it gave every odd file back. Grade `interface`: the odd
    files are compiled, and each has a rebuilt one's symbols, libraries and sections.
Opposes when
    A file is odd and the rebuild, having built a wheel, did not give it back. It is named. Grade `sourceless`, which
    refuses, when the tagged tree was compared too and does not know it either, no build gave it back, and it is one of
    two kinds of which 187 healthy wheels have none: a start-up hook that runs code, or a module that sdist and tree
    have with another content. (A module at a new path: 4 of 187, left over in the folder of an earlier build.)
Not observed when
    The comparison is missing, or something is odd and nothing was rebuilt, or odd files are compiled and one
    of them has not the rebuilt one's interface.
Limits
    A switch in the publisher's environment, or an sdist made before the wheel's last generated file, looks
    the same. Of compiled members only the interface. The sdist may itself be the poisoned one: see
    `build/rebuilt_from_tag`.
References
    Vu et al., "LastPyMile: identifying the discrepancy between sources and packages" (ESEC/FSE 2021).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import (
    current,
    first_of,
    judged_file,
    least_favourable,
    nothing_about,
    of_file,
)
from supplytrust.model.claims.artifact import StartupHooks, WheelAgainstSdist
from supplytrust.model.claims.rebuild import RebuildInput, RebuildLevel, RebuildResult
from supplytrust.model.claims.source_tree import FileClass, KnownBy, SourceComparison
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(
    id="integrity/no_unexplained_phantom_files",
    claims=(WheelAgainstSdist, RebuildResult, SourceComparison, StartupHooks),
    trait="wheels",
)
_MODULE = (".py", ".pyw")
_UNKNOWN_TO_TREE = (FileClass.MODIFIED, FileClass.PHANTOM_EXECUTABLE)


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Odd files minus reproduced files; then those that the tagged tree does not know either."""
    name = judged_file(subject)
    compared = current(evidence, WheelAgainstSdist, lambda c: c.wheel == name)
    if not compared:
        return nothing_about(META, evidence, WheelAgainstSdist, name or subject.purl)
    rebuilt = current(evidence, RebuildResult, lambda c: c.file_name == name)
    for seen in compared:
        sourceless = _sourceless(seen, evidence, name, rebuilt)
        if sourceless is not None:
            return sourceless
    from_sdist = tuple(r for r in rebuilt if r.claim.source is RebuildInput.SDIST)
    return least_favourable((_answer(seen, from_sdist) for seen in compared), grades=("", "interface"))


def _sourceless(
    seen: Observation[WheelAgainstSdist],
    evidence: SubjectEvidence,
    name: str,
    rebuilt: tuple[Observation[RebuildResult], ...],
) -> Finding | None:
    """Code that sdist, tagged tree and every build lack, each of them looked at; None when there is none."""
    built = [r for r in rebuilt if r.claim.level is not RebuildLevel.NOT_REBUILT]
    if not built or any(r.claim.level is RebuildLevel.NATIVE_UNVERIFIED for r in built):
        return None
    hooks = of_file(evidence, StartupHooks, name)
    running = {hook.path for o in hooks for hook in o.claim.hooks if hook.executes}
    open_matches = [m for m in seen.claim.odd if m.path not in seen.claim.generated]
    changed = {m.path for m in open_matches if m.relation == "modified" and m.path.endswith(_MODULE)}
    suspect = changed | (running & {m.path for m in open_matches})
    suspect = suspect.intersection(*(r.claim.unreproduced for r in built))
    trees = [o for o in of_file(evidence, SourceComparison, name) if o.claim.known_by is not KnownBy.DECLARED]
    for tree in trees:
        unknown = {o.path for o in tree.claim.odd if o.relation in _UNKNOWN_TO_TREE}
        lost = sorted(suspect & unknown)
        if lost:
            what = "runs by itself" if lost[0] in running else "differs"
            text = f"{what}, and no source or build has it: {first_of(lost, 30)}"
            return META.opposes(text, (seen, tree, *built), grade="sourceless")
    return None


def _answer(seen: Observation[WheelAgainstSdist], rebuilt: tuple[Observation[RebuildResult], ...]) -> Finding:
    odd = {match.path for match in seen.claim.odd if ".dist-info/" not in match.path}
    if not odd:
        return META.supports("every wheel file has its equal in the sdist", (seen,))
    built = [r for r in rebuilt if r.claim.level is not RebuildLevel.NOT_REBUILT]
    if not built:
        text = f"not explained by a rebuild: {first_of(sorted(odd))}"
        return META.not_observed(NotObservedReason.DEPENDS, text, (seen, *rebuilt))
    lost = sorted(set.union(*(odd & set(r.claim.unreproduced) for r in built)))
    if not lost:
        return META.supports(f"a rebuild gives back all {len(odd)} files without equal", (seen, *built))
    if any(r.claim.level is RebuildLevel.NATIVE_UNVERIFIED for r in built):
        if all(_has_built_interface(path, r.claim) for path in lost for r in built):
            text = f"given back, {len(lost)} of them with the same symbols only: {first_of(lost, 30)}"
            return META.supports(text, (seen, *built), grade="interface")
        return META.not_observed(NotObservedReason.INCONCLUSIVE, f"compiled: {first_of(lost)}", (seen, *built))
    return META.opposes(f"neither in the sdist nor built from it: {first_of(lost, 30)}", (seen, *built))


def _has_built_interface(path: str, claim: RebuildResult) -> bool:
    """Whether this compiled member is known to have at least the symbols, libraries and sections of the built one."""
    return any(member.path == path and not member.level.is_open for member in claim.native or ())
