"""How a signal picks the observations that bear on its question, and which of several answers counts.

Rules (docs/decisions/0006-what-a-signal-may-say.md): of one source the newest statement counts; where two
sources differ, the less favourable answer counts; a claim about another file says nothing about the judged one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.rebuild import RebuildInput
from supplytrust.model.claims.release import ReleaseFiles
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject, same_version
from supplytrust.model.vocabulary import Status

C = TypeVar("C", bound=Claim)
_RANK = {Status.SUPPORTS: 0, Status.NOT_OBSERVED: 1, Status.OPPOSES: 2}


def current(
    evidence: SubjectEvidence, kind: type[C], fits: Callable[[C], bool] | None = None
) -> tuple[Observation[C], ...]:
    """The fitting observations, of each (source, file) the newest only; those of equal time all stay."""
    latest: dict[tuple[str, str], datetime] = {}
    kept = []
    for seen in evidence.all(kind):  # newest first
        if fits is None or fits(seen.claim):
            key = (seen.source, str(getattr(seen.claim, "file_name", "")))
            if seen.observed_at == latest.setdefault(key, seen.observed_at):
                kept.append(seen)
    return tuple(kept)


def of_file(evidence: SubjectEvidence, kind: type[C], file_name: str) -> tuple[Observation[C], ...]:
    """Current observations of a kind whose claim is about this file (its field `file_name`)."""
    return current(evidence, kind, lambda claim: getattr(claim, "file_name", None) == file_name)


def of_release(evidence: SubjectEvidence, subject: Subject) -> tuple[Observation[ReleaseFiles], ...]:
    """Current file lists of the judged version."""
    return current(evidence, ReleaseFiles, lambda claim: same_version(claim.version, subject.version))


def judged_file(subject: Subject) -> str:
    """The name of the file that is judged; empty when only the package is known."""
    return subject.artifact.file_name if subject.artifact else ""


def made_from(subject: Subject) -> RebuildInput:
    """What the judged file is made from: an sdist from the tagged tree, all else from the sdist."""
    judged = subject.artifact
    return RebuildInput.TAG if judged is not None and judged.kind.is_source else RebuildInput.SDIST


def files_of(subject: Subject, *, sources: bool = False) -> tuple[str, ...]:
    """Names of the release's files (its archives of sources only), the judged one first."""
    first = (subject.artifact,) if subject.artifact else ()
    return tuple(a.file_name for a in (*first, *subject.others) if a.kind.is_source or not sources)


def nothing_about(meta: SignalMeta, evidence: SubjectEvidence, kind: type[Claim], what: str) -> Finding:
    """The answer when no claim of a kind fits: its source's reason, or that all are about something else."""
    explained = any(gap.claim == kind.__name__ for gap in evidence.gaps)
    if explained or evidence.newest(kind) is None:
        return meta.missing(evidence, kind)
    return meta.not_observed(NotObservedReason.INCOMPLETE, f"no {kind.__name__} about {show_text(what)}")


def least_favourable(findings: Iterable[Finding], grades: Sequence[str] = ()) -> Finding:
    """The answer that counts: opposition over not observed over support, a veto over all.

    `grades` lists the grades of a signal from the best to the worst; a grade that is not listed is worse.
    """

    def rank(finding: Finding) -> tuple[int, bool, int, str, tuple[str, ...]]:
        grade = grades.index(finding.grade) if finding.grade in grades else len(grades)
        return (_RANK[finding.status], finding.veto is not None, grade, finding.because, finding.evidence)

    return max(findings, key=rank)


def looked_at(seen: Observation[Claim], moment: AppraisalContext) -> datetime:
    """When the world was last looked at for this judgement: ages count to here, not to the present clock."""
    return min(seen.observed_at, moment.at)


def show_text(text: str, room: int = 40) -> str:
    """Foreign text in a `because`: printable, on one line, with the middle left out when it is long."""
    plain = "".join(c if c.isprintable() else "?" for c in text)
    if len(plain) <= room:
        return plain
    tail = room // 2 - 1
    return f"{plain[: room - tail - 1]}…{plain[-tail:]}"


def first_of(items: Sequence[str], room: int = 36) -> str:
    """The first of several foreign texts and how many more there are."""
    more = f" and {len(items) - 1} more" if len(items) > 1 else ""
    return show_text(items[0], room) + more
