"""Question
    Is every file of the artifact in the tree of its release's tag, or checked to be what a build writes?
Why it matters
    This is the one fact that decides most documented attacks: in 46 of 64 the artifact has files or code
    that the tagged source does not have, while 0 of 180 honest artifacts differ once generated files are
    checked.
Evidence used
    SourceComparison of the judged file (git blob ids of all its files against the tag's tree).
Supports when
    Every file matches, differs in line endings only, was moved, or is generated and its content was
    checked. Grade `text-only`: the same, and machine code that sources of the tree can be the origin of.
Opposes when
    A file differs from the tree's, or something that runs is in no tree: unexplained code that whoever
    tagged the source did not show.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; there is no one tag; the only differences are files that the
    tree's own build system makes, data, or content of other commits (inconclusive: build from the tag to
    tell); a file was not read.
Limits
    The tag itself may be bad: it says that the artifact is the claimed source, not what that source does.
    Machine code is only compared by rebuilding. Release tarballs of autotools projects always stay open, as
    the backdoor in xz 5.6.0 used.
References
    Vu et al., "LastPyMile" (ESEC/FSE 2021); Goswami et al., reproducibility of npm packages (2020);
    CVE-2024-3094 (xz).
"""

from __future__ import annotations

from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.source_tree import FileClass, OddFile, SourceComparison
from supplytrust.model.evidence import GapReason, Observation, SubjectEvidence
from supplytrust.model.finding import Finding, Moment, SignalMeta
from supplytrust.model.picking import judged, shown
from supplytrust.model.sourcing import judged_by
from supplytrust.model.subject import Subject

META = SignalMeta(id="integrity/artifact_matches_source_tree", claims=(SourceComparison,))
_CODE = (FileClass.MODIFIED, FileClass.PHANTOM_EXECUTABLE)


def ask(subject: Subject, evidence: SubjectEvidence, moment: Moment) -> Finding:
    """Judge the comparison of the file that is judged."""
    file_name = judged(subject)
    mine = [o for o in evidence.observations if not _about_other(o, file_name)]
    only = SubjectEvidence(evidence.subject, tuple(mine), evidence.gaps)
    return judged_by(META, only, SourceComparison, _judge)


def _about_other(seen: Observation[Claim], file_name: str) -> bool:
    return isinstance(seen.claim, SourceComparison) and seen.claim.file_name != file_name


def _judge(seen: Observation[SourceComparison]) -> Finding:
    claim = seen.claim
    shown_code = [o for o in claim.odd if o.relation in _CODE and not o.buildable]
    if shown_code:
        return META.opposes(_named(shown_code[0], claim), (seen,))
    if claim.odd:
        told = _named(claim.odd[0], claim)
        more = "; build from the tag to tell" if claim.odd[0].buildable else ""
        return META.not_observed(GapReason.INCONCLUSIVE, told + more, (seen,))
    unseen = claim.count(FileClass.UNREAD, FileClass.SUBMODULE)
    if unseen or not claim.files:
        told = f"{unseen} of {claim.files} files could not be compared with {shown(claim.tag, 24)}"
        return META.not_observed(GapReason.INCOMPLETE, told, (seen,))
    compiled = claim.count(FileClass.COMPILED)
    if compiled:
        told = f"{claim.files - compiled} of {claim.files} files are in {shown(claim.tag, 24)}; {compiled} are compiled"
        return META.supports(told, (seen,), grade="text-only")
    return META.supports(f"all {claim.files} files are in {shown(claim.tag, 24)} or checked", (seen,))


def _named(odd: OddFile, claim: SourceComparison) -> str:
    words = {
        FileClass.MODIFIED: "differs from",
        FileClass.PHANTOM_EXECUTABLE: "runs, and is not in",
        FileClass.PHANTOM_DATA: "is not in",
        FileClass.IN_HISTORY: "is of another commit than",
    }
    more = f" (+{claim.odd_total - 1})" if claim.odd_total > 1 else ""
    return f"{shown(odd.path, 26)}{more} {words[odd.relation]} {shown(claim.tag, 14)}"
