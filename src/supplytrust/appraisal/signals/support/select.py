"""How a signal picks the observations that bear on its question, and which of several answers counts.

Rules (docs/decisions/0006-what-a-signal-may-say.md): of one source the newest statement counts; where two
sources differ, the less favourable answer counts; a claim about another file says nothing about the judged one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from supplytrust.model.claims.attestation import LayoutFollowed
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.code import WorkflowWeaknesses
from supplytrust.model.claims.forge import BranchRules, ForgeAnswers, ForgeRepository, ForgeReviews, WorkflowReleases
from supplytrust.model.claims.history import (
    CommitHistory,
    DisclosurePolicy,
    DisclosurePromises,
    FixHistory,
    MaintainedLines,
)
from supplytrust.model.claims.rebuild import RebuildInput
from supplytrust.model.claims.release import ReleaseFiles
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.claims.source_tree import KnownBy, ReleaseTag, SourceComparison
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


def of_judged_file(
    meta: SignalMeta, subject: Subject, evidence: SubjectEvidence, kind: type[C]
) -> tuple[Observation[C], ...] | Finding:
    """Current observations of a kind about the judged file; without any, why there are none."""
    name = judged_file(subject)
    return of_file(evidence, kind, name) or nothing_about(meta, evidence, kind, name or subject.purl)


def judge_file(
    meta: SignalMeta,
    subject: Subject,
    evidence: SubjectEvidence,
    kind: type[C],
    judge: Callable[[Observation[C]], Finding],
    grades: Sequence[str] = (),
) -> Finding:
    """The least favourable judgement of what a kind says about the judged file; without any, why there is none."""
    seen = of_judged_file(meta, subject, evidence, kind)
    return seen if isinstance(seen, Finding) else least_favourable((judge(one) for one in seen), grades=grades)


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


# How signals take what a repository says: only when it is the package's own, and the least favourable of several.

R = TypeVar(
    "R",
    BranchRules,
    ForgeAnswers,
    ForgeRepository,
    ForgeReviews,
    WorkflowReleases,
    CommitHistory,
    DisclosurePolicy,
    DisclosurePromises,
    FixHistory,
    MaintainedLines,
    ReleaseTag,
    SourceComparison,
    WorkflowWeaknesses,
)
YOUNG_DAYS = 3 * 365


def judged_by(
    meta: SignalMeta, evidence: SubjectEvidence, kind: type[R], judge: Callable[[Observation[R]], Finding]
) -> Finding:
    """The least favourable judgement of the current claims of a kind; without any, why there is none.

    A repository that a release merely declares, and that none of its files were compared with, could be anybody's:
    what it says is then not observed.
    """
    own = _own_claims(meta, evidence, kind)
    return own if isinstance(own, Finding) else least_favourable(judge(o) for o in own)


def _own_claims(meta: SignalMeta, evidence: SubjectEvidence, kind: type[R]) -> list[Observation[R]] | Finding:
    seen = current(evidence, kind)
    own = [o for o in seen if o.claim.known_by is not KnownBy.DECLARED]
    if own:
        return own
    if seen:
        why = "the declared repository was not confirmed by any file"
        return meta.not_observed(NotObservedReason.DEPENDS, why, seen)
    return meta.missing(evidence, kind)


def policy_text(meta: SignalMeta, evidence: SubjectEvidence) -> Observation[DisclosurePromises] | Finding:
    """The policy text to go by: the repository's present one before that of an artifact; else why there is none."""
    own = _own_claims(meta, evidence, DisclosurePromises)
    return own if isinstance(own, Finding) else max(own, key=lambda o: (not o.claim.file_name, o.observed_at, o.id))


def too_young(meta: SignalMeta, seen: Observation[CommitHistory]) -> Finding | None:
    """In a project younger than three years everybody is new, which tells nothing; None when it is older."""
    if seen.claim.age_days >= YOUNG_DAYS:
        return None
    return meta.not_observed(
        NotObservedReason.INCONCLUSIVE, f"the project is {seen.claim.age_days} days old: all are new", (seen,)
    )


