"""Question
    Is every file of the artifact in the tree of its release's tag, or checked to be what a build writes?
Why it matters
    This is the one fact that decides most documented attacks: in 46 of 64 the artifact has files or code
    that the tagged source does not have, while 0 of 180 honest artifacts differ once generated files are
    checked.
Evidence used
    SourceComparison of the judged file (git blob ids of all its files against the tag's tree); RebuildResult
    from the tree of the same commit, and ChangeSincePredecessor, for files that builds make.
Supports when
    Every file matches, differs in line endings only, was moved, or is generated and its content was
    checked; a wheel of which that holds is accounted for byte by byte, and what its `build` dependencies must
    meet is met. Grade `built`: the tree of the same commit was built here and gave this very file, so that
    what is not in the tree is made from it. Grade `source`: an sdist. Grade `rearranged`: code of the tree
    lies at another path. Grade `text-only`: machine code that sources of the tree can be the origin of; all
    else is in the tree, or came of a build of it.
Opposes when
    A file differs from the tree's (other than a text for people), or something that runs is in no tree:
    unexplained code that whoever tagged the source did not show. Start-up hooks (.pth) and archives of data, if
    there is nothing else, oppose when they are known to be new: some builds have always written theirs. What a
    tool of its maker left in an sdist, in the tool's own folder (.tox, .venv, docs/_build, ...), opposes only
    together with something outside that runs: no build looks there unless a file of the tree, or one that is not
    in it, says so.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; there is no one tag; the only differences are files that the
    tree's own build system or a translator makes of it (C from Cython, yacc or SWIG, modules from protoc), data,
    texts for people, or content of other commits (inconclusive: build from the tag to tell); all that runs and is
    in no tree lies in such folders of an sdist (inconclusive, so it never helps); a file was not read.
Limits
    The tag itself may be bad: it says that the artifact is the claimed source, not what that source does.
    That nothing was added does not say that nothing was left out. Requirements in the metadata are not
    compared with the tree: what they name is judged as a dependency. Machine code is only compared by
    rebuilding. Release tarballs of autotools projects always stay open, as the backdoor in xz 5.6.0 used.
References
    Vu et al., "LastPyMile" (ESEC/FSE 2021); Goswami et al., reproducibility of npm packages (2020);
    CVE-2024-3094 (xz).
"""

from __future__ import annotations

from collections.abc import Sequence

from supplytrust.appraisal.signals.support.select import current, judged_by, judged_file, of_file, show_text
from supplytrust.model.claims.artifact import ChangeSincePredecessor
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.rebuild import RebuildInput, RebuildResult
from supplytrust.model.claims.source_tree import FileClass, OddFile, SourceComparison
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import ArtifactKind, Subject

