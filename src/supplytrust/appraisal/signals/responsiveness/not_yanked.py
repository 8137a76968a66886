"""Question
    Does the project itself still stand behind this release?
Why it matters
    Yanking is how a project says "do not use this one". Installers obey only when nothing pins the version,
    so a pinned, yanked release keeps being installed with no one noticing.
Evidence used
    ReleaseFiles of the judged version: the yank mark of the release and of the judged file.
Supports when
    Neither the release nor the judged file is yanked.
Opposes when
    Either is yanked. This is a veto (yanked), which counts where the policy lists it.
Not observed when
    No file list was collected (its source's reason); the list is of another version or empty (incomplete);
    the judged file is no longer listed (not-found).
Limits
    Yanks are made for any reason, often for packaging mistakes, and half of the healthy projects have one.
    Hijacked releases are usually removed, not yanked. A compromised owner can yank a good release to push
    users to a bad one, and can undo a yank.
References
    PEP 592, "Adding 'Yank' Support to the Simple API"; PyPA specifications, "Simple repository API"; The
    Cargo Book, "cargo yank".
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import (
    judged_file,
    least_favourable,
    nothing_about,
    of_release,
    show_text,
)
from supplytrust.model.claims.release import ReleaseFiles
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import Veto

META = SignalMeta(id="responsiveness/not_yanked", claims=(ReleaseFiles,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Read the yank marks of the judged release."""
    lists = of_release(evidence, subject)
    if not lists:
        return nothing_about(META, evidence, ReleaseFiles, f"version {subject.version}")
    return least_favourable(_answer(seen, judged_file(subject)) for seen in lists)


def _answer(seen: Observation[ReleaseFiles], file_name: str) -> Finding:
    claim, what = seen.claim, show_text(file_name or f"version {seen.claim.version}")
    mine = [f for f in claim.files if f.file_name == file_name]
    if claim.yanked or any(f.yanked for f in mine):
        why = f": {show_text(claim.yanked_reason, 30)}" if claim.yanked_reason else ""
        return META.opposes(f"{what} is yanked{why}", (seen,), veto=Veto.YANKED)
    if not claim.files:
        return META.not_observed(NotObservedReason.INCOMPLETE, f"no file of {what} is listed", (seen,))
    if file_name and not mine:
        return META.not_observed(NotObservedReason.NOT_FOUND, f"{what} is no longer listed", (seen,))
    return META.supports(f"{what} is listed and not yanked", (seen,))
