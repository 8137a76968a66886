"""Question
    Does the release carry its tests?
Why it matters
    Tests in the release let everybody check that what was built does what its authors meant, on their own
    platform, and show that somebody thought about failure. They are the cheapest evidence of care for a
    fit.
Evidence used
    ArtifactContents of the release's files: the number of test modules, and of Python modules.
Supports when
    A file of the release has test modules. Grade `thorough` when one has at least five, and at least one
    for every four Python modules.
Opposes when
    Never. Many projects keep tests in the repository only.
Not observed when
    No contents were read (its source's reason); only files of other releases were (incomplete); no file of
    the release has a test module (not-published).
Limits
    Counts modules by name and place; it does not run them, nor see what they cover. Tests can be empty.
    Anyone can ship somebody else's tests.
References
    OpenSSF Best Practices, criteria "test" and "test_policy"; Trockman et al., "Adding sparkle to social
    coding" (ICSE 2018); PyPA specifications, "Source distribution format".
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import current, files_of, nothing_about, show_text
from supplytrust.model.claims.artifact import ArtifactContents, MemberKind
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="expertise/tests_published", claims=(ArtifactContents,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look for test modules in the release's files."""
    names = files_of(subject)
    found = current(evidence, ArtifactContents, lambda claim: claim.file_name in names)
    if not found:
        return nothing_about(META, evidence, ArtifactContents, "a file of this release")
    files = {o.claim.file_name: o for o in sorted(found, key=_rank, reverse=True)}  # of one file the least stays
    best = max(files.values(), key=_rank)
    tests, name = best.claim.tests, show_text(best.claim.file_name)
    if tests <= 0:
        text = f"no test module in {len(found)} files of the release"
        return META.not_observed(NotObservedReason.NOT_PUBLISHED, text, found)
    grade = "thorough" if _is_thorough(best.claim) else ""
    return META.supports(f"{name} has {tests} test modules", (best,), grade=grade)


def _rank(seen: Observation[ArtifactContents]) -> tuple[bool, int, str]:
    return _is_thorough(seen.claim), seen.claim.tests, seen.id


def _is_thorough(contents: ArtifactContents) -> bool:
    modules = sum(m.kind is MemberKind.PYTHON for m in contents.members)
    return contents.tests >= 5 and contents.tests * 4 >= modules
