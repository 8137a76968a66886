"""Question
    Does every file of the wheel come from the sdist of the same release?
Why it matters
    The commonest hard fact of hijacked releases is code in the artifact that its source does not have. An
    attacker who builds with a stolen token, or a build machine that adds a line, shows here.
Evidence used
    WheelAgainstSdist of the judged wheel, by content.
Supports when
    Every compared member is in the sdist: the same, moved, or with other line ends. Grade `generated` when
    the only others are generated version constants, recognized by content.
Opposes when
    In a wheel without compiled members: grade `modified` when code (or a start-up file) differs from the
    sdist's file, grade `phantom` when there is code that the sdist has not. Shipped policies give this no
    weight of its own, because a few honest wheels in a hundred generate modules; together with a hook that
    is new it refuses, see `integrity/no_new_startup_hook`.
Not observed when
    The two were not compared (its source's reason); only another wheel was (incomplete); the judged file is
    not a wheel (not-applicable); nothing was compared (incomplete); only data differs, or the wheel has
    compiled members and is generated in part (inconclusive).
Limits
    The sdist is uploaded by the same hand: code put into both agrees. Compiled members are not compared by
    content here; a rebuild does that. Projects that generate modules while the wheel is built look like a
    difference: publishing the generator's output in the sdist, or a rebuild, answers it.
References
    Vu et al., "LastPyMile: identifying the discrepancy between sources and packages" (ESEC/FSE 2021);
    Goswami et al., "Investigating the reproducibility of npm packages" (ICSME 2020); Reproducible Builds,
    "Definition"; SLSA v1.0, "Threats", (E) and (F).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import (
    current,
    first_of,
    judged_file,
    least_favourable,
    nothing_about,
    show_text,
)
from supplytrust.model.claims.artifact import FileMatch, WheelAgainstSdist
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import ArtifactKind, Subject

META = SignalMeta(id="integrity/wheel_files_come_from_sdist", claims=(WheelAgainstSdist,), trait="wheels")
_CODE = (".py", ".pyw", ".pyx", ".js", ".mjs", ".cjs", ".sh", ".bat", ".ps1", ".rb", ".pl", ".pth")
_COMPILED = (".so", ".pyd", ".dll", ".dylib", ".exe", ".wasm", ".a", ".lib")


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Judge the comparison of the judged wheel with its sdist."""
    if subject.artifact is not None and subject.artifact.kind is not ArtifactKind.WHEEL:
        return META.not_observed(NotObservedReason.NOT_APPLICABLE, f"{show_text(judged_file(subject))} is not a wheel")
    compared = current(evidence, WheelAgainstSdist, lambda claim: claim.wheel == judged_file(subject))
    if not compared:
        return nothing_about(META, evidence, WheelAgainstSdist, judged_file(subject) or subject.purl)
    return least_favourable((_answer(seen) for seen in compared), grades=("", "generated", "phantom", "modified"))


def _answer(seen: Observation[WheelAgainstSdist]) -> Finding:
    claim = seen.claim
    if claim.compared == 0:
        return META.not_observed(
            NotObservedReason.INCOMPLETE, f"nothing in {show_text(claim.wheel)} was compared", (seen,)
        )
    open_matches = [m for m in claim.odd if m.path not in claim.generated and not _is_metadata(m.path)]
    if not open_matches:
        return _explain_difference(seen)
    code = [m for m in open_matches if m.path.endswith(_CODE)]
    if code and not any(m.path.endswith(_COMPILED) for m in claim.odd):
        return _different_code(seen, code)
    text = f"not from the sdist, undecided: {first_of(sorted(m.path for m in open_matches))}"
    return META.not_observed(NotObservedReason.INCONCLUSIVE, text, (seen,))


def _explain_difference(seen: Observation[WheelAgainstSdist]) -> Finding:
    claim = seen.claim
    if claim.generated:
        text = f"all but generated constants from the sdist: {first_of(sorted(claim.generated), 30)}"
        return META.supports(text, (seen,), grade="generated")
    return META.supports(f"all {claim.compared} files are those of {show_text(claim.sdist)}", (seen,))


def _different_code(seen: Observation[WheelAgainstSdist], code: list[FileMatch]) -> Finding:
    changed = sorted(m.path for m in code if m.relation == "modified")
    if changed:
        return META.opposes(f"code differs from the sdist: {first_of(changed)}", (seen,), grade="modified")
    added = sorted(m.path for m in code)
    return META.opposes(f"code that the sdist has not: {first_of(added)}", (seen,), grade="phantom")


def _is_metadata(path: str) -> bool:
    return ".dist-info/" in path and not path.endswith((*_CODE, *_COMPILED))