# What signals about layouts have in common: every layout that was read has to hold, now.

NO_PRODUCT = "file is no product"  # the reason of a layout whose steps hold and lead to other files
Held = Callable[[Observation[LayoutFollowed], str], Finding]  # a layout that holds, and its name as shown


def of_layouts(
    meta: SignalMeta, subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext, held: Held
) -> Finding:
    """The least favourable answer over the layouts of the judged file; `held` answers for one that holds.

    Whose steps hold and lead elsewhere is the layout of another file, and silent where one leads here: a workload and
    a part of it have each their own.
    """
    found = of_file(evidence, LayoutFollowed, judged_file(subject))
    if not found:
        return nothing_about(meta, evidence, LayoutFollowed, judged_file(subject) or subject.purl)
    about = [seen for seen in found if seen.claim.reason != NO_PRODUCT] or found
    return least_favourable(_layout_answer(meta, seen, moment, held) for seen in about)


def _layout_answer(
    meta: SignalMeta, seen: Observation[LayoutFollowed], moment: AppraisalContext, held: Held
) -> Finding:
    claim, name = seen.claim, show_text(seen.claim.layout, 30)
    if claim.reason:
        return meta.not_observed(
            NotObservedReason.INCONCLUSIVE, f"layout {name} does not hold: {claim.reason[:30]}", (seen,)
        )
    if claim.expires is None or claim.expires < moment.at:
        return meta.not_observed(NotObservedReason.STALE, f"layout {name} is past its term", (seen,))
    return held(seen, name)


# What an endorsement may do: answer an open question with somebody's word, for a time. Never a fact that opposes.
#
# A history that shows a hand-over cannot tell an honest one from the other kind; the relying party, or somebody it
# listens to, may know. Their statement turns "not observed" into support at the grade `endorsed`, as reliable as
# the policy holds endorsements, until it expires. Opposition and vetoes are not open questions.

ENDORSED = "endorsed"


def with_endorsement(
    meta: SignalMeta, found: Finding, subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext
) -> Finding:
    """The finding, or, where nothing was observed, the support of an endorsement that covers it."""
    if found.status is not Status.NOT_OBSERVED:
        return found
    covering = covering_endorsements(meta.id, subject, evidence, moment)
    if not covering:
        return found
    also = [o for o in evidence.observations if o.id in found.evidence]
    return support_by(meta, covering, moment, also, ENDORSED)


def covering_endorsements(
    signal: str, subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext
) -> list[Observation[Endorsement]]:
    """Endorsements of this subject that answer this question at the judged moment."""
    return [o for o in evidence.all(Endorsement) if _is_covered_by(o.claim, signal, subject, moment)]


def support_by(
    meta: SignalMeta,
    covering: Sequence[Observation[Endorsement]],
    moment: AppraisalContext,
    also: Sequence[Observation[Claim]] = (),
    grade: str = "",
) -> Finding:
    """The support of the endorsement that is believed most, of those the one that holds longest.

    `grade` where it stands in for other evidence. One more voice never takes another one's place to its harm.
    """
    best = max(covering, key=lambda o: (moment.reliability(o.source), o.claim.expires, o.id))
    cited = [best, *also]
    author, reason = show_text(best.claim.author, 24), show_text(best.claim.reason, 34)
    text = f"{author} vouches until {best.claim.expires:%Y-%m-%d}: {reason}"
    return meta.supports(text, cited, grade=grade, at=best.claim.issued, until=best.claim.expires)


def names_of(subject: Subject) -> tuple[str, ...]:
    """What an endorsement may call it: the release or every release; a local file only by its checksum."""
    if subject.type == "generic":
        return (subject.purl,)
    return subject.release, subject.package


def _is_covered_by(claim: Endorsement, signal: str, subject: Subject, moment: AppraisalContext) -> bool:
    about = claim.subject in names_of(subject)
    in_time = claim.issued <= moment.at < claim.expires
    return about and in_time and claim.claim == signal and claim.area == signal.partition("/")[0]
