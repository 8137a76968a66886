"""Question
    Is the archive built so that every reader sees the same files in it?
Why it matters
    Two entries of one name, or a directory that contradicts the entries, let a scanner read one file and an
    installer write another. Paths that leave the archive's folder write where they were not asked to.
Evidence used
    ContainerAudit of the judged file: what is odd about the container itself, by code.
Supports when
    The audit found nothing odd.
Opposes when
    Readers can disagree or be led outside: `duplicate-member`, `name-mismatch`, `size-mismatch`,
    `path-escape`, `device`, `second-archive` (a tar that is a zip to other readers). A repeated member of a
    tar archive only holds: there every reader takes the last one.
Not observed when
    The archive was not audited (its source's reason); only other files were (incomplete); it is merely
    unusual: comment, prefix, gap, trailing bytes, case collision, link, odd flags, a root that is not the
    name and version, a link that leads nowhere (inconclusive).
Limits
    Covers the oddities it knows. A file that is the same for every reader can still do anything. Case
    collisions matter on some file systems only; the answer does not know the one you install to.
References
    PKWARE APPNOTE.TXT, sections 4.3 and 4.4; PEP 427, "The Wheel Binary Package Format"; CWE-22, CWE-436
    (interpretation conflict); PyPI blog, "Preventing ZIP parser confusion attacks on Python package
    installers" (2025); Python documentation, "tarfile: extraction filters" (PEP 706).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import first_of, least_favourable, of_judged_file, show_text
from supplytrust.model.claims.artifact import ContainerAudit
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import ArtifactKind, Subject

META = SignalMeta(id="integrity/archive_container_clean", claims=(ContainerAudit,))
_MISLEADING = frozenset(
    {"duplicate-member", "name-mismatch", "size-mismatch", "path-escape", "device", "second-archive"}
)


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Judge the audit of the judged file."""
    audits = of_judged_file(META, subject, evidence, ContainerAudit)
    if isinstance(audits, Finding):
        return audits
    tar = subject.artifact is not None and subject.artifact.kind is not ArtifactKind.WHEEL  # which is a zip
    misleading = _MISLEADING - {"duplicate-member"} if tar else _MISLEADING
    return least_favourable(_answer(seen, misleading) for seen in audits)


def _answer(seen: Observation[ContainerAudit], misleading: frozenset[str]) -> Finding:
    problems, name = seen.claim.problems, show_text(seen.claim.file_name)
    grave = [p for p in problems if p.partition(":")[0].strip() in misleading]
    if grave:
        return META.opposes(f"{show_text(name, 30)}: {first_of(grave)}", (seen,))
    if problems:
        text = f"{show_text(name, 30)} is unusual: {first_of(problems)}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, (seen,))
    return META.supports(f"nothing odd about the container of {name}", (seen,))
