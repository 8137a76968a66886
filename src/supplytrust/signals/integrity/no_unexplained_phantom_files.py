"""Question
    Is every wheel file that its sdist lacks, or has otherwise, at least given back by a rebuild?
Why it matters
    Honest builds generate files, so that a file without counterpart proves little. One that no build of the
    published source gives back has another origin.
Evidence used
    WheelAgainstSdist: what has no equal in the sdist. RebuildResult from the sdist: what was not
    reproduced.
Supports when
    Nothing is odd, or the rebuild is normalized or better, or it gave every odd file back.
Opposes when
    A file is odd and the rebuild, having built a wheel, did not give it back. It is named.
Not observed when
    The comparison is missing, or something is odd and nothing was rebuilt, or the odd files are compiled.
Limits
    A switch in the publisher's environment, or an sdist made before the wheel's last generated file, looks
    the same. Not for compiled members. The sdist may itself be the poisoned one: see
    `build/rebuilt_from_tag`.
References
    Vu et al., "LastPyMile: identifying the discrepancy between sources and packages" (ESEC/FSE 2021).
"""

from __future__ import annotations

from supplytrust.model.claims.artifact import WheelAgainstSdist
from supplytrust.model.claims.rebuild import RebuildInput, RebuildLevel, RebuildResult
from supplytrust.model.evidence import GapReason, Observation, SubjectEvidence
from supplytrust.model.finding import Finding, Moment, SignalMeta
from supplytrust.model.picking import current, first_of, judged, least_favourable, nothing_about
from supplytrust.model.subject import Subject

META = SignalMeta(
    id="integrity/no_unexplained_phantom_files", claims=(WheelAgainstSdist, RebuildResult), ecosystems=("pypi",)
)


def ask(subject: Subject, evidence: SubjectEvidence, moment: Moment) -> Finding:
    """Odd files minus reproduced files."""
    name = judged(subject)
    compared = current(evidence, WheelAgainstSdist, lambda c: c.wheel == name)
    if not compared:
        return nothing_about(META, evidence, WheelAgainstSdist, name or subject.purl)
    rebuilt = current(evidence, RebuildResult, lambda c: c.file_name == name and c.source is RebuildInput.SDIST)
    return least_favourable(_answer(seen, rebuilt) for seen in compared)


def _answer(seen: Observation[WheelAgainstSdist], rebuilt: tuple[Observation[RebuildResult], ...]) -> Finding:
    odd = {match.path for match in seen.claim.odd if ".dist-info/" not in match.path}
    if not odd:
        return META.supports("every wheel file has its equal in the sdist", (seen,))
    built = [r for r in rebuilt if r.claim.level is not RebuildLevel.NOT_REBUILT]
    if not built:
        text = f"not explained by a rebuild: {first_of(sorted(odd))}"
        return META.not_observed(GapReason.DEPENDS, text, (seen, *rebuilt))
    lost = sorted(set.union(*(odd & set(r.claim.unreproduced) for r in built)))
    if not lost:
        return META.supports(f"a rebuild gives back all {len(odd)} files without equal", (seen, *built))
    if any(r.claim.level is RebuildLevel.NATIVE_UNVERIFIED for r in built):
        return META.not_observed(GapReason.INCONCLUSIVE, f"compiled: {first_of(lost)}", (seen, *built))
    return META.opposes(f"neither in the sdist nor built from it: {first_of(lost, 30)}", (seen, *built))
