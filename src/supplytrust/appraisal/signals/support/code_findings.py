"""What the rules about code found of one family, in the form in which a signal answers.

Rules (docs/decisions/0032-rules-about-code.md): only a grave use in library code counts against; tests, examples and
build scripts never do; a vendored copy leaves doubt; that nothing of the kind is used is weak.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from supplytrust.appraisal.signals.support.select import (
    judged_file,
    least_favourable,
    nothing_about,
    of_file,
    show_text,
)
from supplytrust.model.claims.code import CodeFinding, CodeFindings, Family
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import Finding, SignalMeta
from supplytrust.model.subject import Subject

GRADES = ("", "minor", "unused")
_ASIDE = ("test", "example", "build")
UNREAD_SHARE = 20  # more than one file in so many unread: nothing is said


@dataclass(frozen=True, slots=True)
class RuleFindings:
    """The first of these that is not empty is the answer: `grave` opposes, `open` (with its reason) holds, `minor`.

    Then `places` counts uses that are fit; none is the grade `unused`. `files` were read.
    """

    grave: str
    open: str
    reason: NotObservedReason
    minor: str
    places: int
    files: int

    @property
    def where(self) -> str:
        """As in `in 3 places`."""
        return f"in {self.places} place{'' if self.places == 1 else 's'}"

    @property
    def read(self) -> str:
        """As in `12 files read`."""
        return f"{self.files} file{'' if self.files == 1 else 's'} read"


Fit = Callable[[RuleFindings, Observation[CodeFindings]], Finding]


def of_code(meta: SignalMeta, subject: Subject, evidence: SubjectEvidence, family: Family, fit: Fit) -> Finding:
    """The answer of a signal about one family of rules; `fit` words it where nothing is remarked."""
    readings = of_file(evidence, CodeFindings, judged_file(subject))
    if not readings:
        return nothing_about(meta, evidence, CodeFindings, judged_file(subject) or subject.purl)
    return least_favourable((_answer(meta, seen, family, fit) for seen in readings), grades=GRADES)


def _answer(meta: SignalMeta, seen: Observation[CodeFindings], family: Family, fit: Fit) -> Finding:
    found = remarks(seen.claim, family)
    if found.grave:
        return meta.opposes(found.grave, (seen,))
    if found.open:
        return meta.not_observed(found.reason, found.open, (seen,))
    if found.minor:
        return meta.supports(found.minor, (seen,), grade="minor")
    return fit(found, seen)


def remarks(claim: CodeFindings, family: Family) -> RuleFindings:
    """The remarks of a family in the code that users of a package run."""
    shipped = of_family(claim, family)
    grave = first_place(f for f in shipped if f.severity == "high" and f.reach == "library")
    minor = first_place(f for f in shipped if f.severity == "low")
    doubtful = first_place(f for f in shipped if f.severity not in ("info", "low"))
    reason, text = not_read(claim)
    if not text and doubtful:
        reason, text = NotObservedReason.INCONCLUSIVE, doubtful
    if not text and claim.left_out and not minor:
        reason, text = NotObservedReason.INCOMPLETE, f"{claim.left_out} findings beyond those listed"
    places = max(0, dict(claim.exercised).get(family, 0))
    return RuleFindings(grave, text, reason, minor, places, max(0, claim.modules - claim.unread))


def not_read(claim: CodeFindings) -> tuple[NotObservedReason, str]:
    """Why too little was read to say anything; the text is '' when enough was."""
    if claim.modules <= 0:
        return NotObservedReason.NOT_APPLICABLE, f"{show_text(claim.file_name)} has no source text that is read"
    if claim.unread * UNREAD_SHARE > claim.modules:
        return NotObservedReason.INCOMPLETE, f"{claim.unread} of {claim.modules} files could not be read"
    return NotObservedReason.INCOMPLETE, ""


def of_family(claim: CodeFindings, family: Family) -> list[CodeFinding]:
    """Findings in code that users of the package run, in order of place."""
    found = (f for f in claim.findings if f.family is family and f.reach not in _ASIDE)
    return sorted(found, key=lambda f: (f.path, f.line, f.rule))


def first_place(findings: Iterable[CodeFinding]) -> str:
    """The first place and how many more there are; '' when there is none."""
    listed = list(findings)
    if not listed:
        return ""
    more = f" and {len(listed) - 1} more" if len(listed) > 1 else ""
    return f"{show_text(listed[0].rule, 24)} at {show_text(listed[0].path, 36)}:{listed[0].line}{more}"
