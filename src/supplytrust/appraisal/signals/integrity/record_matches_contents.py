"""Question
    Are the files of the wheel exactly those that its RECORD lists, with the digests listed there?
Why it matters
    The build tool writes RECORD last. A member that it does not list, or lists with another digest, was put
    in afterwards: that is what injecting a file into a finished wheel looks like.
Evidence used
    RecordCheck of the judged file: members that differ, are not listed, or are listed and absent.
Supports when
    RECORD is there, lists every member, and every digest (SHA-256 or better) is the measured one.
Opposes when
    Grade `mismatched`: a member differs from its listed digest. Grade `unlisted`: a member is not listed.
    Grade `missing`: the wheel has no RECORD at all.
Not observed when
    The wheel was not read (its source's reason); only other files were (incomplete); the judged file is not
    a wheel (not-applicable); a line of RECORD cannot be read, or has no digest, a weak one (md5, sha1) or one
    by an algorithm that is not known; RECORD lists files that are not there, and nothing worse
    (inconclusive).
Limits
    RECORD lies in the same archive and is not signed: whoever can add a file can add its line. Most
    installers do not compare it. It shows careless injection and broken repackaging, no more.
References
    PyPA specifications, "Binary distribution format" and "Recording installed projects"; PEP 376, "RECORD";
    PEP 427, section "Signed wheel files"; PyPI blog, "Preventing ZIP parser confusion attacks on Python
    package installers" (2025), which found RECORD at odds with contents in a handful of the top 15,000
    projects.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import first_of, judge_file, judged_file, show_text
from supplytrust.model.claims.artifact import RecordCheck
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import ArtifactKind, Subject

META = SignalMeta(id="integrity/record_matches_contents", claims=(RecordCheck,), trait="wheels")


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Judge the comparison of the judged wheel with its RECORD."""
    if subject.artifact is not None and subject.artifact.kind is not ArtifactKind.WHEEL:
        return META.not_observed(NotObservedReason.NOT_APPLICABLE, f"{show_text(judged_file(subject))} is not a wheel")
    return judge_file(META, subject, evidence, RecordCheck, _answer, grades=("missing", "unlisted", "mismatched"))


def _answer(seen: Observation[RecordCheck]) -> Finding:
    check, name = seen.claim, show_text(seen.claim.file_name)
    if not check.present:
        return META.opposes(f"{name} has no RECORD", (seen,), grade="missing")
    if check.mismatched:
        text = f"not as listed in RECORD: {first_of(check.mismatched)}"
        return META.opposes(text, (seen,), grade="mismatched")
    if check.unlisted:
        return META.opposes(f"not listed in RECORD: {first_of(check.unlisted)}", (seen,), grade="unlisted")
    if check.unread:
        text = f"not read of RECORD: {first_of(check.unread, 72)}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, (seen,))
    if check.absent:
        text = f"listed in RECORD and absent: {first_of(check.absent)}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, (seen,))
    return META.supports(f"{name} holds what its RECORD lists", (seen,))
