"""Question
    Does the file itself say the same about its name, version and requirements as the index does?
Why it matters
    Tools decide by the index's copy what else will be installed; the installer obeys the file. A
    requirement that only the file has is never seen by a review, a scanner or a lock made from the index.
Evidence used
    CoreMetadata of the judged file, ProjectMetadata of the same version, and the subject's name and
    version.
Supports when
    Name and version are the subject's, and requirements and Python versions read the same after
    normalizing. Grade `partial` when the file lists fewer requirements than the index, as sdists with
    dynamic fields do.
Opposes when
    The file carries another name or version than the one it is published under.
Not observed when
    The file's or the index's metadata is missing (its source's reason); the claims are about another file
    or version (incomplete); the file requires something the index does not show, words a requirement
    otherwise or asks for other Python versions (inconclusive: files of one release may differ by right).
Limits
    The index shows the metadata of one file of the release, often the first that was uploaded; wheels for
    different platforms may differ honestly. Agreement says nothing when both come from the same upload by
    the same hand. Requirements fetched at run time are in neither.
References
    PyPA specifications, "Core metadata" and "Dependency specifiers"; PEP 566, PEP 643 (dynamic fields), PEP
    658 (metadata on the Simple API); D. Clarke, "The massive bug at the heart of the npm ecosystem"
    (manifest confusion, 2023).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import (
    current,
    first_of,
    judged_file,
    least_favourable,
    nothing_about,
    of_judged_file,
    show_text,
)
from supplytrust.model.claims.artifact import CoreMetadata
from supplytrust.model.claims.release import ProjectMetadata
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject, normal_name, normal_requirement, requirement_name, same_version

META = SignalMeta(id="integrity/metadata_agrees_with_index", claims=(CoreMetadata, ProjectMetadata))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Compare the file's metadata with the subject and with the index's copy."""
    own = of_judged_file(META, subject, evidence, CoreMetadata)
    if isinstance(own, Finding):
        return own
    foreign = [seen for seen in own if not _is_of(subject, seen.claim)]
    if foreign:
        said = f"{show_text(foreign[0].claim.name, 24)} {show_text(foreign[0].claim.version, 14)}"
        return META.opposes(f"{show_text(judged_file(subject))} says it is {said}", foreign[:1])
    listed = current(evidence, ProjectMetadata, lambda c: same_version(c.for_version, subject.version))
    if not listed:
        return nothing_about(META, evidence, ProjectMetadata, f"version {subject.version}")
    answers = [_answer(mine, theirs) for mine in own for theirs in listed]
    return least_favourable(answers, grades=("", "partial"))


def _is_of(subject: Subject, claim: CoreMetadata) -> bool:
    return normal_name(claim.name) == normal_name(subject.name) and same_version(claim.version, subject.version)


def _answer(mine: Observation[CoreMetadata], theirs: Observation[ProjectMetadata]) -> Finding:
    cited = (mine, theirs)
    file_side = {normal_requirement(r): r for r in mine.claim.requires_dist}
    index_side = {normal_requirement(r): r for r in theirs.claim.requires_dist}
    hidden = sorted(file_side[key] for key in file_side.keys() - index_side.keys())
    if hidden:
        known = {requirement_name(r) for r in theirs.claim.requires_dist}
        unknown = [r for r in hidden if requirement_name(r) not in known]
        text = f"the index does not show: {first_of(unknown or hidden)}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, cited)
    if _clauses(mine.claim.requires_python) != _clauses(theirs.claim.requires_python):
        text = f"other Python versions than the index shows: {show_text(mine.claim.requires_python or 'any')}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, cited)
    name = show_text(mine.claim.file_name)
    if len(file_side) < len(index_side):
        return META.supports(f"{name}: fewer requirements than the index", cited, grade="partial")
    return META.supports(f"{name}: requirements as in the index ({len(file_side)})", cited)


def _clauses(requires_python: str) -> frozenset[str]:
    return frozenset(filter(None, ("".join(clause.split()) for clause in requires_python.split(","))))
