"""Question
    Is the source archive of this release published beside what was built from it?
Why it matters
    A wheel without its sdist leaves nothing on the index to read, to compare with or to build again: every
    later question about the build then hangs on a repository that may have moved on.
Evidence used
    ReleaseFiles: the files the index lists for exactly the judged version.
Supports when
    At least one sdist that is not yanked is listed with a sha256 digest. Grade `unpinned` when an sdist is
    listed but the index names no digest for it.
Opposes when
    Never. Wheel-only releases are an accepted practice, so a missing sdist can only hold.
Not observed when
    No file list was collected (its source's reason); the list is of another version (incomplete); no sdist
    is listed, or only yanked ones (not-published).
Limits
    Says that an archive is there, not that the wheel was made from it: see
    `integrity/wheel_files_come_from_sdist` and the rebuild signals. Whoever can upload a wheel can upload a
    matching sdist. An sdist that is uploaded later counts as soon as the list is read again.
References
    PEP 625, "Filename of a Source Distribution"; PyPA specifications, "Source distribution format" and
    "Simple repository API"; SLSA v1.0, "Build: distributing provenance".
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import least_favourable, nothing_about, of_release, show_text
from supplytrust.model.claims.release import ReleaseFiles
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="build/sdist_published", claims=(ReleaseFiles,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look for a source archive in the release's file list."""
    lists = of_release(evidence, subject)
    if not lists:
        return nothing_about(META, evidence, ReleaseFiles, f"version {subject.version}")
    return least_favourable((_answer(seen) for seen in lists), grades=("", "unpinned"))


def _answer(seen: Observation[ReleaseFiles]) -> Finding:
    sdists = [f for f in seen.claim.files if f.kind.is_source]
    usable = [f for f in sdists if not f.yanked]
    if not usable:
        text = "every listed sdist is yanked" if sdists else f"{len(seen.claim.files)} files listed, no sdist"
        return META.not_observed(NotObservedReason.NOT_PUBLISHED, text, (seen,))
    pinned = sorted(f.file_name for f in usable if f.sha256)
    if pinned:
        return META.supports(f"{show_text(pinned[0])} is listed with its digest", (seen,))
    name = min(f.file_name for f in usable)
    return META.supports(f"{show_text(name)} is listed, without a digest", (seen,), grade="unpinned")