META = SignalMeta(
    id="integrity/artifact_matches_source_tree", claims=(SourceComparison, RebuildResult, ChangeSincePredecessor)
)
_CODE = (FileClass.MODIFIED, FileClass.PHANTOM_EXECUTABLE)
_LEFT_BEHIND = (  # what tools make for their user alone: environments, documentation, coverage
    *(".tox/", ".nox/", ".venv/", ".virtualenv/", ".eggs/"),
    *("docs/_build/", "doc/_build/", "htmlcov/"),
)
_WRITTEN = (".pth", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zip")


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Judge the comparison of the file that is judged."""
    file_name = judged_file(subject)
    mine = [o for o in evidence.observations if not _about_other(o, file_name)]
    only = SubjectEvidence(evidence.subject, tuple(mine), evidence.gaps)
    built, new = _rebuilds_by_commit(subject, evidence), _new_members(file_name, evidence)
    return judged_by(META, only, SourceComparison, lambda seen: _judge(seen, built, new))


def _rebuilds_by_commit(subject: Subject, evidence: SubjectEvidence) -> dict[str, Observation[RebuildResult]]:
    """Rebuilds of exactly the judged file from a commit's tree, by commit."""
    artifact = subject.artifact
    mine = [
        o
        for o in current(evidence, RebuildResult)
        if artifact and (o.claim.file_name, o.claim.sha256) == (artifact.file_name, artifact.sha256)
    ]
    made = [o for o in mine if o.claim.source is RebuildInput.TAG and (o.claim.level.reproduced or o.claim.native)]
    return {o.claim.source_digest.removeprefix("gitCommit:"): o for o in made}


def _new_members(file_name: str, evidence: SubjectEvidence) -> frozenset[str]:
    """Start-up hooks and opaque files that the release before had not."""
    seen = of_file(evidence, ChangeSincePredecessor, file_name)
    hooks = {hook.path for o in seen for hook in o.claim.new_hooks}
    return frozenset(hooks | {path for o in seen for path in o.claim.new_native})


def _about_other(seen: Observation[Claim], file_name: str) -> bool:
    return isinstance(seen.claim, SourceComparison) and seen.claim.file_name != file_name


def _judge(
    seen: Observation[SourceComparison], built: dict[str, Observation[RebuildResult]], new: frozenset[str]
) -> Finding:
    claim = seen.claim
    made = built.get(claim.commit)
    if made and not made.claim.level.reproduced and not made.claim.level.differs:
        return _judge_compiled(seen, made, new)
    if claim.odd and made and made.claim.level.reproduced:
        told = f"the tree of {show_text(claim.tag, 24)} was built here and gave this file"
        return META.supports(told, (seen, made), grade="built")
    shown_code = [o for o in claim.odd if o.relation in _CODE and not o.buildable]
    if shown_code:
        told, doubt = _describe_file(_telling(shown_code), claim), _doubt(claim, shown_code, new)
        held = META.not_observed(NotObservedReason.INCONCLUSIVE, told + doubt, (seen,))
        return held if doubt else META.opposes(told, (seen,))
    if claim.odd:
        first = _telling(claim.odd)
        told = _describe_file(first, claim)
        more = "; build from the tag to tell" if first.buildable else ""
        return META.not_observed(NotObservedReason.INCONCLUSIVE, told + more, (seen,))
    unseen = claim.count(FileClass.UNREAD, FileClass.SUBMODULE)
    if unseen or not claim.files:
        told = f"{unseen} of {claim.files} files could not be compared with {show_text(claim.tag, 24)}"
        return META.not_observed(NotObservedReason.INCOMPLETE, told, (seen,))
    compiled = claim.count(FileClass.COMPILED)
    if compiled:
        tag = show_text(claim.tag, 24)
        text = f"{claim.files - compiled} of {claim.files} files are in {tag}; {compiled} are compiled"
        return META.supports(text, (seen,), grade="text-only")
    return _all_there(seen)


def _judge_compiled(
    seen: Observation[SourceComparison], made: Observation[RebuildResult], new: frozenset[str]
) -> Finding:
    """A wheel whose compiled members no build gave: what else that build gave back is explained by it."""
    claim = seen.claim
    left = tuple(o for o in claim.odd if o.path in made.claim.unreproduced)
    if claim.odd_total > len(claim.odd) or left or not claim.odd:
        return _judge(seen, {}, new)
    compiled = claim.count(FileClass.COMPILED)
    told = f"{show_text(claim.tag, 24)} was built here and gave all but {compiled} compiled files"
    return META.supports(told, (seen, made), grade="text-only")


def _all_there(seen: Observation[SourceComparison]) -> Finding:
    """Every file is known. The plain grade also says that no tool of the build chose what of it runs."""
    claim = seen.claim
    text = f"all {claim.files} files are in {show_text(claim.tag, 24)} or checked"
    if not claim.kind.is_built:
        return META.supports(text, (seen,), grade="source")
    moved = claim.count(FileClass.MOVED_CODE)
    if moved:
        return META.supports(f"{text}; {moved} that run moved", (seen,), grade="rearranged")
    return META.supports(text, (seen,))


def _doubt(claim: SourceComparison, shown_code: Sequence[OddFile], new: frozenset[str]) -> str:
    """Why code that is in no tree does not oppose; '' when it does."""
    if claim.odd_total == len(shown_code) and all(_may_be_old(o, new) for o in shown_code):
        return "; not known to be new"
    return "; a tool left it" if _is_left_behind(claim, shown_code) else ""


def _is_left_behind(claim: SourceComparison, shown_code: Sequence[OddFile]) -> bool:
    """Whether all of it lies in folders of tools in an sdist, and no code is odd that is not listed.

    The list begins with what runs. A wheel's files are all installed, wherever they lie: there it makes no difference.
    """
    last = claim.odd[-1]
    cut_off = claim.odd_total != len(claim.odd) and last.relation in _CODE and not last.buildable
    if claim.kind is not ArtifactKind.SDIST or cut_off:
        return False
    in_folders = (o.path.startswith(_LEFT_BEHIND) for o in shown_code)
    return all(o.relation is FileClass.PHANTOM_EXECUTABLE for o in shown_code) and all(in_folders)


def _may_be_old(odd: OddFile, new: frozenset[str]) -> bool:
    return odd.relation is FileClass.PHANTOM_EXECUTABLE and odd.path.endswith(_WRITTEN) and odd.path not in new


def _telling(odd: Sequence[OddFile]) -> OddFile:
    """The file to name of several: start-up hooks, then what steers a build (m4 and shell), other code, then data."""

    def rank(file: OddFile) -> tuple[bool, bool, bool, str]:
        runs = file.relation in _CODE
        steers = file.path.endswith((".m4", ".sh", ".cmake", "setup.py"))
        return not file.path.endswith(".pth"), not runs, not steers, file.path

    return min(odd, key=rank)


def _describe_file(odd: OddFile, claim: SourceComparison) -> str:
    words = {
        FileClass.MODIFIED: "differs from",
        FileClass.MODIFIED_TEXT: "differs from",
        FileClass.PHANTOM_EXECUTABLE: "runs, and is not in",
        FileClass.PHANTOM_DATA: "is not in",
        FileClass.IN_HISTORY: "is of another commit than",
    }
    more = f" (+{claim.odd_total - 1})" if claim.odd_total > 1 else ""
    return f"{show_text(odd.path, 26)}{more} {words[odd.relation]} {show_text(claim.tag, 14)}"
