"""Question
    Is the source archive free of compiled code?
Why it matters
    Compiled members cannot be read, and a rebuild copies them instead of making them: the backdoor of xz
    5.6 travelled as an opaque file beside the source. Without them, what is built comes from what can be
    read.
Evidence used
    ArtifactContents of the release's sdists: members by their content, not by their name.
Supports when
    No member is native code or bytecode. Grade `unopened` when archives lie inside the archive: what they
    hold is not looked at.
Opposes when
    Never. Launchers, test fixtures and vendored libraries are common in healthy projects; a compiled member
    that is new against the predecessor is the business of `integrity/no_new_binary`.
Not observed when
    No sdist was read (its source's reason); it has no members (incomplete); it holds compiled members
    (inconclusive, with their number).
Limits
    Finds formats that are known by their first bytes. A payload that is encrypted, encoded as text, hidden
    in an image or in a test fixture passes; so does one in a nested archive, which only lowers the grade.
References
    OpenSSF Scorecard, check "Binary-Artifacts"; CVE-2024-3094 (xz); Reproducible Builds, "Definition"; Ohm
    et al., "Backstabber's Knife Collection" (DIMVA 2020).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import (
    current,
    files_of,
    first_of,
    least_favourable,
    nothing_about,
    show_text,
)
from supplytrust.model.claims.artifact import ArtifactContents, MemberKind
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="build/no_prebuilt_binaries_in_source", claims=(ArtifactContents,))
_COMPILED = (MemberKind.NATIVE, MemberKind.BYTECODE)


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look for compiled members in the release's sdists."""
    sdists = files_of(subject, sources=True)
    found = current(evidence, ArtifactContents, lambda claim: claim.file_name in sdists)
    if not found:
        return nothing_about(META, evidence, ArtifactContents, "an sdist of this release")
    return least_favourable((_answer(seen) for seen in found), grades=("", "unopened"))


def _answer(seen: Observation[ArtifactContents]) -> Finding:
    members, name = seen.claim.members, show_text(seen.claim.file_name)
    if not members:
        return META.not_observed(NotObservedReason.INCOMPLETE, f"{name} has no members", (seen,))
    compiled = sorted(m.path for m in members if m.kind in _COMPILED)
    if compiled:
        text = f"compiled in the sdist: {first_of(compiled)}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, (seen,))
    nested = sum(m.kind is MemberKind.ARCHIVE for m in members)
    if nested:
        text = f"{name}: nothing compiled, {nested} inner archives unopened"
        return META.supports(text, (seen,), grade="unopened")
    return META.supports(f"{name}: none of {len(members)} members is compiled", (seen,))
